//! Sign-ins that succeeded within the last minute.

use crate::{
    error::Error,
    identity::password::{PasswordHash, PlainPassword},
    port::secret_source::SecretSource,
    timestamp::Timestamp,
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use zeroize::Zeroizing;

/// Caches, under a keyed digest, that a password matched a stored hash.
///
/// The stored hash is part of the entry: when the user's password changes, on
/// this node or another, the entry no longer matches. Nothing of the password
/// is kept.
pub struct RecentSuccesses {
    keyed: Hmac<Sha256>,
    entries: Mutex<HashMap<[u8; 32], (PasswordHash, Timestamp)>>,
}

impl RecentSuccesses {
    /// How long an entry is valid, in seconds.
    pub const LIFETIME_SECONDS: i64 = 60;
    /// The maximum number of entries.
    pub const CAPACITY: usize = 10_000;

    pub(super) fn new(secrets: &dyn SecretSource) -> Result<Self, Error> {
        let mut key = Zeroizing::new([0; 32]);
        secrets.fill(&mut *key)?;
        let keyed = Hmac::new_from_slice(&*key).map_err(|e| Error::Internal(Box::new(e)))?;
        Ok(Self {
            keyed,
            entries: Mutex::default(),
        })
    }

    /// Returns whether this password matched this hash less than a minute ago.
    pub fn contains(&self, password: &PlainPassword, hash: &PasswordHash, now: Timestamp) -> bool {
        let digest = self.digest(password, hash);
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries
            .get(&digest)
            .is_some_and(|(known, at)| known == hash && is_recent(*at, now))
    }

    /// Records that this password matches this hash.
    pub fn insert(&self, password: &PlainPassword, hash: PasswordHash, now: Timestamp) {
        let digest = self.digest(password, &hash);
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= Self::CAPACITY {
            entries.retain(|_, (_, at)| is_recent(*at, now));
        }
        if entries.len() >= Self::CAPACITY {
            entries.clear();
        }
        entries.insert(digest, (hash, now));
    }

    fn digest(&self, password: &PlainPassword, hash: &PasswordHash) -> [u8; 32] {
        let mut keyed = self.keyed.clone();
        keyed.update(&(hash.as_str().len() as u64).to_be_bytes());
        keyed.update(hash.as_str().as_bytes());
        keyed.update(password.expose().as_bytes());
        keyed.finalize().into_bytes().into()
    }
}

/// Returns whether an entry is still valid. An entry from the future, after the
/// clock was set back, is not.
fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    let age = now.microseconds() - at.microseconds();
    (0..RecentSuccesses::LIFETIME_SECONDS * 1_000_000).contains(&age)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FixedSecrets, fixture};

    #[test]
    fn a_success_is_valid_for_a_minute_and_for_its_own_hash_only() {
        let successes = RecentSuccesses::new(&FixedSecrets::default()).unwrap();
        let password = PlainPassword::new("Passw0rd_1");
        let hash = PasswordHash::new("stored");
        let now = fixture::instant();
        successes.insert(&password, hash.clone(), now);

        let after = |seconds| now.plus_seconds(seconds).unwrap();
        assert!(successes.contains(&password, &hash, after(59)));
        assert!(!successes.contains(&password, &hash, after(60)));
        assert!(!successes.contains(&password, &hash, after(-1)));
        assert!(!successes.contains(&password, &PasswordHash::new("changed"), now));
        assert!(!successes.contains(&PlainPassword::new("other"), &hash, now));
    }
}
