//! The use cases: what each call does with the ports.
//!
//! Every use case is a function that takes the caller or tenant context first
//! and the ports second; a probe has no caller. It takes the smallest of [`ports`]
//! that it needs. A use case that returns an error has changed nothing, except that
//! the outcome of a write is unknown after [`crate::Error::Unavailable`].

mod batches;
pub mod held_right;
pub mod identity;
pub mod keys;
#[cfg(feature = "server")]
pub mod operation;
pub mod pieces;
pub mod ports;
pub mod resolve_tenant;
#[cfg(feature = "server")]
pub mod watch;
