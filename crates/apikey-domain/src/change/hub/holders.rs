//! The hub's index of who holds which subscription.

use super::interest::{Holder, Topic};
use crate::{
    change::AccessLoss,
    identifier::{ApiKeyId, PrincipalId, UserId},
};
use std::{
    collections::{HashMap, hash_map::Entry},
    hash::Hash,
};

/// Which subscriptions depend on which user, key and principal, so that a loss of
/// access looks at nobody else's, and the bounds of each are known.
#[derive(Default)]
pub(super) struct Holders {
    by_user: Index<UserId>,
    by_key: Index<ApiKeyId>,
    by_principal: Index<PrincipalId>,
}

/// The numbers of subscriptions, each with its topic.
struct Index<K>(HashMap<K, HashMap<u64, Topic>>);

// === impl Holders ===

impl Holders {
    pub(super) fn add(&mut self, holder: &Holder, number: u64, topic: Topic) {
        self.by_user.add(Some(holder.user_id), number, topic);
        self.by_key.add(holder.key_id, number, topic);
        self.by_principal.add(holder.principal_id, number, topic);
    }

    pub(super) fn remove(&mut self, holder: &Holder, number: u64) {
        self.by_user.remove(Some(holder.user_id), number);
        self.by_key.remove(holder.key_id, number);
        self.by_principal.remove(holder.principal_id, number);
    }

    /// Returns how many subscriptions a user has.
    pub(super) fn of_user(&self, id: UserId) -> usize {
        self.by_user.0.get(&id).map_or(0, HashMap::len)
    }

    /// Returns how many subscriptions there are on behalf of a principal.
    pub(super) fn of_principal(&self, id: PrincipalId) -> usize {
        self.by_principal.0.get(&id).map_or(0, HashMap::len)
    }

    /// Returns the subscriptions that depend on the lost access, and perhaps others;
    /// `None` for all.
    pub(super) fn candidates(&self, loss: AccessLoss) -> Option<Vec<(Topic, u64)>> {
        let held = match loss {
            AccessLoss::User(id) | AccessLoss::Member(id, _) => self.by_user.0.get(&id),
            AccessLoss::Key(id) => self.by_key.0.get(&id),
            AccessLoss::Organization(id) => self.by_principal.0.get(&id),
            AccessLoss::Everyone => return None,
        };
        let held = held.into_iter().flatten();
        Some(held.map(|(number, topic)| (*topic, *number)).collect())
    }
}

// === impl Index ===

impl<K: Eq + Hash> Index<K> {
    fn add(&mut self, key: Option<K>, number: u64, topic: Topic) {
        if let Some(key) = key {
            self.0.entry(key).or_default().insert(number, topic);
        }
    }

    fn remove(&mut self, key: Option<K>, number: u64) {
        if let Some(key) = key
            && let Entry::Occupied(mut held) = self.0.entry(key)
        {
            held.get_mut().remove(&number);
            if held.get().is_empty() {
                held.remove();
            }
        }
    }
}

impl<K> Default for Index<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}
