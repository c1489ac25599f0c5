//! What each call does, over the ports.
//!
//! Every use case is a function that takes the caller or tenant context first
//! and the ports second. It takes the smallest of [`ports`] that it needs. A use
//! case that returns an error has changed nothing, except that
//! [`crate::Error::Unavailable`] leaves open whether a write took place.

pub mod identity;
pub mod keys;
pub mod ports;
pub mod resolve_tenant;
