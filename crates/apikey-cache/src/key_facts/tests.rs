//! Unit tests. They are not in the files they test because
//! `tests/interleavings.rs` compiles those once more, with loom.

mod fingerprint;
mod miss_storm;
mod negative_cache;
mod organizations;
mod owners;
mod single_flight;
mod unreadable;
