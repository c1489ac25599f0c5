//! Counts the events that could not be read.

use apikey_domain::change::recorded::UnreadableEvent;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// How often an event could not be read, by whoever came upon it.
#[derive(Clone, Default)]
pub(crate) struct UnreadableEvents(Arc<AtomicU64>);

// === impl UnreadableEvents ===

impl UnreadableEvents {
    /// Logs that an event is passed over, and counts it.
    pub(crate) fn note(&self, event: &UnreadableEvent) {
        let UnreadableEvent {
            position,
            change,
            cause,
            ..
        } = event;
        let kind = change.kind.map(|kind| kind.as_str());
        tracing::error!(%position, kind, %cause, "passed over an event that cannot be read");
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns how often that was.
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
