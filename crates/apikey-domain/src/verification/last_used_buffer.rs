//! Uses that wait to be stored.

use crate::{identifier::ApiKeyId, port::usage_recorder::UsageRecorder, timestamp::Timestamp};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Collects uses until someone takes them, to store them together.
///
/// # Example
///
/// ```
/// use apikey_domain::port::usage_recorder::UsageRecorder;
/// use apikey_domain::testing::fixture;
/// use apikey_domain::verification::last_used_buffer::LastUsedBuffer;
///
/// let pending = LastUsedBuffer::default();
/// pending.note(fixture::api_key(7, "ci").id, fixture::instant());
/// let (ids, at) = pending.take().unwrap();
/// assert_eq!((ids.len(), at), (1, fixture::instant()));
/// assert!(pending.take().is_none());
/// ```
#[derive(Default)]
pub struct LastUsedBuffer(Mutex<Collected>);

#[derive(Default)]
struct Collected {
    ids: Vec<ApiKeyId>,
    latest: Option<Timestamp>,
}

impl LastUsedBuffer {
    /// How many uses wait at the most; the uses beyond are noted again when
    /// their keys are next due.
    pub const MOST: usize = 1_000_000;

    /// Takes the keys that were used, lowest id first, each once, and the
    /// latest instant at which one was; `None` when none was.
    pub fn take(&self) -> Option<(Vec<ApiKeyId>, Timestamp)> {
        let Collected { mut ids, latest } = std::mem::take(&mut *self.lock());
        ids.sort_unstable();
        ids.dedup();
        latest.map(|latest| (ids, latest))
    }

    /// Puts back what was taken and could not be stored.
    pub fn put_back(&self, ids: &[ApiKeyId], at: Timestamp) {
        for id in ids {
            self.note(*id, at);
        }
    }

    /// How many uses wait.
    pub fn len(&self) -> usize {
        self.lock().ids.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// No code panics while it holds the lock, so a poisoned one is whole.
    fn lock(&self) -> MutexGuard<'_, Collected> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl UsageRecorder for LastUsedBuffer {
    fn note(&self, id: ApiKeyId, at: Timestamp) {
        let mut collected = self.lock();
        if collected.ids.len() < Self::MOST {
            collected.ids.push(id);
            collected.latest = collected.latest.max(Some(at));
        }
    }
}
