//! Keys that were refused a moment ago.

use crate::{
    fingerprint::{AsItIs, Fingerprint},
    revisions::Revisions,
};
use apikey_domain::token::PresentedKey;
use quick_cache::{
    UnitWeighter,
    sync::{Cache, DefaultLifecycle},
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How long a refusal is remembered.
const MEMORY: Duration = Duration::from_secs(5);

/// Remembers whole keys that were refused, apart from those that are known, so
/// that random ones push no real ones out.
///
/// It goes by the whole key and not by its access key: so a wrong secret of a
/// key that exists is met, each time, like a key that does not.
pub(crate) struct Refusals {
    revisions: Arc<Revisions>,
    remembered: Cache<Fingerprint, Refusal, UnitWeighter, AsItIs>,
}

#[derive(Clone)]
struct Refusal {
    revision: u64,
    at: Instant,
}

impl Refusals {
    pub(crate) fn new(revisions: Arc<Revisions>, most: usize) -> Self {
        Self {
            revisions,
            remembered: Cache::with(
                most,
                most as u64,
                UnitWeighter,
                AsItIs::default(),
                DefaultLifecycle::default(),
            ),
        }
    }

    pub(crate) fn contains(&self, key: &PresentedKey<'_>, now: Instant) -> bool {
        let Some(refusal) = self.remembered.get(&self.fingerprint_of(key)) else {
            return false;
        };
        let access_key = self.revisions.fingerprint_of(key.access_key());
        now.saturating_duration_since(refusal.at) < MEMORY
            && self
                .revisions
                .counts_as_absent(refusal.revision, access_key)
    }

    /// Remembers a refusal on the grounds of a load that began at `revision`.
    pub(crate) fn insert(&self, key: &PresentedKey<'_>, revision: u64, at: Instant) {
        let refusal = Refusal { revision, at };
        self.remembered.insert(self.fingerprint_of(key), refusal);
    }

    pub(crate) fn len(&self) -> usize {
        self.remembered.len()
    }

    fn fingerprint_of(&self, key: &PresentedKey<'_>) -> Fingerprint {
        self.revisions
            .fingerprint_of_whole(key.access_key(), key.secret())
    }
}
