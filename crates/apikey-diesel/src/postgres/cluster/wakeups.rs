//! What wakes the event consumer before its next tick is due.

use super::signal::Signal;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use tokio::sync::Notify;

/// What wakes the event consumer before its next tick is due.
#[derive(Default)]
pub(super) struct Wakeups {
    /// Wakes it to read events at once.
    pub(super) now: Notify,
    /// Wakes it to read events, together with other work of the next few milliseconds.
    pub(super) soon: Notify,
    /// Wakes it to read the rows of the peers only.
    pub(super) acknowledged: Notify,
    /// Whether this node awaits acknowledgements of peers.
    pub(super) awaits_peers: AtomicBool,
    /// Whether a peer awaits an acknowledgement of this node.
    is_awaited: AtomicBool,
    /// The row of this node.
    own_row: AtomicI64,
}

// === impl Wakeups ===

impl Wakeups {
    /// Sets the row of this node.
    pub(super) fn set_own_row(&self, row: i64) {
        self.own_row.store(row, Ordering::Relaxed);
    }

    /// Receives a signal; ignores those of this node.
    pub(super) fn receive(&self, payload: &str) {
        let Some((signal, row)) = Signal::parse(payload) else {
            // From a later release: treated as the most urgent.
            return self.wake_for_acknowledgement();
        };
        if row == self.own_row.load(Ordering::Relaxed) {
            return;
        }
        match signal {
            Signal::Revoked => self.wake_for_acknowledgement(),
            Signal::Changed => self.soon.notify_one(),
            Signal::Applied if self.awaits_peers.load(Ordering::Relaxed) => {
                self.acknowledged.notify_one();
            }
            Signal::Applied => {}
        }
    }

    /// Returns whether a peer has begun to await this node since the last call.
    pub(super) fn take_awaited(&self) -> bool {
        self.is_awaited.swap(false, Ordering::SeqCst)
    }

    fn wake_for_acknowledgement(&self) {
        self.is_awaited.store(true, Ordering::SeqCst);
        self.now.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_ignores_its_own_signals() {
        let wakeups = Wakeups::default();
        wakeups.set_own_row(7);
        wakeups.receive("revoked 7");
        assert!(!wakeups.take_awaited());
        for payload in ["revoked 8", "something else", ""] {
            wakeups.receive(payload);
            assert!(
                wakeups.take_awaited() && !wakeups.take_awaited(),
                "{payload}"
            );
        }
        wakeups.receive("changed 8");
        assert!(!wakeups.take_awaited());
    }
}
