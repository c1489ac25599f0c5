//! What wakes the feed before its next round is due.

use super::signal::Signal;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use tokio::sync::Notify;

/// What wakes the feed before its next round is due.
#[derive(Default)]
pub(super) struct Wakeups {
    /// To read at once.
    pub(super) now: Notify,
    /// To read, together with what else happens in the next milliseconds.
    pub(super) soon: Notify,
    /// To look at the other nodes only.
    pub(super) look: Notify,
    /// Whether someone waits here for other nodes.
    pub(super) is_waiting: AtomicBool,
    /// Whether someone waits elsewhere for this node.
    is_awaited: AtomicBool,
    /// The row of this node.
    own: AtomicI64,
}

// === impl Wakeups ===

impl Wakeups {
    /// Notes which row this node has.
    pub(super) fn note_row(&self, row: i64) {
        self.own.store(row, Ordering::Relaxed);
    }

    /// Hears a call, unless it is this node's own.
    pub(super) fn hear(&self, text: &str) {
        let Some((call, row)) = Signal::parse(text) else {
            // Of a later release: taken for the most urgent.
            return self.ask();
        };
        if row == self.own.load(Ordering::Relaxed) {
            return;
        }
        match call {
            Signal::Revoked => self.ask(),
            Signal::Changed => self.soon.notify_one(),
            Signal::Applied if self.is_waiting.load(Ordering::Relaxed) => self.look.notify_one(),
            Signal::Applied => {}
        }
    }

    /// Whether someone has begun to wait for this node since it was asked last.
    pub(super) fn take_awaited(&self) -> bool {
        self.is_awaited.swap(false, Ordering::SeqCst)
    }

    fn ask(&self) {
        self.is_awaited.store(true, Ordering::SeqCst);
        self.now.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_does_not_hear_itself() {
        let wakes = Wakeups::default();
        wakes.note_row(7);
        wakes.hear("revoked 7");
        assert!(!wakes.take_awaited());
        for text in ["revoked 8", "something else", ""] {
            wakes.hear(text);
            assert!(wakes.take_awaited() && !wakes.take_awaited(), "{text}");
        }
        wakes.hear("changed 8");
        assert!(!wakes.take_awaited());
    }
}
