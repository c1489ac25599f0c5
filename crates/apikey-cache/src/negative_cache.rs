//! Access keys that no key had a moment ago.

use crate::{
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

/// How long it is remembered.
const MEMORY: Duration = Duration::from_secs(5);

/// Remembers access keys that were not found, apart from those that were, so
/// that random ones push no real ones out.
pub(crate) struct NegativeCache {
    revisions: Arc<Revisions>,
    remembered: Cache<Fingerprint, Look, UnitWeighter, IdentityHasher>,
}

/// A look that found nothing.
#[derive(Clone)]
struct Look {
    revision: u64,
    at: Instant,
}

impl NegativeCache {
    pub(crate) fn new(revisions: Arc<Revisions>, most: usize) -> Self {
        Self {
            revisions,
            remembered: Cache::with(
                most,
                most as u64,
                UnitWeighter,
                IdentityHasher::default(),
                DefaultLifecycle::default(),
            ),
        }
    }

    /// Whether it was not there a moment ago, and no key was created since that
    /// could have it.
    pub(crate) fn contains(&self, key: Fingerprint, now: Instant) -> bool {
        let Some(look) = self.remembered.get(&key) else {
            return false;
        };
        now.saturating_duration_since(look.at) < MEMORY
            && self.revisions.is_still_absent(look.revision, key)
    }

    /// Remembers a look that began at `revision`.
    pub(crate) fn insert(&self, key: Fingerprint, revision: u64, at: Instant) {
        self.remembered.insert(key, Look { revision, at });
    }

    pub(crate) fn len(&self) -> usize {
        self.remembered.len()
    }
}
