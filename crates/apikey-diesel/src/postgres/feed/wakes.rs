//! What wakes the feed before its next round is due.

use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// What wakes the feed before its next round is due.
#[derive(Default)]
pub(super) struct Wakes {
    /// At once.
    pub(super) now: Notify,
    /// Together with what else happens in the next milliseconds.
    pub(super) soon: Notify,
    /// To look at the other nodes only.
    pub(super) look: Notify,
    /// Whether someone waits for other nodes.
    pub(super) is_waiting: AtomicBool,
}

// === impl Wakes ===

impl Wakes {
    /// Another node has applied something.
    pub(super) fn applied(&self) {
        if self.is_waiting.load(Ordering::Relaxed) {
            self.look.notify_one();
        }
    }
}
