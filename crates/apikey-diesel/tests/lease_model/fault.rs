//! Faults: ways to get the protocol wrong.

/// A rule that is left out. Each fault lets an old right be accepted after its
/// revocation was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProtocolFault {
    /// The lease counts from after the read, not from before the write.
    LeaseCountsFromTheRead,
    /// A heartbeat reads and then writes, and the lease counts from before the read: the
    /// process decides from its cache before another can know.
    ReadsBeforeWriting,
    /// A write that was abandoned counts as done.
    FailedWriteCounts,
    /// A write that was abandoned is retried with the same `renewal`.
    RenewalIsReused,
    /// A new process takes over the row of the previous one, and restarts its
    /// `renewal`.
    ProcessTakesOverRow,
    /// `applied` is a snapshot taken after the events were read.
    SnapshotAfterRead,
    /// A process that stops deletes its row before it ends its lease.
    RowDeletedBeforeLeaseEnds,
    /// A row is removed that was renewed within the lease.
    RowRemovedTooEarly,
    /// A request reads the cache before the clock.
    CacheBeforeClock,
    /// Rows of `nodes` that were read before the commit count.
    RowsFromBeforeCommitCount,
    /// Rows of `nodes` that were read before the database crashed count after the crash.
    RowsFromBeforeCrashCount,
    /// *c* is read from the clock before the commit.
    CommitTimedEarly,
    /// The time at which a `renewal` was first seen is read from the clock before `nodes`
    /// is read.
    FirstSeenTimedEarly,
    /// The wait is one tick shorter than the lease.
    WaitShorterThanLease,
}
