#![doc = include_str!("../README.md")]

#[expect(
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    reason = "a clause fails by panicking, and its name documents it"
)]
pub mod conformance;
mod memory;
pub mod policy_matrix;
pub mod test_app;

pub use memory::Memory;
pub use test_app::TestApp;
