//! Deduplicates the owners of keys.

use crate::synchronization::{Mutex, lock};
use apikey_domain::{
    identifier::{PrincipalId, UserId},
    verification::facts::{KeyFacts, KeyOwner},
};
use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

/// Lets all keys of an owner share one allocation of it. A user has few owners
/// for many keys; without this each key would hold a copy.
pub(crate) struct Owners(Mutex<Pool>);

#[derive(Default)]
struct Pool {
    owners: HashMap<(UserId, PrincipalId), Weak<KeyOwner>>,
    /// At this size, owners without keys are removed.
    purge_at: usize,
}

// === impl Owners ===

impl Owners {
    /// Fewer owners than this are never purged.
    pub(crate) const PURGE_MINIMUM: usize = 1_024;

    pub(crate) fn new() -> Self {
        Self(Mutex::new(Pool {
            owners: HashMap::new(),
            purge_at: Self::PURGE_MINIMUM,
        }))
    }

    /// Replaces the owner in freshly loaded facts by the equal one that other facts
    /// hold. Returns whether there was none, so that the owner is new.
    pub(crate) fn share(&self, facts: &mut Arc<KeyFacts>) -> bool {
        let Some(facts) = Arc::get_mut(facts) else {
            return true;
        };
        let id = (facts.owner.user_id, facts.owner.owner_principal_id);
        let mut pool = lock(&self.0);
        let known = pool.owners.get(&id).and_then(Weak::upgrade);
        if let Some(known) = known
            && known == facts.owner
        {
            facts.owner = known;
            return false;
        }
        pool.owners.insert(id, Arc::downgrade(&facts.owner));
        if pool.owners.len() >= pool.purge_at {
            pool.owners.retain(|_, owner| owner.strong_count() > 0);
            pool.purge_at = (pool.owners.len() * 2).max(Self::PURGE_MINIMUM);
        }
        true
    }

    /// Returns how many owners are in the pool.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        lock(&self.0).owners.len()
    }
}
