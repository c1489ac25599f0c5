#![doc = include_str!("../README.md")]
//!
//! # Modules
//!
//! [`key_ring`] is all that a service with users of its own needs. The rest is what the
//! server is made of. The crate defines what a key looks like and what is stored of it
//! ([`key`]), who may do what with it ([`access`]), who those people are ([`identity`]),
//! how a presented key is verified ([`verification`]), and what each call does
//! ([`use_case`]). Everything outside (rows, clocks, randomness, password hashing) comes
//! through the object-safe traits in [`port`].
//!
//! What the server has because GPUStack has it, such as the closed scopes, is a profile of
//! its own, [`gpustack`].
//!
//! What a service can leave out and still issue, list, change and verify keys, for users
//! and organizations that it administers, is behind the feature `server`: the module
//! `change` with the ports and use cases that read the record of changes, `idempotency`
//! for requests that are sent again, `import` for what another service had, removals in pieces, `use_case::operation`, and the rules for a store that counts: quotas, and the
//! last admin.
//!
//! Which names people may give, and which of them look alike, is in [`name`]; its
//! feature `confusables` compares them by Unicode's table of confusable characters.
//!
//! The feature `testing` adds fixtures, a manual clock, a deterministic secret
//! source and a fast password hasher; the feature `mock` adds mocks of the
//! ports. The in-memory adapters and the conformance suite that every adapter
//! must pass are in the crate `apikey-testing`.

pub mod access;
#[cfg(feature = "server")]
pub mod change;
pub mod error;
pub mod gpustack;
mod hex;
#[cfg(feature = "server")]
pub mod idempotency;
pub mod identifier;
pub mod identity;
#[cfg(feature = "server")]
pub mod import;
pub mod invalid;
pub mod key;
pub mod key_ring;
pub mod listing;
pub mod name;
pub mod port;
#[cfg(feature = "system")]
pub mod system;
#[cfg(feature = "testing")]
pub mod testing;
mod text;
pub mod timestamp;
pub mod use_case;
pub mod verification;

pub use error::Error;
pub use invalid::Invalid;
