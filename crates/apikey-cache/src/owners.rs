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
    const FEW: usize = 1_024;

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
}

#[cfg(all(test, not(feature = "interleavings")))]
mod tests {
    use super::*;
    use apikey_domain::{testing::fixture, user::Username};

    #[test]
    fn keys_of_one_user_share_their_owner_until_it_changes() {
        let owners = Owners::new();
        let mut first = Arc::new(fixture::key_facts(1, "one"));
        let mut second = Arc::new(fixture::key_facts(2, "two"));
        assert!(owners.share(&mut first));
        assert!(!owners.share(&mut second));
        assert!(Arc::ptr_eq(&first.owner, &second.owner));

        let mut renamed = fixture::key_facts(3, "three");
        let mut owner = (*renamed.owner).clone();
        owner.user_name = Username::parse("alicia").unwrap();
        renamed.owner = Arc::new(owner);
        let mut renamed = Arc::new(renamed);
        assert!(owners.share(&mut renamed));
        assert_eq!(renamed.owner.user_name.as_str(), "alicia");
    }

    #[test]
    fn owners_that_nobody_holds_are_forgotten() {
        let owners = Owners::new();
        for number in 0..10_000 {
            let mut facts = fixture::key_facts(1, "one");
            let mut owner = (*facts.owner).clone();
            owner.user_id = fixture::user_id(number);
            facts.owner = Arc::new(owner);
            owners.share(&mut Arc::new(facts));
        }
        assert!(lock(&owners.0).owners.len() <= Owners::FEW);
    }
}
