//! How many connections this node has, and what happens when the server refuses more.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::Notify;

/// With fewer connections slow changes share the writer's.
const LEAST_FOR_SLOW_LANE: usize = 4;
/// How long to wait before connecting again after the server refused.
pub(crate) const REFUSED_PAUSE: Duration = Duration::from_millis(50);

/// What is known of the server's limit. Clones share one state.
#[derive(Clone)]
pub(crate) struct ConnectionLimit(Arc<Shared>);

struct Shared {
    /// How many connections there are to be at most.
    wanted: usize,
    open: AtomicUsize,
    refusals: AtomicU64,
    /// How many there were when the server refused another; `usize::MAX` before.
    allowed: AtomicUsize,
    /// Wakes the pool of readers, which can do with one connection less.
    claims: Notify,
    /// Wakes the listener, which can do without one.
    listener_claims: Notify,
}

/// A connection that counts until this is dropped.
pub(crate) struct Counted(Arc<Shared>);

// === impl ConnectionLimit ===

impl ConnectionLimit {
    pub(crate) fn new(wanted: usize) -> Self {
        Self(Arc::new(Shared {
            wanted,
            open: AtomicUsize::new(0),
            refusals: AtomicU64::new(0),
            allowed: AtomicUsize::new(usize::MAX),
            claims: Notify::new(),
            listener_claims: Notify::new(),
        }))
    }

    /// Returns how many connections there are to be at most.
    pub(crate) fn wanted(&self) -> usize {
        self.0.wanted
    }

    /// Returns how many connections there are.
    pub(crate) fn open(&self) -> usize {
        self.0.open.load(Ordering::Relaxed)
    }

    /// Returns how often the server refused one.
    pub(crate) fn refusals(&self) -> u64 {
        self.0.refusals.load(Ordering::Relaxed)
    }

    /// Counts a connection that is about to be opened.
    pub(crate) fn count(&self) -> Counted {
        self.0.open.fetch_add(1, Ordering::Relaxed);
        Counted(Arc::clone(&self.0))
    }

    /// Records that the server accepted a connection.
    pub(crate) fn accepted(&self) {
        if self.open() > self.0.allowed.load(Ordering::Relaxed) {
            self.0.allowed.store(usize::MAX, Ordering::Relaxed);
        }
    }

    /// Records that the server refused a connection.
    pub(crate) fn refused(&self) {
        let open = self.open();
        self.0.refusals.fetch_add(1, Ordering::Relaxed);
        // While others connect, more are counted than the server has accepted.
        if self.0.allowed.fetch_min(open, Ordering::Relaxed) == usize::MAX {
            tracing::warn!(
                open,
                wanted = self.0.wanted,
                "PostgreSQL refuses more connections: requests wait for those there are. Raise its \
                 limit (of the role, the database or the server), or lower --database-connections"
            );
        }
    }

    /// Asks for one connection to be closed, for a part that needs it more.
    pub(crate) fn claim(&self) {
        self.0.claims.notify_waiters();
    }

    /// Waits until a part that needs it more asks for a connection.
    pub(crate) async fn claimed(&self) {
        self.0.claims.notified().await;
    }

    /// Asks the listener for its connection, because there is no other to give up.
    pub(crate) fn claim_from_listener(&self) {
        self.0.listener_claims.notify_waiters();
    }

    /// Waits until the listener is asked for its connection.
    pub(crate) async fn claimed_from_listener(&self) {
        self.0.listener_claims.notified().await;
    }

    /// Returns whether the server allows too few for slow changes to have their own.
    pub(crate) fn is_tight(&self) -> bool {
        self.0.wanted.min(self.0.allowed.load(Ordering::Relaxed)) < LEAST_FOR_SLOW_LANE
    }
}

// === impl Counted ===

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_allows_three_leaves_none_for_slow_changes() {
        let limit = ConnectionLimit::new(20);
        assert!(!limit.is_tight());
        let mut open: Vec<_> = (0..3).map(|_| limit.count()).collect();
        limit.refused();
        assert!(limit.is_tight());
        let another = limit.count();
        assert!(limit.is_tight(), "it was not accepted");
        limit.accepted();
        assert!(!limit.is_tight());
        drop(another);
        limit.refused();
        assert_eq!((limit.open(), limit.refusals()), (3, 2));
        open.clear();
        assert_eq!(limit.open(), 0);
        assert!(ConnectionLimit::new(3).is_tight());
    }
}
