//! The receiving end of a subscription.

use super::{interest::Topic, subscribers::Subscribers};
use crate::{
    change::{Committed, Position},
    key::api_key::ApiKey,
};
use futures_channel::mpsc;
use futures_core::Stream;
use futures_util::FutureExt;
use parking_lot::Mutex;
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

/// The changes that one subscriber receives, in commit order. It ends when the
/// subscriber falls behind or loses the right to watch, or when the hub closes;
/// changes that were queued before are still delivered.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     change::{Change, KeyEvent, Position, hub::ChangeHub}, testing::fixture,
/// };
///
/// # futures_executor::block_on(async {
/// let hub = ChangeHub::new(10);
/// let mut subscription = hub.subscribe(fixture::interest(1)).unwrap();
/// assert_eq!(subscription.since(), Position::START);
/// let created = Change::Key(KeyEvent::Created(fixture::api_key(7, "ci")));
/// hub.publish([fixture::event(1, created)]);
/// let change = subscription.next().await.unwrap();
/// assert_eq!(change.position, fixture::position(1));
/// # });
/// ```
pub struct Subscription<T = ApiKey> {
    pub(super) since: Position,
    pub(super) receiver: mpsc::Receiver<Arc<Committed<T>>>,
    pub(super) number: u64,
    pub(super) topic: Topic,
    pub(super) shared: Arc<Mutex<Subscribers>>,
}

// === impl Subscription ===

impl<T> Subscription<T> {
    /// Returns the next change, or `None` at the end.
    pub async fn next(&mut self) -> Option<Arc<Committed<T>>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Returns the position of the last event published before the subscription
    /// began. It receives every event after this position, and none up to it.
    pub fn since(&self) -> Position {
        self.since
    }

    /// Returns the position of the last published event, and the high-water
    /// mark, before which every event has been published.
    pub fn reached(&self) -> (Position, Position) {
        let state = self.shared.lock();
        (state.reached, state.head)
    }

    /// Returns the next change if one is queued, `Some(None)` at the end, or
    /// `None` if none is queued.
    pub fn try_next(&mut self) -> Option<Option<Arc<Committed<T>>>> {
        self.next().now_or_never()
    }
}

impl<T> Stream for Subscription<T> {
    type Item = Arc<Committed<T>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.receiver).poll_next(context)
    }
}

impl<T> Drop for Subscription<T> {
    fn drop(&mut self) {
        self.shared.lock().remove(self.topic, self.number);
    }
}
