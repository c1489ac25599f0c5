//! Hands committed changes to those who may see them.
//!
//! Subscribers are indexed by the user and the owner principal they watch, so
//! a change costs four look-ups and one queue entry for each subscriber it
//! concerns, however many others there are. Only the end of a right that someone
//! holds looks at all of them.

mod interest;
mod subscribers;
mod subscription;

use super::{
    AccessLoss, Change, Position,
    invalidator::CacheInvalidator,
    recorded::{RecordedEvent, UnreadableChange},
};
use crate::error::PortError;
use futures_channel::mpsc;
pub use interest::{Holder, Interest};
use std::sync::{Arc, Mutex};
use subscribers::{Subscribers, lock};
pub use subscription::Subscription;

/// Hands changes to subscriptions.
///
/// # Example
///
/// ```
/// use apikey_domain::change::{Change, KeyEvent, hub::ChangeHub};
/// use apikey_domain::testing::fixture;
///
/// let hub = ChangeHub::new(10);
/// let mut mine = hub.subscribe(fixture::interest(1)).unwrap();
/// let mut hers = hub.subscribe(fixture::interest(2)).unwrap();
/// let created = Change::Key(KeyEvent::Created(fixture::api_key(7, "ci")));
/// hub.publish([fixture::event(1, created)]);
/// hub.close();
/// # futures_executor::block_on(async {
/// assert_eq!(mine.next().await.unwrap().event.key().id.0, 7);
/// assert!(hers.next().await.is_none());
/// # });
/// ```
#[derive(Clone)]
pub struct ChangeHub {
    shared: Arc<Mutex<Subscribers>>,
    most: usize,
    observer: Option<Arc<dyn CacheInvalidator>>,
}

// === impl ChangeHub ===

impl ChangeHub {
    /// How many undelivered changes a subscriber may have.
    pub const QUEUE: usize = 256;

    /// A hub for at most `most` subscriptions at once.
    pub fn new(most: usize) -> Self {
        Self {
            shared: Arc::default(),
            most,
            observer: None,
        }
    }

    /// The hub, with someone who is told first.
    pub fn invalidating(self, observer: Arc<dyn CacheInvalidator>) -> Self {
        Self {
            observer: Some(observer),
            ..self
        }
    }

    /// Starts a subscription.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when there are too many or the hub is
    /// closed.
    pub fn subscribe(&self, interest: Interest) -> Result<Subscription, PortError> {
        let mut state = lock(&self.shared);
        if state.is_closed {
            return Err(PortError::Unavailable("the change feed is closed".into()));
        }
        if state.len() >= self.most {
            let message = format!("there are {} watchers already", self.most);
            return Err(PortError::Unavailable(message.into()));
        }
        let (sender, receiver) = mpsc::channel(Self::QUEUE);
        let (address, number) = state.add(interest, sender);
        Ok(Subscription {
            since: state.reached,
            receiver,
            number,
            address,
            shared: Arc::clone(&self.shared),
        })
    }

    /// Tells the observer of a commit. MUST be called for every commit, in any
    /// order: for one made through this process before it is answered.
    pub fn invalidate(&self, change: &Change) {
        if let Some(observer) = &self.observer {
            observer.invalidate(change);
        }
    }

    /// Tells the observer of a commit of which only this is known.
    pub fn unreadable(&self, change: &UnreadableChange) {
        if let Some(observer) = &self.observer {
            observer.unreadable(change);
        }
    }

    /// Tells the observer that commits may have been missed.
    pub fn invalidate_all(&self) {
        if let Some(observer) = &self.observer {
            observer.invalidate_all();
        }
    }

    /// Hands events to subscribers. MUST be called in the order of their
    /// positions, once with each. One that cannot be read ends the subscriptions
    /// that may have rested on what it names, and no other hears of it.
    pub fn publish<E: Into<RecordedEvent>>(&self, events: impl IntoIterator<Item = E>) {
        let mut state = lock(&self.shared);
        for event in events {
            let event: RecordedEvent = event.into();
            state.reached = state.reached.max(event.position());
            let loss = event.access_loss();
            if let Some(change) = event.into_key_change() {
                state.deliver(&Arc::new(change));
            }
            if let Some(loss) = loss {
                state.end(loss);
            }
        }
    }

    /// Ends every subscription, and takes `position` for the last event that has
    /// been published: for when the next events may not follow the last ones.
    pub fn reset_to(&self, position: Position) {
        let mut state = lock(&self.shared);
        state.clear();
        state.reached = position;
        state.head = position;
    }

    /// Notes before which position every event has been published.
    pub fn advance(&self, head: Position) {
        lock(&self.shared).head = head;
    }

    /// The last event that has been published.
    pub fn reached(&self) -> Position {
        lock(&self.shared).reached
    }

    /// Ends the subscriptions that rested on what was lost.
    pub fn end(&self, loss: AccessLoss) {
        lock(&self.shared).end(loss);
    }

    /// Ends every subscription, so that their holders start anew: for when it is
    /// not known what was committed.
    pub fn disconnect_all(&self) {
        self.invalidate_all();
        lock(&self.shared).clear();
    }

