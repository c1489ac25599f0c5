//! Counts events that could not be read.

use apikey_domain::change::{Position, recorded::UnreadableEvent};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

/// How many unreadable events are told apart; further ones are neither counted nor
/// logged.
const CAPACITY: usize = 4_096;

/// Counts and logs the events that lists, watches and the event consumer could not
/// read, each event once, however often it is read.
#[derive(Clone, Default)]
pub(crate) struct UnreadableEvents(Arc<Mutex<BTreeSet<Position>>>);

// === impl UnreadableEvents ===

impl UnreadableEvents {
    /// Logs that an event is skipped, and counts it, unless that was done before.
    pub(crate) fn record(&self, event: &UnreadableEvent) {
        let UnreadableEvent {
            position,
            change,
            cause,
            ..
        } = event;
        let mut recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if recorded.len() == CAPACITY || !recorded.insert(*position) {
            return;
        }
        drop(recorded);
        let kind = change.kind.map(|kind| kind.as_str());
        tracing::error!(%position, kind, %cause, "passed over an event that cannot be read");
    }

    /// Returns how many there were, at most 4,096.
    pub(crate) fn count(&self) -> u64 {
        let recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        recorded.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use apikey_domain::{change::recorded::UnreadableChange, testing::fixture};

    #[test]
    fn an_event_counts_once_and_only_so_many_count() {
        let unreadable = UnreadableEvents::default();
        for number in (0..5_000).chain(0..5_000) {
            unreadable.record(&UnreadableEvent {
                position: fixture::position(number),
                transaction: number,
                change: UnreadableChange::default(),
                cause: "damaged".to_owned(),
            });
        }
        assert_eq!(unreadable.count(), 4_096);
    }
}
