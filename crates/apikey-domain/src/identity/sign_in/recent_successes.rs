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

/// Remembers, under a keyed digest, that a password matched a stored hash.
///
/// The stored hash is part of what is remembered: when the user's password
/// changes, on this node or another, the memory no longer counts. Nothing of
/// the password is kept.
pub struct RecentSuccesses {
    keyed: Hmac<Sha256>,
    entries: Mutex<HashMap<[u8; 32], (PasswordHash, Timestamp)>>,
}

impl RecentSuccesses {
    /// How long a success counts, in seconds.
    pub const SECONDS: i64 = 60;
    /// How many are remembered at the most.
    pub const MOST: usize = 10_000;

    pub(super) fn new(secrets: &dyn SecretSource) -> Result<Self, Error> {
        let mut key = Zeroizing::new([0; 32]);
        secrets.fill(&mut *key)?;
        let keyed = Hmac::new_from_slice(&*key).map_err(|e| Error::Internal(Box::new(e)))?;
        Ok(Self {
            keyed,
            entries: Mutex::default(),
        })
    }

    /// Whether this password matched this hash less than a minute ago.
    pub fn contains(&self, password: &PlainPassword, hash: &PasswordHash, now: Timestamp) -> bool {
        let digest = self.digest(password, hash);
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries
            .get(&digest)
            .is_some_and(|(known, at)| known == hash && is_recent(*at, now))
    }

    /// Remembers that it does.
    pub fn insert(&self, password: &PlainPassword, hash: PasswordHash, now: Timestamp) {
        let digest = self.digest(password, &hash);
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= Self::MOST {
            entries.retain(|_, (_, at)| is_recent(*at, now));
        }
        if entries.len() >= Self::MOST {
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

/// Also a clock that was set back ends the memory.
fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    let age = now.microseconds() - at.microseconds();
    (0..RecentSuccesses::SECONDS * 1_000_000).contains(&age)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FixedSecrets, fixture};

    #[test]
    fn a_success_counts_for_a_minute_and_for_its_own_hash_only() {
        let remembered = RecentSuccesses::new(&FixedSecrets::default()).unwrap();
        let password = PlainPassword::new("Passw0rd_1");
        let hash = PasswordHash::new("stored");
        let now = fixture::instant();
        remembered.insert(&password, hash.clone(), now);

        let after = |seconds| now.plus_seconds(seconds).unwrap();
        assert!(remembered.contains(&password, &hash, after(59)));
        assert!(!remembered.contains(&password, &hash, after(60)));
        assert!(!remembered.contains(&password, &hash, after(-1)));
        assert!(!remembered.contains(&password, &PasswordHash::new("changed"), now));
        assert!(!remembered.contains(&PlainPassword::new("other"), &hash, now));
    }
}
