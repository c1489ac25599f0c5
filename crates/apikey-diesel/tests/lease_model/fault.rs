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
    /// The primary of before takes writes after the failover. This is no rule of the
    /// protocol: whoever promotes a standby must see to it.
    OldPrimaryIsNotFenced,
    /// A write that is refused because the server is read-only counts as done.
    RefusedWriteCounts,
    /// A process that writes its row on the new primary reads events on the old one.
    EventsFromOldPrimary,
    /// A connection to a standby belongs to the generation of the primary.
    StandbyIsRead,
    /// A connection from before the failover belongs to the new generation.
    OldConnectionIsKept,
    /// A connection of which the server said before it was demoted that it is the primary
    /// belongs to the new generation: the lower timeline is accepted.
    LowerTimelineIsAccepted,
    /// A read without a lease counts without a proof.
    LookupNeedsNoProof,
    /// A write from before a read proves that it counts.
    ProofFromBeforeLookup,
    /// A write on the new primary proves that a read on the old one counts.
    ProofOnAnotherServer,
    /// The lease of a generation is that of the next, so the cache is not discarded.
    LeaseOutlastsGeneration,
    /// The snapshot that was read on the old primary is acknowledged on the new one.
    AppliedOutlastsGeneration,
    /// Rows of `nodes` that were read on the old primary count on the new one.
    RowsFromBeforeFailoverCount,
    /// No row stands for the leases from the old primary.
    NoStandIn,
    /// The row that stands for them is removed within the lease.
    StandInRemovedTooEarly,
}
