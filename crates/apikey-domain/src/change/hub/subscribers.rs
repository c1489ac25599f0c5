//! The hub's index of subscribers.

use super::{
    bounds::HubBounds,
    holders::Holders,
    interest::{Holder, Topic},
};
use crate::{
    access::policy::ApiKeyFilter,
    change::{AccessLoss, KeyChange, Position, UserChange},
    error::{Bound, PortError},
    identity::user_list::UserFilter,
};
use futures_channel::mpsc;
use std::{collections::HashMap, sync::Arc};

/// Every subscriber, by topic.
#[derive(Default)]
pub(super) struct Subscribers {
    by_topic: HashMap<Topic, HashMap<u64, Subscriber>>,
    holders: Holders,
    count: usize,
    next_number: u64,
    pub(super) is_closed: bool,
    /// The position of the last published event.
    pub(super) reached: Position,
    /// The high-water mark: every event before it has been published.
    pub(super) head: Position,
}

struct Subscriber {
    holder: Holder,
    outlet: Outlet,
}

/// What a subscriber is sent, and where to.
pub(super) enum Outlet {
    Keys(ApiKeyFilter, mpsc::Sender<Arc<KeyChange>>),
    Users(UserFilter, mpsc::Sender<Arc<UserChange>>),
}

// === impl Subscribers ===

impl Subscribers {
    /// Refuses one more for this holder if there are too many.
    pub(super) fn check(&self, holder: &Holder, bounds: HubBounds) -> Result<(), PortError> {
        if self.count >= bounds.in_all {
            let message = format!("there are {} watchers already", bounds.in_all);
            return Err(PortError::Unavailable(message.into()));
        }
        if self.holders.of_user(holder.user_id) >= bounds.per_user {
            return Err(PortError::TooMany(Bound::WatchesOfUser(bounds.per_user)));
        }
        match holder.principal_id {
            Some(id) if self.holders.of_principal(id) >= bounds.per_principal => {
                let bound = Bound::WatchesOfPrincipal(bounds.per_principal, id);
                Err(PortError::TooMany(bound))
            }
            _ => Ok(()),
        }
    }

    /// Adds a subscriber, and returns its topic and number.
    pub(super) fn add(&mut self, holder: Holder, outlet: Outlet) -> (Topic, u64) {
        let topic = outlet.topic();
        let number = self.next_number;
        self.next_number += 1;
        self.count += 1;
        self.holders.add(&holder, number, topic);
        let subscriber = Subscriber { holder, outlet };
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
            self.holders.remove(&subscriber.holder, number);
        }
        if subscribers.is_empty() {
            self.by_topic.remove(&topic);
        }
    }

    pub(super) fn clear(&mut self) {
        self.by_topic.clear();
        self.holders = Holders::default();
        self.count = 0;
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn deliver(&mut self, change: &Arc<KeyChange>) {
        let (event, key) = (&change.event, change.event.key());
        let (user, owner) = (Some(key.user_id), Some(key.owner_principal_id));
        for (user, owner) in [(user, owner), (user, None), (None, owner), (None, None)] {
            self.retain(Topic::Keys(user, owner), |outlet| match outlet {
                Outlet::Keys(filter, sender) if filter.concerns(event) => {
                    sender.try_send(Arc::clone(change)).is_ok()
                }
                _ => true,
            });
        }
    }

    pub(super) fn deliver_user(&mut self, change: &Arc<UserChange>) {
        self.retain(Topic::Users, |outlet| match outlet {
            Outlet::Users(filter, sender) if filter.concerns(&change.event) => {
                sender.try_send(Arc::clone(change)).is_ok()
            }
            _ => true,
        });
    }

    pub(super) fn end(&mut self, loss: AccessLoss) {
        let Some(candidates) = self.holders.candidates(loss) else {
            return self.clear();
        };
        for (topic, number) in candidates {
            let subscribers = self.by_topic.get(&topic);
            let subscriber = subscribers.and_then(|subscribers| subscribers.get(&number));
            if subscriber.is_some_and(|subscriber| concerns(loss, &subscriber.holder)) {
                self.remove(topic, number);
            }
        }
    }

    fn retain(&mut self, topic: Topic, mut keep: impl FnMut(&mut Outlet) -> bool) {
        let Some(subscribers) = self.by_topic.get_mut(&topic) else {
            return;
        };
        subscribers.retain(|number, subscriber| {
            let is_kept = keep(&mut subscriber.outlet);
            if !is_kept {
                self.count -= 1;
                self.holders.remove(&subscriber.holder, *number);
            }
            is_kept
        });
        if subscribers.is_empty() {
            self.by_topic.remove(&topic);
        }
    }
}

// === impl Outlet ===

impl Outlet {
    fn topic(&self) -> Topic {
        match self {
            Self::Keys(filter, _) => Topic::Keys(filter.user_id, filter.owner_principal_id),
            Self::Users(..) => Topic::Users,
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
