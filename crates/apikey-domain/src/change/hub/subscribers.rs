//! The hub's index of subscribers.

use super::interest::{Holder, Interest};
use crate::{
    change::{AccessLoss, KeyChange, Position},
    identifier::{ApiKeyId, PrincipalId, UserId},
};
use futures_channel::mpsc;
use std::{collections::HashMap, sync::Arc};

/// What a subscriber watches: the user and the owner principal of keys, where
/// `None` means any.
pub(super) type Topic = (Option<UserId>, Option<PrincipalId>);

/// Every subscriber, by topic.
#[derive(Default)]
pub(super) struct Subscribers {
    by_topic: HashMap<Topic, HashMap<u64, Subscriber>>,
    /// How many authenticated with each key, so that the deletion of a key
    /// without subscribers, the common case, scans none.
    by_key: HashMap<ApiKeyId, usize>,
    count: usize,
    next_number: u64,
    pub(super) is_closed: bool,
    /// The position of the last published event.
    pub(super) reached: Position,
    /// The high-water mark: every event before it has been published.
    pub(super) head: Position,
}

struct Subscriber {
    interest: Interest,
    sender: mpsc::Sender<Arc<KeyChange>>,
}

// === impl Subscribers ===

impl Subscribers {
    /// Adds a subscriber, and returns its topic and number.
    pub(super) fn add(
        &mut self,
        interest: Interest,
        sender: mpsc::Sender<Arc<KeyChange>>,
    ) -> (Topic, u64) {
        let topic = (interest.filter.user_id, interest.filter.owner_principal_id);
        let number = self.next_number;
        self.next_number += 1;
        self.count += 1;
        if let Some(key_id) = interest.holder.key_id {
            *self.by_key.entry(key_id).or_default() += 1;
        }
        let subscriber = Subscriber { interest, sender };
        let subscribers = self.by_topic.entry(topic).or_default();
        subscribers.insert(number, subscriber);
        (topic, number)
    }

    /// Removes a subscriber, if it still exists.
    pub(super) fn remove(&mut self, topic: Topic, number: u64) {
        let Some(subscribers) = self.by_topic.get_mut(&topic) else {
            return;
        };
        if let Some(subscriber) = subscribers.remove(&number) {
            self.count -= 1;
            decrement(&mut self.by_key, subscriber.interest.holder.key_id);
        }
        if subscribers.is_empty() {
            self.by_topic.remove(&topic);
        }
    }

    pub(super) fn clear(&mut self) {
        self.by_topic.clear();
        self.by_key.clear();
        self.count = 0;
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn deliver(&mut self, change: &Arc<KeyChange>) {
        let key = change.event.key();
        let (user, owner) = (Some(key.user_id), Some(key.owner_principal_id));
        for topic in [(user, owner), (user, None), (None, owner), (None, None)] {
            self.retain(topic, |subscriber| {
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
        let topics: Vec<_> = self.by_topic.keys().copied().collect();
        for topic in topics {
            self.retain(topic, |subscriber| {
                !concerns(loss, &subscriber.interest.holder)
            });
        }
    }

    fn retain(&mut self, topic: Topic, mut keep: impl FnMut(&mut Subscriber) -> bool) {
        let Some(subscribers) = self.by_topic.get_mut(&topic) else {
            return;
        };
        subscribers.retain(|_, subscriber| {
            let is_kept = keep(subscriber);
            if !is_kept {
                self.count -= 1;
                decrement(&mut self.by_key, subscriber.interest.holder.key_id);
            }
            is_kept
        });
        if subscribers.is_empty() {
            self.by_topic.remove(&topic);
        }
    }
}

fn decrement(by_key: &mut HashMap<ApiKeyId, usize>, key_id: Option<ApiKeyId>) {
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
