//! One subscriber's end of the hub.

use super::subscribers::{Address, Subscribers, lock};
use crate::change::{KeyChange, Position};
use futures_channel::mpsc;
use futures_core::Stream;
use futures_util::FutureExt;
use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

/// The changes one subscriber hears of, in commit order. Ends when the
/// subscriber fell behind, lost the right to listen, or the hub closed; what
/// was queued before is still delivered.
pub struct Subscription {
    pub(super) since: Position,
    pub(super) receiver: mpsc::Receiver<Arc<KeyChange>>,
    pub(super) number: u64,
    pub(super) address: Address,
    pub(super) shared: Arc<Mutex<Subscribers>>,
}

// === impl Subscription ===

impl Subscription {
    /// The next change, or `None` at the end.
    pub async fn next(&mut self) -> Option<Arc<KeyChange>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// The last event that had been published when it began: it hears of all
    /// behind, and of none up to here.
    pub fn since(&self) -> Position {
        self.since
    }

    /// The last event that has been published by now, and before which position
    /// every event has been.
    pub fn reached(&self) -> (Position, Position) {
        let state = lock(&self.shared);
        (state.reached, state.head)
    }

    /// The next change if one is waiting; `Some(None)` at the end, `None` when
    /// nothing waits.
    pub fn try_next(&mut self) -> Option<Option<Arc<KeyChange>>> {
        self.next().now_or_never()
    }
}

impl Stream for Subscription {
    type Item = Arc<KeyChange>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.receiver).poll_next(context)
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        lock(&self.shared).remove(self.address, self.number);
    }
}
