//! Who hears of what: the index of the hub.

use super::interest::{Holder, Interest};
use crate::{
    change::{AccessLoss, KeyChange, Position},
    identifier::{ApiKeyId, PrincipalId, UserId},
};
use futures_channel::mpsc;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What a subscriber watches, as the index knows it.
pub(super) type Address = (Option<UserId>, Option<PrincipalId>);

/// Every subscriber, by what they watch.
#[derive(Default)]
pub(super) struct Subscribers {
    by_address: HashMap<Address, HashMap<u64, Subscriber>>,
    /// How many came with each key, so that the end of a key nobody came with,
    /// the common case, looks at no subscriber.
    by_key: HashMap<ApiKeyId, usize>,
    count: usize,
    next_number: u64,
    pub(super) is_closed: bool,
    /// The last event that has been published.
    pub(super) reached: Position,
    /// Every event before this has been published.
    pub(super) head: Position,
}

struct Subscriber {
    interest: Interest,
    sender: mpsc::Sender<Arc<KeyChange>>,
}

// === impl Subscribers ===

impl Subscribers {
    /// Adds one, and answers where it is.
    pub(super) fn add(
        &mut self,
        interest: Interest,
        sender: mpsc::Sender<Arc<KeyChange>>,
    ) -> (Address, u64) {
        let address = (interest.filter.user_id, interest.filter.owner_principal_id);
        let number = self.next_number;
        self.next_number += 1;
        self.count += 1;
        if let Some(key_id) = interest.holder.key_id {
            *self.by_key.entry(key_id).or_default() += 1;
        }
        let subscriber = Subscriber { interest, sender };
        let there = self.by_address.entry(address).or_default();
        there.insert(number, subscriber);
        (address, number)
    }

    /// Removes one, if it is still there.
    pub(super) fn remove(&mut self, address: Address, number: u64) {
        let Some(there) = self.by_address.get_mut(&address) else {
            return;
        };
        if let Some(subscriber) = there.remove(&number) {
            self.count -= 1;
            forget(&mut self.by_key, subscriber.interest.holder.key_id);
        }
        if there.is_empty() {
            self.by_address.remove(&address);
        }
    }

    pub(super) fn clear(&mut self) {
        self.by_address.clear();
        self.by_key.clear();
        self.count = 0;
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn deliver(&mut self, change: &Arc<KeyChange>) {
        let key = change.event.key();
        let (user, owner) = (Some(key.user_id), Some(key.owner_principal_id));
        for address in [(user, owner), (user, None), (None, owner), (None, None)] {
            self.retain(address, |subscriber| {
                !subscriber.interest.filter.admits(key)
                    || subscriber.sender.try_send(Arc::clone(change)).is_ok()
            });
        }
    }

    pub(super) fn end(&mut self, loss: AccessLoss) {
        if let AccessLoss::Key(key_id) = loss
            && !self.by_key.contains_key(&key_id)
        {
            return;
        }
        let addresses: Vec<_> = self.by_address.keys().copied().collect();
        for address in addresses {
            self.retain(address, |subscriber| {
                !concerns(loss, &subscriber.interest.holder)
            });
        }
    }

    fn retain(&mut self, address: Address, mut keep: impl FnMut(&mut Subscriber) -> bool) {
        let Some(there) = self.by_address.get_mut(&address) else {
            return;
        };
        there.retain(|_, subscriber| {
            let is_kept = keep(subscriber);
            if !is_kept {
                self.count -= 1;
                forget(&mut self.by_key, subscriber.interest.holder.key_id);
            }
            is_kept
        });
        if there.is_empty() {
            self.by_address.remove(&address);
        }
    }
}

fn forget(by_key: &mut HashMap<ApiKeyId, usize>, key_id: Option<ApiKeyId>) {
    if let Some(key_id) = key_id
        && let Some(count) = by_key.get_mut(&key_id)
    {
        *count -= 1;
        if *count == 0 {
            by_key.remove(&key_id);
        }
    }
}

fn concerns(loss: AccessLoss, holder: &Holder) -> bool {
    match loss {
        AccessLoss::User(user_id) => holder.user_id == user_id,
        AccessLoss::Key(key_id) => holder.key_id == Some(key_id),
        AccessLoss::Member(user_id, principal_id) => {
            holder.user_id == user_id && holder.principal_id == Some(principal_id)
        }
        AccessLoss::Organization(principal_id) => holder.principal_id == Some(principal_id),
        AccessLoss::Everyone => true,
    }
}

/// No code panics while it holds the lock, so a poisoned one is whole.
pub(super) fn lock(shared: &Mutex<Subscribers>) -> MutexGuard<'_, Subscribers> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
