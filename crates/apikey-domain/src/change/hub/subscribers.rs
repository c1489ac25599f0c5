//! Who hears of what: the index of the hub.

use super::{Holder, Interest};
use crate::{
    change::{AccessLoss, KeyChange},
    identifier::{PrincipalId, UserId},
};
use futures_channel::mpsc;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What a subscriber watches, as the index knows it.
pub(super) type Address = (Option<UserId>, Option<PrincipalId>);

/// Every subscriber, by what they watch.
pub(super) struct Subscribers {
    pub(super) by_address: HashMap<Address, HashMap<u64, Subscriber>>,
    pub(super) count: usize,
    pub(super) most: usize,
    pub(super) next_number: u64,
    pub(super) is_closed: bool,
}

pub(super) struct Subscriber {
    pub(super) interest: Interest,
    pub(super) sender: mpsc::Sender<Arc<KeyChange>>,
}

// === impl Subscribers ===

impl Subscribers {
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
        let addresses: Vec<_> = self.by_address.keys().copied().collect();
        for address in addresses {
            self.retain(address, |subscriber| {
                !concerns(loss, &subscriber.interest.holder)
            });
        }
    }

    fn retain(&mut self, address: Address, mut keep: impl FnMut(&mut Subscriber) -> bool) {
        let Some(subscribers) = self.by_address.get_mut(&address) else {
            return;
        };
        let before = subscribers.len();
        subscribers.retain(|_, subscriber| keep(subscriber));
        self.count -= before - subscribers.len();
        if subscribers.is_empty() {
            self.by_address.remove(&address);
        }
    }

    pub(super) fn remove(&mut self, address: Address, number: u64) {
        let Some(subscribers) = self.by_address.get_mut(&address) else {
            return;
        };
        if subscribers.remove(&number).is_some() {
            self.count -= 1;
        }
        if subscribers.is_empty() {
            self.by_address.remove(&address);
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
    }
}

/// No code panics while it holds the lock, so a poisoned one is whole.
pub(super) fn lock(shared: &Mutex<Subscribers>) -> MutexGuard<'_, Subscribers> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
