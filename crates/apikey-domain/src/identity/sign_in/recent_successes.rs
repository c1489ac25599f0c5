//! Sign-ins that succeeded within the last minute.

use super::digests::{Digest, Digests};
use crate::{
    identity::password::{PasswordHash, PlainPassword},
    timestamp::Timestamp,
};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// Caches, under a keyed digest, which stored hash a username and a password matched.
///
/// A hit counts only if the stored hash is still the same: when the user's password
/// changes, on this node or another, the entry is void. Nothing of the password is kept.
/// To look for an entry takes no other data, so that it takes as long for any name.
pub(crate) struct RecentSuccesses {
    digests: Digests,
    entries: Mutex<HashMap<Digest, (PasswordHash, Timestamp)>>,
}

impl RecentSuccesses {
    /// How long an entry is valid, in seconds.
    pub(crate) const LIFETIME_SECONDS: i64 = 60;
    /// The maximum number of entries.
    pub(crate) const CAPACITY: usize = 10_000;

    pub(super) fn new(digests: Digests) -> Self {
        Self {
            digests,
            entries: Mutex::default(),
        }
    }

    /// Returns the hash that was stored for this username when this password matched
    /// it, less than a minute ago.
    pub(crate) fn hash_of(
        &self,
        username: &str,
        password: &PlainPassword,
        now: Timestamp,
    ) -> Option<PasswordHash> {
        let digest = self.digests.of(&[username, password.expose()]);
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(&digest).filter(|(_, at)| is_recent(*at, now));
        entry.map(|(hash, _)| hash.clone())
    }

    /// Records that this password matches the hash that is stored for this username.
    pub(crate) fn insert(
        &self,
        username: &str,
        password: &PlainPassword,
        hash: PasswordHash,
        now: Timestamp,
    ) {
        let digest = self.digests.of(&[username, password.expose()]);
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= Self::CAPACITY {
            entries.retain(|_, (_, at)| is_recent(*at, now));
        }
        if entries.len() >= Self::CAPACITY {
            entries.clear();
        }
        entries.insert(digest, (hash, now));
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
    fn a_success_is_valid_for_a_minute_and_for_its_own_name_and_password_only() {
        let digests = Digests::new(&FixedSecrets::default()).unwrap();
        let successes = RecentSuccesses::new(digests);
        let password = PlainPassword::new("Passw0rd_1");
        let hash = PasswordHash::new("stored");
        let now = fixture::instant();
        successes.insert("alice", &password, hash.clone(), now);

        let after = |seconds| {
            let at = now.plus_seconds(seconds).unwrap();
            successes.hash_of("alice", &password, at)
        };
        assert_eq!(after(59), Some(hash));
        assert_eq!(after(60), None);
        assert_eq!(after(-1), None);
        let other = PlainPassword::new("other");
        assert_eq!(successes.hash_of("alice", &other, now), None);
        assert_eq!(successes.hash_of("bob", &password, now), None);
        // Where one ends and the other begins counts.
        let shifted = PlainPassword::new("ePassw0rd_1");
        assert_eq!(successes.hash_of("alic", &shifted, now), None);
    }
}
