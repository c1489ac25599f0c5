//! A memory of what counts of API keys, in front of any store.
//!
//! [`KeyFactsCache`] is a [`KeyFactsSource`] over another one. It is correct
//! before it is fast: once a change has been answered by the store, nothing
//! that was true before it is answered any more. How, and why that is enough,
//! is told in [`Revisions`]; `tests/interleavings.rs` lets every interleaving
//! of a change with loads happen.
//!
//! # Example
//!
//! The cache has to hear of every commit of the store, before it is answered:
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
//! [`KeyFactsSource`]: apikey_domain::port::key_facts_source::KeyFactsSource

mod cache;
mod entry;
mod fingerprint;
mod miss_storm;
mod negative_cache;
mod owners;
mod revisions;
mod single_flight;
mod synchronization;
#[cfg(test)]
mod tests;

pub use cache::{Bounds, Figures, KeyFactsCache};
pub use revisions::Revisions;