    /// Ends every subscription and admits no more.
    pub fn close(&self) {
        let mut state = lock(&self.shared);
        state.is_closed = true;
        state.clear();
    }

    /// How many subscriptions there are.
    pub fn len(&self) -> usize {
        lock(&self.shared).len()
    }

    /// Whether there are no subscriptions.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifier::{ApiKeyId, PrincipalId, UserId};
    use crate::{
        change::{KeyEvent, Membership, Transition, event::Event, recorded::UnreadableEvent},
        identity::{organization::Role, user::User},
        testing::fixture,
    };
    use futures_executor::block_on;

    fn created(number: i64) -> Event {
        let key = fixture::api_key(number, "ci");
        fixture::event(number, Change::Key(KeyEvent::Created(key)))
    }

    #[test]
    fn a_subscriber_too_slow_is_ended_after_what_it_was_given() {
        let hub = ChangeHub::new(10);
        let mut slow = hub.subscribe(fixture::interest(1)).unwrap();
        for number in 0..1_000 {
            hub.publish([created(number)]);
        }
        assert!(hub.is_empty());
        let mut expected = 0;
        while let Some(change) = block_on(slow.next()) {
            assert_eq!(change.position, fixture::position(expected));
            expected += 1;
        }
        assert!((256..1_000).contains(&expected), "{expected}");
    }

    #[test]
    fn a_dropped_subscription_is_forgotten() {
        let hub = ChangeHub::new(1);
        drop(hub.subscribe(fixture::interest(1)).unwrap());
        let _second = hub.subscribe(fixture::interest(1)).unwrap();
        assert!(hub.subscribe(fixture::interest(1)).is_err());
        assert_eq!(hub.len(), 1);
    }

    #[test]
    fn losing_access_ends_what_rested_on_it() {
        let key = |id| Change::Key(KeyEvent::Deleted(fixture::api_key(id, "ci")));
        let user = |id| Change::User(Transition::Deleted(fixture::user(id, 11)));
        let member = |id| {
            Change::Member(Transition::Deleted(Membership {
                organization_id: PrincipalId(id),
                user_id: UserId(1),
                role: Role::User,
            }))
        };
        let before = fixture::user(1, 11);
        let after = User {
            is_active: false,
            ..before.clone()
        };
        let losses = [
            (user(1), true),
            (user(2), false),
            (Change::User(Transition::Updated { before, after }), true),
            (Change::Password(fixture::user(1, 11)), true),
            (key(5), true),
            (key(6), false),
            (member(40), true),
            (member(41), false),
        ];
        for (change, is_ended) in losses {
            let hub = ChangeHub::new(1);
            let mut interest = fixture::interest(1);
            interest.holder.key_id = Some(ApiKeyId(5));
            interest.holder.principal_id = Some(PrincipalId(40));
            let _subscription = hub.subscribe(interest).unwrap();
            hub.publish([fixture::event(1, change.clone())]);
            assert_eq!(hub.is_empty(), is_ended, "{change:?}");
        }
    }

    #[test]
    fn an_unreadable_event_ends_only_what_may_have_rested_on_it() {
        for (key_id, user_id, is_ended) in [
            (Some(5), Some(2), true),
            (Some(6), Some(1), false),
            (None, Some(1), true),
            (None, Some(2), false),
            (None, None, true),
        ] {
            let hub = ChangeHub::new(1);
            let mut interest = fixture::interest(1);
            interest.holder.key_id = Some(ApiKeyId(5));
            let mut stream = hub.subscribe(interest).unwrap();
            let event = UnreadableEvent {
                position: fixture::position(1),
                transaction: 1,
                change: UnreadableChange {
                    api_key_id: key_id.map(ApiKeyId),
                    user_id: user_id.map(UserId),
                    ..UnreadableChange::default()
                },
                cause: "damaged".to_owned(),
            };
            hub.publish([RecordedEvent::Unreadable(event)]);
            assert_eq!(hub.is_empty(), is_ended, "{key_id:?} {user_id:?}");
            assert_eq!(hub.reached(), fixture::position(1));
            hub.publish([created(2)]);
            assert_eq!(stream.try_next().flatten().is_some(), !is_ended);
        }
    }

    #[test]
    fn a_subscription_knows_where_it_began() {
        let hub = ChangeHub::new(1);
        hub.publish([created(3)]);
        let stream = hub.subscribe(fixture::interest(1)).unwrap();
        hub.publish([created(5)]);
        hub.advance(fixture::position(9));
        assert_eq!(stream.since(), fixture::position(3));
        assert_eq!(
            stream.reached(),
            (fixture::position(5), fixture::position(9))
        );
    }

    #[test]
    fn deleting_the_key_a_stream_came_with_ends_it_after_the_news() {
        let hub = ChangeHub::new(1);
        let mut interest = fixture::interest(1);
        interest.holder.key_id = Some(ApiKeyId(7));
        let mut stream = hub.subscribe(interest).unwrap();
        let deleted = KeyEvent::Deleted(fixture::api_key(7, "ci"));
        let event = fixture::event(1, Change::Key(deleted.clone()));
        hub.publish([event, created(8)]);
        assert_eq!(block_on(stream.next()).unwrap().event, deleted);
        assert_eq!(block_on(stream.next()), None);
    }
}
