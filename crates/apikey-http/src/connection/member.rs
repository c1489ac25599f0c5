//! What a connection and the registry share.

use futures_util::task::AtomicWaker;
use std::{
    sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering},
    task::{Context, Poll},
};

/// The instant of a connection that does not wait for its client.
const AT_WORK: u64 = u64::MAX;

/// The state of a connection that others read, and the means to end it.
///
/// Since when it waits changes twice with each request, so this needs no lock.
/// Therefore a queue of waiting connections learns of it late: it keeps the last
/// instant it saw, and looks again before it decides. Of a connection at work it
/// takes leave with [`Self::park`], and the connection itself says when it waits
/// again.
#[derive(Debug)]
pub(super) struct Member {
    waits_since: AtomicU64,
    parked_in: AtomicU8,
    is_ended: AtomicBool,
    waker: AtomicWaker,
}

// === impl Member ===

impl Member {
    /// Creates the state of a connection of which nothing has been read yet.
    pub(super) fn at_work() -> Self {
        Self {
            waits_since: AtomicU64::new(AT_WORK),
            parked_in: AtomicU8::new(0),
            is_ended: AtomicBool::new(false),
            waker: AtomicWaker::new(),
        }
    }

    /// Returns since when it waits for its client; `None` if it is at work.
    pub(super) fn waits_since(&self) -> Option<u64> {
        let instant = self.waits_since.load(Ordering::SeqCst);
        (instant != AT_WORK).then_some(instant)
    }

    /// Notes that it does not wait for its client.
    pub(super) fn is_at_work(&self) {
        self.waits_since.store(AT_WORK, Ordering::SeqCst);
    }

    /// Notes since when it waits for its client. Returns whether a queue must be
    /// told.
    #[must_use]
    pub(super) fn waits(&self, since: u64) -> bool {
        self.waits_since.store(since, Ordering::SeqCst);
        self.parked_in.load(Ordering::SeqCst) != 0
    }

    /// Makes it say when it waits again, unless it waits now. Then the instant is
    /// returned. `queue` is the bit of the queue.
    pub(super) fn park(&self, queue: u8) -> Option<u64> {
        self.parked_in.fetch_or(queue, Ordering::SeqCst);
        // It may have begun to wait before it could see the bit.
        let since = self.waits_since();
        if since.is_some() {
            self.parked_in.fetch_and(!queue, Ordering::SeqCst);
        }
        since
    }

    /// Takes back [`Self::park`] for all queues.
    pub(super) fn unpark(&self) {
        self.parked_in.store(0, Ordering::SeqCst);
    }

    /// Ends the connection, also if it sleeps.
    pub(super) fn end(&self) {
        self.is_ended.store(true, Ordering::SeqCst);
        self.waker.wake();
    }

    /// Waits until it is ended.
    pub(super) fn poll_ended(&self, context: &mut Context<'_>) -> Poll<()> {
        self.waker.register(context.waker());
        if self.is_ended.load(Ordering::SeqCst) {
            return Poll::Ready(());
        }
        Poll::Pending
    }
}
