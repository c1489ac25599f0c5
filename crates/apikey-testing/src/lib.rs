//! Testing tools for adapters of `apikey-domain`, and for code that uses its ports.
//!
//! [`conformance`] has the requirements of every store as named tests, which
//! [`conformance_suite!`] generates for an adapter. [`Memory`] is an in-memory
//! store that passes them. [`TestApp`] wires the ports to it, with a manual clock,
//! a deterministic secret source and a fast password hasher.

#[expect(
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    reason = "a clause fails by panicking, and its name documents it"
)]
pub mod conformance;
mod memory;
pub mod test_app;

pub use memory::Memory;
pub use test_app::TestApp;
