//! The negative cache: access keys that were not found a moment ago.

use super::{
    fingerprint::{Fingerprint, IdentityHasher},
    revisions::Revisions,
};
use quick_cache::{
    UnitWeighter,
    sync::{Cache, DefaultLifecycle},
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How long a miss is cached.
const TIME_TO_LIVE: Duration = Duration::from_secs(5);

/// Caches access keys that were not found. It is separate from the cache of those
/// that were found, so that random keys do not evict real ones.
pub(crate) struct NegativeCache {
    revisions: Arc<Revisions>,
    misses: Cache<Fingerprint, Miss, UnitWeighter, IdentityHasher>,
}

/// A load that found nothing.
#[derive(Clone)]
struct Miss {
    revision: u64,
    at: Instant,
}

// === impl NegativeCache ===

impl NegativeCache {
    pub(crate) fn new(revisions: Arc<Revisions>, capacity: usize) -> Self {
        Self {
            revisions,
            misses: Cache::with(
                capacity,
                capacity as u64,
                UnitWeighter,
                IdentityHasher::default(),
                DefaultLifecycle::default(),
            ),
        }
    }

    /// Returns whether the access key was not found a moment ago, and no key has
    /// been created since that could have it.
    pub(crate) fn contains(&self, key: Fingerprint, now: Instant) -> bool {
        let Some(miss) = self.misses.get(&key) else {
            return false;
        };
        now.saturating_duration_since(miss.at) < TIME_TO_LIVE
            && self.revisions.is_still_absent(miss.revision, key)
    }

    /// Caches a miss of a load that began at `revision`.
    pub(crate) fn insert(&self, key: Fingerprint, revision: u64, at: Instant) {
        self.misses.insert(key, Miss { revision, at });
    }

    pub(crate) fn len(&self) -> usize {
        self.misses.len()
    }
}
