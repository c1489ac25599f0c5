//! Tests of the parts. Not beside them: `tests/interleavings.rs` compiles the
//! parts once more, on loom.

mod absent;
mod fingerprint;
mod flood;
mod loads;
mod owners;
