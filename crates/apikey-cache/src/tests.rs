//! Tests of the parts. Not beside them: `tests/interleavings.rs` compiles the
//! parts once more, on loom.

mod fingerprint;
mod miss_storm;
mod negative_cache;
mod owners;
mod single_flight;
