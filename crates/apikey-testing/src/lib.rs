//! For whoever writes an adapter of `apikey-domain`, or tests against its ports.
//!
//! [`conformance`] has what every store must do, as named tests that
//! [`conformance_suite!`] makes for an adapter. [`Memory`] is a store without I/O
//! that passes them. [`TestApp`] wires the ports on it, with a manual clock, a
//! deterministic secret source and a quick password hasher.

#[expect(
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    reason = "a clause fails by panicking and says what it means in its name"
)]
pub mod conformance;
pub mod memory;
pub mod test_app;

pub use memory::Memory;
pub use test_app::TestApp;
