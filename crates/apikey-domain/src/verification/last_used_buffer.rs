//! Uses of keys that wait to be stored.

use crate::{
    identifier::ApiKeyId, key::credential::CredentialNumber, port::usage_recorder::UsageRecorder,
    timestamp::Timestamp, verification::last_use::latest_credible,
};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Collects uses until they are taken, to be stored in one write.
///
/// # Example
///
/// ```
/// use apikey_domain::port::usage_recorder::UsageRecorder;
/// use apikey_domain::testing::fixture;
/// use apikey_domain::verification::last_used_buffer::LastUsedBuffer;
///
/// let buffer = LastUsedBuffer::default();
/// buffer.record(fixture::api_key(7, "ci").id, fixture::instant());
/// let uses = buffer.take().unwrap();
/// assert_eq!((uses.keys.len(), uses.at), (1, fixture::instant()));
/// assert!(buffer.take().is_none());
/// ```
#[derive(Default)]
pub struct LastUsedBuffer(Mutex<Buffered>);

#[derive(Default)]
struct Buffered {
    ids: Vec<ApiKeyId>,
    credentials: Vec<(ApiKeyId, CredentialNumber)>,
    latest: Option<Timestamp>,
}

/// Uses to be stored, each once.
///
/// # Example
///
/// ```
/// use apikey_domain::{testing::fixture, verification::last_used_buffer::Uses};
///
/// let uses = Uses { keys: Vec::new(), credentials: Vec::new(), at: fixture::instant() };
/// assert!(uses.keys.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uses {
    /// The keys, by their ids.
    pub keys: Vec<ApiKeyId>,
    /// The credentials of those that have several.
    pub credentials: Vec<(ApiKeyId, CredentialNumber)>,
    /// The latest use of any of them.
    pub at: Timestamp,
}

impl LastUsedBuffer {
    /// The maximum number of buffered uses. Uses beyond it are dropped; a key's
    /// next use is recorded when it is next due.
    pub const CAPACITY: usize = 1_000_000;

    /// Takes the used keys and credentials, sorted and without duplicates, and the
    /// latest instant of use. Returns `None` if the buffer is empty.
    pub fn take(&self) -> Option<Uses> {
        let Buffered {
            ids: mut keys,
            mut credentials,
            latest,
        } = std::mem::take(&mut *self.lock());
        keys.sort_unstable();
        keys.dedup();
        credentials.sort_unstable();
        credentials.dedup();
        latest.map(|at| Uses {
            keys,
            credentials,
            at,
        })
    }

    /// Puts back uses that could not be stored.
    pub fn put_back(&self, ids: &[ApiKeyId], at: Timestamp) {
        for id in ids {
            self.record(*id, at);
        }
    }

    /// Returns the number of buffered uses.
    pub fn len(&self) -> usize {
        self.lock().ids.len()
    }

    /// Returns whether the buffer is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// No code panics while it holds the lock, so poisoning can be ignored.
    fn lock(&self) -> MutexGuard<'_, Buffered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl UsageRecorder for LastUsedBuffer {
    fn record(&self, id: ApiKeyId, at: Timestamp) {
        let mut buffered = self.lock();
        if buffered.ids.len() < Self::CAPACITY {
            buffered.ids.push(id);
            let latest = buffered
                .latest
                .filter(|latest| *latest <= latest_credible(at));
            buffered.latest = latest.max(Some(at));
        }
    }

    fn record_credential(&self, id: ApiKeyId, number: CredentialNumber, _: Timestamp) {
        let mut buffered = self.lock();
        if buffered.credentials.len() < Self::CAPACITY {
            buffered.credentials.push((id, number));
        }
    }
}
