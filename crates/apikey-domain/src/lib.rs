//! The rules of API keys, free of any runtime, framework or database.
//!
//! The crate defines what a key looks like and what is stored of it ([`key`]),
//! who may do what with it ([`access`]), who those people are ([`identity`]),
//! how a presented key is verified ([`verification`]), what changes and who is
//! notified ([`change`]), and what each call does ([`use_case`]). Everything
//! outside (rows, clocks, randomness, password hashing, the change feed) comes
//! through the object-safe traits in [`port`].
//!
//! # Example
//!
//! Policies are values in, values out; no database is needed to test one:
//!
//! ```
//! use apikey_domain::access::policy::KeyReach;
//! use apikey_domain::testing::fixture;
//!
//! let alice = fixture::caller(1, 11);
//! let context = fixture::in_principal(alice, 40);
//! let reach = KeyReach::of(&context).unwrap();
//! assert_eq!(reach.user_id(), Some(fixture::user_id(1)));
//! assert_eq!(reach.owner_principal_id(), Some(fixture::principal_id(40)));
//! ```
//!
//! Which names people may give, and which of them look alike, is in [`name`]; its
//! feature `confusables` compares them by Unicode's table of confusable characters.
//!
//! The feature `testing` adds fixtures, a manual clock, a deterministic secret
//! source and a fast password hasher; the feature `mock` adds mocks of the
//! ports. The in-memory adapters and the conformance suite that every adapter
//! must pass are in the crate `apikey-testing`.

pub mod access;
pub mod change;
pub mod error;
mod hex;
pub mod identifier;
pub mod identity;
pub mod invalid;
pub mod key;
pub mod listing;
pub mod name;
pub mod port;
#[cfg(feature = "testing")]
pub mod testing;
mod text;
pub mod timestamp;
pub mod use_case;
pub mod verification;

pub use error::Error;
pub use invalid::Invalid;
