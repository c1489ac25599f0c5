//! The verification cache: keeps the data needed to verify keys, in front of
//! any store.
//!
//! A service with a [`KeyRing`] of its own puts [`CachedKeys`] in front of its store. All
//! else is of the feature `server`, which is off by default.
//!
//! `KeyFactsCache` is a [`KeyFactsSource`] over a [`KeyFactsStore`].
//! Correctness comes before speed: once the store has answered a change, the
//! cache never returns data from before that change. `Revisions` explains how
//! this works and why it suffices; `tests/interleavings.rs` runs changes and
//! loads under loom, in every interleaving.
//!
//! # Example
//!
//! Every commit of the store must reach `revisions` before it is answered:
//!
//! ```
//! use apikey_cache::{Bounds, KeyFactsCache, Revisions};
//! use apikey_domain::change::hub::ChangeHub;
//! use apikey_domain::port::key_facts_source::KeyFactsSource;
//! use apikey_testing::Memory;
//! use std::sync::Arc;
//!
//! let revisions = Arc::new(Revisions::new());
//! let hub = ChangeHub::new(100).invalidating(revisions.clone());
//! let store = Arc::new(Memory::with_hub(hub));
//! let cache = KeyFactsCache::new(store, revisions, Bounds::default());
//! # futures_executor::block_on(async {
//! assert!(cache.load("0123456789abcdef").await.unwrap().is_none());
//! # });
//! ```
//!
//! [`KeyRing`]: apikey_domain::key_ring::KeyRing
//! [`KeyFactsSource`]: apikey_domain::port::key_facts_source::KeyFactsSource
//! [`KeyFactsStore`]: apikey_domain::port::key_facts_store::KeyFactsStore

mod cached_keys;
#[cfg(feature = "server")]
mod key_facts;

pub use cached_keys::CachedKeys;
#[cfg(feature = "server")]
pub use key_facts::{Bounds, Figures, KeyFactsCache, Revisions};

/// The example of the front page, which is compiled.
#[cfg(all(doctest, feature = "server"))]
#[doc = include_str!("../README.md")]
struct Readme;
