//! Ways to get the protocol wrong.

/// A rule that is left out. Each lets an old right be accepted after its
/// revocation was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Trust counts from after the reading, not from before the write.
    TrustCountsFromTheReading,
    /// A round reads and then writes, and trusts from before the reading: it
    /// decides from memory again before anyone can know.
    ReadsBeforeItWrites,
    /// A write that was given up counts as done.
    AWriteThatFailedCounts,
    /// A write that was given up is tried again with the same `renewal`.
    ARenewalIsUsedTwice,
    /// A process that starts goes on with the row of the one before, and counts
    /// its `renewal` anew.
    AProcessTakesOverARow,
    /// `applied` is a snapshot taken after the events were read.
    TheSnapshotIsTakenAfterTheReading,
    /// A process that stops deletes its row first, and then ceases to trust.
    TheRowGoesBeforeTheTrust,
    /// A row is removed that has moved within the lease.
    TheCleanerIsTooEarly,
    /// A question looks into the memory first, and then at the clock.
    MemoryBeforeClock,
    /// What was read of `nodes` before the commit counts.
    RowsOfBeforeTheCommitCount,
    /// What was seen of `nodes` before the database crashed counts after that.
    RowsOfBeforeACrashCount,
    /// *c* is read from the clock before the commit.
    TheCommitIsTimedBefore,
    /// When a `renewal` was seen first is read from the clock before `nodes` is
    /// read.
    FirstSeenIsTimedBefore,
    /// Who waits does so one tick less than the lease.
    TheWaitIsShorterThanTheLease,
}
