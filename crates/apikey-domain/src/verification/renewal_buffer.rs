//! Digests under an older pepper that wait to be replaced.

use crate::{
    identifier::ApiKeyId,
    key::{
        credential::CredentialNumber,
        digest::{SecretDigest, StoredDigest},
    },
};
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, Ordering},
};

/// A digest that is to be replaced by one of the same key under the current pepper.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     key::credential::CredentialNumber, testing::fixture,
///     verification::renewal_buffer::DigestRenewal,
/// };
///
/// let stored = fixture::stored_credential(7, "ci");
/// let renewal = DigestRenewal {
///     id: stored.api_key.id,
///     number: CredentialNumber::FIRST,
///     new: stored.secret_digest.keyed().unwrap().clone(),
///     old: stored.secret_digest,
/// };
/// assert!(format!("{renewal:?}").contains("redacted"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestRenewal {
    /// The key.
    pub id: ApiKeyId,
    /// Which of its credentials.
    pub number: CredentialNumber,
    /// The digest that was found.
    pub old: StoredDigest,
    /// The digest that takes its place.
    pub new: SecretDigest,
}

/// Collects the digests of keys that were used, until they are taken, to be stored in the
/// background: no verification waits for it. Without it digests under an older pepper stay.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     key::credential::CredentialNumber, testing::fixture,
///     verification::renewal_buffer::{DigestRenewal, RenewalBuffer},
/// };
///
/// let stored = fixture::stored_credential(7, "ci");
/// let buffer = RenewalBuffer::default();
/// assert!(buffer.add(DigestRenewal {
///     id: stored.api_key.id,
///     number: CredentialNumber::FIRST,
///     new: stored.secret_digest.keyed().unwrap().clone(),
///     old: stored.secret_digest,
/// }));
/// assert_eq!(buffer.take(100).len(), 1);
/// assert!(buffer.is_empty());
/// ```
#[derive(Default)]
pub struct RenewalBuffer(
    Mutex<HashMap<(ApiKeyId, CredentialNumber), (StoredDigest, SecretDigest)>>,
);

/// Whether the renewal of a cached digest was asked for: once is enough.
#[derive(Debug, Default)]
pub struct RenewalOffer(AtomicBool);

// === impl RenewalBuffer ===

impl RenewalBuffer {
    /// The maximum number of renewals that wait. Beyond it they are left to a later use.
    pub const CAPACITY: usize = 65_536;

    /// Adds a renewal. Returns whether it is in the buffer now.
    pub fn add(&self, renewal: DigestRenewal) -> bool {
        let mut waiting = self.0.lock();
        let id = (renewal.id, renewal.number);
        if waiting.len() >= Self::CAPACITY && !waiting.contains_key(&id) {
            return false;
        }
        waiting.insert(id, (renewal.old, renewal.new));
        true
    }

    /// Takes at most `most` renewals.
    pub fn take(&self, most: usize) -> Vec<DigestRenewal> {
        let mut waiting = self.0.lock();
        let ids: Vec<_> = waiting.keys().take(most).copied().collect();
        let taken = ids.into_iter().filter_map(|(id, number)| {
            let (old, new) = waiting.remove(&(id, number))?;
            Some(DigestRenewal {
                id,
                number,
                old,
                new,
            })
        });
        taken.collect()
    }

    /// Returns how many wait.
    pub fn len(&self) -> usize {
        self.0.lock().len()
    }

    /// Returns whether none waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether one of this credential waits, or none can be added.
    pub(crate) fn is_done_with(&self, id: (ApiKeyId, CredentialNumber)) -> bool {
        let waiting = self.0.lock();
        waiting.len() >= Self::CAPACITY || waiting.contains_key(&id)
    }
}

// === impl RenewalOffer ===

impl RenewalOffer {
    /// Returns whether it was asked for already.
    pub(crate) fn was_made(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Records that it was asked for.
    pub(crate) fn make(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixture;

    #[test]
    fn each_credential_waits_once_and_not_too_many_wait() {
        let buffer = RenewalBuffer::default();
        let stored = fixture::stored_credential(7, "ci");
        let renewal = |id| DigestRenewal {
            id: ApiKeyId(id),
            number: CredentialNumber::FIRST,
            new: stored.secret_digest.keyed().unwrap().clone(),
            old: stored.secret_digest.clone(),
        };
        for id in 0..RenewalBuffer::CAPACITY as i64 {
            assert!(buffer.add(renewal(id)) && buffer.add(renewal(id)));
        }
        assert!(!buffer.add(renewal(-1)));
        assert!(buffer.add(renewal(0)));
        assert_eq!(buffer.take(10).len(), 10);
        assert_eq!(buffer.len(), RenewalBuffer::CAPACITY - 10);
        assert!(buffer.add(renewal(-1)));
    }
}
