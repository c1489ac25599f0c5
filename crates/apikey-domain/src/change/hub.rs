//! Delivers committed changes to subscribers that may see them.
//!
//! Subscribers are indexed by the user and the owner principal they watch, so a
//! change costs four lookups and one queue entry per subscriber it concerns,
//! however many others there are. A loss of access looks at the subscribers of whoever
//! lost it.

mod bounds;
mod holders;
mod interest;
mod subscribers;
mod subscription;

use super::{
    AccessLoss, Change, Committed, Position,
    invalidator::CacheInvalidator,
    recorded::{RecordedEvent, UnreadableChange},
};
use crate::{error::PortError, identity::user::User};
pub use bounds::HubBounds;
use futures_channel::mpsc;
pub use interest::{Holder, Interest, UserInterest};
use parking_lot::{Mutex, MutexGuard};
use std::sync::Arc;
use subscribers::{Outlet, Subscribers};
pub use subscription::Subscription;

/// Delivers changes to subscriptions, and invalidates caches.
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
    bounds: HubBounds,
    invalidator: Option<Arc<dyn CacheInvalidator>>,
}

// === impl ChangeHub ===

impl ChangeHub {
    /// The maximum number of undelivered changes per subscriber.
    pub const QUEUE_CAPACITY: usize = 256;

    /// Creates a hub for at most `capacity` concurrent subscriptions.
    pub fn new(capacity: usize) -> Self {
        Self::bounded(HubBounds::in_all(capacity))
    }

    /// Creates a hub for so many concurrent subscriptions.
    pub fn bounded(bounds: HubBounds) -> Self {
        Self {
            shared: Arc::default(),
            bounds,
            invalidator: None,
        }
    }

    /// Adds a cache invalidator to the hub.
    pub fn invalidating(self, invalidator: Arc<dyn CacheInvalidator>) -> Self {
        Self {
            invalidator: Some(invalidator),
            ..self
        }
    }

    /// Starts a subscription.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] if there are too many subscriptions or the
    /// hub is closed; [`PortError::TooMany`] if the holder has too many.
    pub fn subscribe(&self, interest: Interest) -> Result<Subscription, PortError> {
        let Interest { filter, holder } = interest;
        self.begin(holder, |sender| Outlet::Keys(filter, sender))
    }

    /// Starts a subscription to the changes of users.
    ///
    /// # Errors
    ///
    /// As [`subscribe`](Self::subscribe).
    pub fn subscribe_to_users(
        &self,
        interest: UserInterest,
    ) -> Result<Subscription<User>, PortError> {
        let Interest { filter, holder } = interest;
        self.begin(holder, |sender| Outlet::Users(filter, sender))
    }

    fn begin<T>(
        &self,
        holder: Holder,
        outlet: impl FnOnce(mpsc::Sender<Arc<Committed<T>>>) -> Outlet,
    ) -> Result<Subscription<T>, PortError> {
        let mut state = self.shared.lock();
        if state.is_closed {
            return Err(PortError::Unavailable("the change feed is closed".into()));
        }
        state.check(&holder, self.bounds)?;
        let (sender, receiver) = mpsc::channel(Self::QUEUE_CAPACITY);
        let (topic, number) = state.add(holder, outlet(sender));
        Ok(Subscription {
            since: state.reached,
            receiver,
            number,
            topic,
            shared: Arc::clone(&self.shared),
        })
    }

    /// Invalidates what a committed change makes stale. MUST be called for every
    /// commit, in any order, and before a commit of this process is
    /// acknowledged.
    pub fn invalidate(&self, change: &Change) {
        if let Some(invalidator) = &self.invalidator {
            invalidator.invalidate(change);
        }
    }

    /// Invalidates what a committed change that cannot be read may make stale.
    pub fn invalidate_unreadable(&self, change: &UnreadableChange) {
        if let Some(invalidator) = &self.invalidator {
            invalidator.invalidate_unreadable(change);
        }
    }

    /// Invalidates everything, because commits may have been missed.
    pub fn invalidate_all(&self) {
        if let Some(invalidator) = &self.invalidator {
            invalidator.invalidate_all();
        }
    }

    /// Delivers events to subscribers. MUST be called once for each event, in the
    /// order of their positions. An event that cannot be read ends the
    /// subscriptions whose access it may have revoked, and is not delivered.
    ///
    /// Between two events those that wait for the hub go first, so none waits for a
    /// whole batch. An event is delivered, ends what it ends, and becomes the last
    /// published one at the same instant: a subscription begins before it or after it.
    pub fn publish<E: Into<RecordedEvent>>(&self, events: impl IntoIterator<Item = E>) {
        let mut state = self.shared.lock();
        for event in events {
            MutexGuard::bump(&mut state);
            let event: RecordedEvent = event.into();
            state.reached = state.reached.max(event.position());
            let loss = event.access_loss();
            match event {
                RecordedEvent::Readable(event) if matches!(event.change, Change::User(_)) => {
                    if let Some(change) = event.into_user_change() {
                        state.deliver_user(&Arc::new(change));
                    }
                }
                event => {
                    if let Some(change) = event.into_key_change() {
                        state.deliver(&Arc::new(change));
                    }
                }
            }
            if let Some(loss) = loss {
                state.end(loss);
            }
        }
    }

    /// Ends every subscription, and continues as if the event at `position` was
    /// the last published one. For when the next events may not follow the
    /// previous ones.
    pub fn reset_to(&self, position: Position) {
        let mut state = self.shared.lock();
        state.clear();
        state.reached = position;
        state.head = position;
    }

    /// Sets the high-water mark: every event before it has been published.
    pub fn advance(&self, head: Position) {
        self.shared.lock().head = head;
    }

    /// Returns the position of the last published event.
    pub fn reached(&self) -> Position {
        self.shared.lock().reached
    }

    /// Ends the subscriptions that depended on the lost access.
    pub fn end(&self, loss: AccessLoss) {
        self.shared.lock().end(loss);
    }

    /// Invalidates everything and ends every subscription, so that clients start
    /// over. For when it is unknown what was committed.
    pub fn disconnect_all(&self) {
        self.invalidate_all();
        self.shared.lock().clear();
    }

    /// Ends every subscription and accepts no more.
    pub fn close(&self) {
        let mut state = self.shared.lock();
        state.is_closed = true;
        state.clear();
    }

    /// Returns the number of subscriptions.
    pub fn len(&self) -> usize {
        self.shared.lock().len()
    }

    /// Returns whether there are no subscriptions.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests;
