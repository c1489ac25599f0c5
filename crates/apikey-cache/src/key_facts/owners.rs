//! Deduplicates the owners of keys, and remembers how old they are.

use super::synchronization::{Mutex, lock};
use apikey_domain::{
    identifier::{PrincipalId, UserId},
    verification::facts::{KeyFacts, KeyOwner},
};
use std::{
    collections::HashMap,
    sync::{
        Arc, Weak,
        atomic::{AtomicU32, Ordering},
    },
};

/// Lets all keys of an owner share one allocation of it. A user has few owners
/// for many keys; without this each key would hold a copy.
pub(crate) struct Owners {
    pool: Mutex<Pool>,
    /// How often the owner of a key that was loaded was not known, since it last was: a
    /// guess at the next one, on which nothing depends but speed.
    unknown: AtomicU32,
}

#[derive(Default)]
struct Pool {
    owners: HashMap<(UserId, PrincipalId), Known>,
    /// At this size, owners without keys are removed.
    purge_at: usize,
}

/// An owner, and the number of the latest change when its load began.
struct Known {
    owner: Weak<KeyOwner>,
    revision: u64,
}

// === impl Owners ===

impl Owners {
    /// Fewer owners than this are never purged.
    pub(crate) const PURGE_MINIMUM: usize = 1_024;

    /// After so many unknown owners in a row the next one is not expected to be known.
    const UNKNOWN: u32 = 2;

    pub(crate) fn new() -> Self {
        Self {
            pool: Mutex::new(Pool {
                owners: HashMap::new(),
                purge_at: Self::PURGE_MINIMUM,
            }),
            unknown: AtomicU32::new(Self::UNKNOWN),
        }
    }

    /// Replaces the owner in facts, whose load began when `revision` was the latest
    /// change, by the equal one that other facts hold. Returns whether there was none, so
    /// that the owner is new.
    pub(crate) fn share(&self, facts: &mut Arc<KeyFacts>, revision: u64) -> bool {
        let Some(facts) = Arc::get_mut(facts) else {
            return true;
        };
        let id = (facts.owner.user_id, facts.owner.owner_principal_id);
        let mut pool = lock(&self.pool);
        if let Some(known) = pool.owners.get_mut(&id)
            && let Some(owner) = known.owner.upgrade()
            && owner == facts.owner
        {
            facts.owner = owner;
            known.revision = known.revision.max(revision);
            self.unknown.store(0, Ordering::Relaxed);
            return false;
        }
        let unknown = self.unknown.load(Ordering::Relaxed).saturating_add(1);
        self.unknown.store(unknown, Ordering::Relaxed);
        let owner = Arc::downgrade(&facts.owner);
        pool.owners.insert(id, Known { owner, revision });
        if pool.owners.len() >= pool.purge_at {
            pool.owners
                .retain(|_, known| known.owner.strong_count() > 0);
            pool.purge_at = (pool.owners.len() * 2).max(Self::PURGE_MINIMUM);
        }
        true
    }

    /// Returns an owner, and the number of the latest change when its load began.
    pub(crate) fn get(
        &self,
        user_id: UserId,
        owner_principal_id: PrincipalId,
    ) -> Option<(Arc<KeyOwner>, u64)> {
        let pool = lock(&self.pool);
        let known = pool.owners.get(&(user_id, owner_principal_id))?;
        Some((known.owner.upgrade()?, known.revision))
    }

    /// Returns whether the owner of the next key is likely to be known: it was so lately.
    /// Then it is worth while to read the key alone first.
    pub(crate) fn are_likely_known(&self) -> bool {
        self.unknown.load(Ordering::Relaxed) < Self::UNKNOWN
    }

    /// Returns how many owners are in the pool.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        lock(&self.pool).owners.len()
    }
}
