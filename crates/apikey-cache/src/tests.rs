//! Tests of the parts. Not beside them: `tests/interleavings.rs` compiles the
//! parts once more, on loom.

mod fingerprint;
mod loads;
mod owners;
