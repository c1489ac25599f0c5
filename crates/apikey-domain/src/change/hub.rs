//! Hands committed changes to those who may see them.
//!
//! Subscribers are indexed by the user and the owner principal they watch, so
//! a change costs four look-ups and one queue entry for each subscriber it
//! concerns, however many others there are. Only the end of a right that someone
//! holds looks at all of them.

mod subscribers;
mod subscription;

use super::{AccessLoss, Effect, KeyChange, KeyEvent, Position, observer::ChangeObserver};
use crate::{
    identifier::{ApiKeyId, PrincipalId, UserId},
    policy::ApiKeyFilter,
    port::StoreError,
    scope::Scope,
};
use futures_channel::mpsc;
use std::sync::{Arc, Mutex};
use subscribers::{Subscribers, lock};
pub use subscription::Subscription;

/// What a subscriber wants to hear of, and who they are.
///
/// # Example
///
/// ```
/// let interest = apikey_domain::testing::fixture::interest(1);
/// assert_eq!(interest.holder.user_id.0, 1);
/// ```
#[derive(Clone, Debug)]
pub struct Interest {
    /// Which keys.
    pub filter: ApiKeyFilter,
    /// On whose right.
    pub holder: Holder,
}

/// On whose right a subscription stands.
///
/// # Example
///
/// ```
/// let holder = apikey_domain::testing::fixture::interest(1).holder;
/// assert!(holder.key_id.is_none());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Holder {
    /// The user.
    pub user_id: UserId,
    /// The key they came with.
    pub key_id: Option<ApiKeyId>,
    /// The principal for which they act.
    pub principal_id: Option<PrincipalId>,
}

/// Hands changes to subscriptions.
///
/// # Example
///
/// ```
/// use apikey_domain::change::{Effect, KeyEvent, Position, hub::ChangeHub};
/// use apikey_domain::testing::fixture;
///
/// let hub = ChangeHub::new(10);
/// let mut mine = hub.subscribe(fixture::interest(1)).unwrap();
/// let mut hers = hub.subscribe(fixture::interest(2)).unwrap();
/// hub.publish(Position(1), vec![Effect::Key(KeyEvent::Created(fixture::api_key(7, "ci")))]);
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
    observer: Option<Arc<dyn ChangeObserver>>,
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
    pub fn observed_by(self, observer: Arc<dyn ChangeObserver>) -> Self {
        Self {
            observer: Some(observer),
            ..self
        }
    }

    /// Starts a subscription.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when there are too many or the hub is
    /// closed.
    pub fn subscribe(&self, interest: Interest) -> Result<Subscription, StoreError> {
        let mut state = lock(&self.shared);
        if state.is_closed {
            return Err(StoreError::Unavailable("the change feed is closed".into()));
        }
        if state.len() >= self.most {
            let message = format!("there are {} watchers already", self.most);
            return Err(StoreError::Unavailable(message.into()));
        }
        let (sender, receiver) = mpsc::channel(Self::QUEUE);
        let (address, number) = state.add(interest, sender);
        Ok(Subscription {
            receiver,
            number,
            address,
            shared: Arc::clone(&self.shared),
        })
    }

    /// Hands on what one commit did. MUST be called in commit order, after the
    /// commit and before it is answered.
    pub fn publish(&self, position: Position, effects: Vec<Effect>) {
        if let Some(observer) = &self.observer {
            observer.committed(&effects);
        }
        let mut state = lock(&self.shared);
        for effect in effects {
            match effect {
                Effect::AccessLost(loss) => state.end(loss),
                // No stream shows it.
                Effect::Standing(_) => {}
                Effect::Key(event) => {
                    let loss = key_loss(&event);
                    state.deliver(&Arc::new(KeyChange { position, event }));
                    if let Some(loss) = loss {
                        state.end(loss);
                    }
                }
            }
        }
    }

    /// Ends every subscription, so that their holders start anew: for when it is
    /// not known what was committed.
    pub fn end_all(&self) {
        if let Some(observer) = &self.observer {
            observer.lost_track();
        }
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

/// A key that is deleted, or no longer grants management, ends the streams
/// opened with it.
fn key_loss(event: &KeyEvent) -> Option<AccessLoss> {
    match event {
        KeyEvent::Created(_) => None,
        KeyEvent::Updated { after, .. } if after.scope.grants(Scope::Management) => None,
        KeyEvent::Updated { after: key, .. } | KeyEvent::Deleted(key) => {
            Some(AccessLoss::Key(key.id))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixture;
    use futures_executor::block_on;

    fn created(number: i64) -> Effect {
        Effect::Key(KeyEvent::Created(fixture::api_key(number, "ci")))
    }

    #[test]
    fn a_subscriber_too_slow_is_ended_after_what_it_was_given() {
        let hub = ChangeHub::new(10);
        let mut slow = hub.subscribe(fixture::interest(1)).unwrap();
        for number in 0..1_000 {
            hub.publish(Position(number), vec![created(number)]);
        }
        assert!(hub.is_empty());
        let mut expected = 0;
        while let Some(change) = block_on(slow.next()) {
            assert_eq!(change.position, Position(expected));
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
        let losses = [
            (AccessLoss::User(UserId(1)), true),
            (AccessLoss::User(UserId(2)), false),
            (AccessLoss::Key(ApiKeyId(5)), true),
            (AccessLoss::Member(UserId(1), PrincipalId(40)), true),
            (AccessLoss::Member(UserId(1), PrincipalId(41)), false),
            (AccessLoss::Organization(PrincipalId(40)), true),
        ];
        for (loss, is_ended) in losses {
            let hub = ChangeHub::new(1);
            let mut interest = fixture::interest(1);
            interest.holder.key_id = Some(ApiKeyId(5));
            interest.holder.principal_id = Some(PrincipalId(40));
            let _subscription = hub.subscribe(interest).unwrap();
            hub.publish(Position(1), vec![Effect::AccessLost(loss)]);
            assert_eq!(hub.is_empty(), is_ended, "{loss:?}");
        }
    }

    #[test]
    fn deleting_the_key_a_stream_came_with_ends_it_after_the_news() {
        let hub = ChangeHub::new(1);
        let mut interest = fixture::interest(1);
        interest.holder.key_id = Some(ApiKeyId(7));
        let mut stream = hub.subscribe(interest).unwrap();
        let deleted = KeyEvent::Deleted(fixture::api_key(7, "ci"));
        hub.publish(Position(1), vec![Effect::Key(deleted.clone()), created(8)]);
        assert_eq!(block_on(stream.next()).unwrap().event, deleted);
        assert_eq!(block_on(stream.next()), None);
    }
}
