//! Owners of keys, each held once.

use crate::synchronization::{Mutex, lock};
use apikey_domain::{
    identifier::{PrincipalId, UserId},
    verification::facts::{KeyFacts, KeyOwner},
};
use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

/// Finds the owner that others hold already. All keys of a user point to the
/// same few owners; without this each would bring its own.
pub(crate) struct Owners(Mutex<Held>);

#[derive(Default)]
struct Held {
    owners: HashMap<(UserId, PrincipalId), Weak<KeyOwner>>,
    /// At this size, those that nobody holds any more are forgotten.
    tidy_at: usize,
}

impl Owners {
    /// The fewest owners that are tidied.
    pub(crate) const FEW: usize = 1_024;

    pub(crate) fn new() -> Self {
        Self(Mutex::new(Held {
            owners: HashMap::new(),
            tidy_at: Self::FEW,
        }))
    }

    /// Gives facts that nobody else holds yet the owner that others hold;
    /// answers whether nobody did.
    pub(crate) fn share(&self, facts: &mut Arc<KeyFacts>) -> bool {
        let Some(facts) = Arc::get_mut(facts) else {
            return true;
        };
        let id = (facts.owner.user_id, facts.owner.owner_principal_id);
        let mut held = lock(&self.0);
        let known = held.owners.get(&id).and_then(Weak::upgrade);
        if let Some(known) = known
            && known == facts.owner
        {
            facts.owner = known;
            return false;
        }
        held.owners.insert(id, Arc::downgrade(&facts.owner));
        if held.owners.len() >= held.tidy_at {
            held.owners.retain(|_, owner| owner.strong_count() > 0);
            held.tidy_at = (held.owners.len() * 2).max(Self::FEW);
        }
        true
    }

    /// How many owners are held.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        lock(&self.0).owners.len()
    }
}
