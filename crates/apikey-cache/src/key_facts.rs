//! The verification cache of a server: its parts, none of which knows the store.

mod cache;
mod entry;
mod fingerprint;
mod known_owner;
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
