//! The existing keys that a watch has read.

use crate::{
    change::{KeyChange, snapshot::Snapshot},
    key::creation::Creation,
};

/// The batches that were read, in the order of the creation of their keys.
#[derive(Default)]
pub(super) struct Batches(Vec<Batch>);

/// Keys up to `last`, with the snapshot they were read from.
struct Batch {
    last: Creation,
    snapshot: Snapshot,
}

impl Batches {
    /// Returns whether nothing has been read.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns up to where keys have been read.
    pub(super) fn last(&self) -> Creation {
        self.0.last().map_or(Creation::FIRST, |batch| batch.last)
    }

    /// Adds the batch that was read next.
    pub(super) fn push(&mut self, last: Creation, snapshot: Snapshot) {
        self.0.push(Batch { last, snapshot });
    }

    /// Returns whether the key of a change has been read as it was before the change. A
    /// key that has not been read is not lacking: a later batch will include it.
    pub(super) fn lack(&self, change: &KeyChange) -> bool {
        let creation = Creation::of(change.event.key());
        let index = self.0.partition_point(|batch| batch.last < creation);
        let read = self.0.get(index);
        read.is_some_and(|batch| !batch.snapshot.holds(change.transaction))
    }
}
