//! The existing entries that a watch has read.

use super::WatchSource;
use crate::change::{Committed, snapshot::Snapshot};

/// The batches that were read, in the order of the places of their entries.
pub(super) struct Batches<S: WatchSource>(Vec<Batch<S::Place>>);

/// Entries up to `last`, with the snapshot they were read from.
struct Batch<P> {
    last: P,
    snapshot: Snapshot,
}

impl<S: WatchSource> Default for Batches<S> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<S: WatchSource> Batches<S> {
    /// Returns whether nothing has been read.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns up to where entries have been read.
    pub(super) fn last(&self) -> S::Place {
        self.0.last().map_or(S::FIRST, |batch| batch.last)
    }

    /// Adds the batch that was read next.
    pub(super) fn push(&mut self, last: S::Place, snapshot: Snapshot) {
        self.0.push(Batch { last, snapshot });
    }

    /// Returns whether the entry of a change has been read as it was before the change. One
    /// that has not been read is not lacking: a later batch will include it.
    pub(super) fn lack(&self, change: &Committed<S::Entry>) -> bool {
        let place = S::place(change.event.subject());
        let index = self.0.partition_point(|batch| batch.last < place);
        let read = self.0.get(index);
        read.is_some_and(|batch| !batch.snapshot.holds(change.transaction))
    }
}
