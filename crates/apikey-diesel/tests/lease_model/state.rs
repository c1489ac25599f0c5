//! The state of the model: processes, their rows, and the process that waits.
//!
//! An instant is represented by its [`Age`], the ticks since then. Ages are capped
//! where they cease to matter, so that time has no end but the number of states is
//! finite.

use crate::servers::{Failover, Lookup, Server};

/// How many ticks ago something was.
pub(super) type Age = u8;

/// How many revocations are committed, or known. They are ordered, so a snapshot that
/// contains one contains those before it.
pub(super) type Level = u8;

/// How many processes there may be besides the one that revokes.
pub(super) const PEERS: usize = 2;

/// How many revocations there may be.
pub(super) const REVOCATIONS: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ClusterState {
    pub(super) slots: [Slot; PEERS],
    pub(super) revocations: [Revocation; REVOCATIONS],
    /// Only with a fault: when the waiter read the clock, before it reads `nodes`.
    pub(super) reading_since: Option<Age>,
    pub(super) failover: Failover,
}

/// A slot for a process and its row, or for the row it left behind. Another process
/// can take it when both are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Slot {
    pub(super) process: Process,
    /// On the primary.
    pub(super) row: Option<LeaseRow>,
    /// On the other server.
    pub(super) other_row: Option<LeaseRow>,
    /// What the waiter saw in its last read of `nodes`.
    pub(super) seen: Option<Seen>,
}

/// A process that may decide from its cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Process {
    pub(super) step: ProcessStep,
    /// Where its connections lead: all of one generation to one server.
    pub(super) server: Server,
    /// The *t* of the last write that is known to be done.
    pub(super) written: Option<Age>,
    /// The *t* that the lease counts from.
    pub(super) lease_from: Option<Age>,
    /// What was applied to the cache.
    pub(super) cache: Level,
    /// What the next write acknowledges.
    pub(super) applied: Level,
    /// What a write acknowledges that the process abandoned, and the database may still
    /// do.
    pub(super) abandoned: Option<Level>,
    /// Which `renewal` the next write gives the row.
    pub(super) next: Renewal,
    /// Only with a fault: what a request found in the cache before it reads the clock.
    pub(super) found: Option<Level>,
    /// What a request has read in the database.
    pub(super) lookup: Option<Lookup>,
    /// Only with a fault: one of its connections leads to the demoted primary.
    pub(super) has_old_connection: bool,
    /// Only with a fault: how many revocations it read on the server before. It does not
    /// read those in their place on this one.
    pub(super) skipped: Level,
}

/// The step a process has reached. It may pause between any two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum ProcessStep {
    /// There is no process.
    Absent,
    /// Between ticks: it may write or read next.
    Idle,
    /// It has read the clock, and the database has not written yet.
    Writing { started: Age },
    /// The database has answered the read, and nothing is applied yet.
    Read { level: Level },
    /// Only with a fault: it reads, with a *t* from before, and then writes.
    ReadingFirst { started: Age },
    /// Only with a fault: it has read, and writes next.
    ReadFirst { started: Age, level: Level },
    /// Only with a fault: its row is deleted, and it still holds its lease.
    Stopping,
}

/// A row of the table `nodes`. Its `renewal` is not part of the state, see [`Seen`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct LeaseRow {
    pub(super) applied: Level,
    /// The age of its `renewal`.
    pub(super) renewed: Age,
}

/// A revocation, as the waiter knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Revocation {
    NotBegun,
    /// Only with a fault: the clock was read before the commit.
    Asked(Age),
    /// Committed, and the waiter does not know yet.
    Committed(Age),
    /// *c* was read from the clock; `nodes` may have been read since.
    Waiting {
        committed: Age,
        has_read: bool,
    },
    /// Answered with 503 because the server changed. It is committed, and may be
    /// requested again.
    Unknown,
    Answered,
}

/// Which `renewal` a write gives its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Renewal {
    /// One that no row has had before.
    New,
    /// Only with a fault: its current one.
    Same,
    /// Only with a fault: the one that the waiter remembers.
    Remembered,
}

/// What the waiter remembers of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Seen {
    /// Whether the row still has this `renewal`.
    pub(super) is_current: bool,
    /// The age of the first read that showed this `renewal`.
    pub(super) first: Age,
    pub(super) applied: Level,
}

/// Returns the age one tick later, capped at `last`.
pub(super) fn aged(age: Age, last: Age) -> Age {
    last.min(age + 1)
}

// === impl ClusterState ===

impl ClusterState {
    /// The initial state: nothing is written, and no process has started.
    pub(super) const NEW: Self = Self {
        slots: [Slot {
            process: Process::ABSENT,
            row: None,
            other_row: None,
            seen: None,
        }; PEERS],
        revocations: [Revocation::NotBegun; REVOCATIONS],
        reading_since: None,
        failover: Failover::NONE,
    };

    /// Returns how many revocations a snapshot taken now contains.
    pub(super) fn committed(&self) -> Level {
        let is_open = |it: &&Revocation| matches!(it, Revocation::NotBegun | Revocation::Asked(_));
        let open = self.revocations.iter().filter(is_open).count();
        (REVOCATIONS - open) as Level
    }

    /// Returns how many revocations a snapshot taken now on `server` contains.
    pub(super) fn level_on(&self, server: Server) -> Level {
        match server {
            Server::Primary => self.committed(),
            Server::Other => self.failover.other_level,
        }
    }

    /// Returns whether a revocation was answered that `cache` does not contain.
    pub(super) fn is_revoked(&self, cache: Level) -> bool {
        let mut missing = self.revocations.iter().skip(cache.into());
        missing.any(|&it| it == Revocation::Answered)
    }
}

// === impl Process ===

impl Process {
    pub(super) const ABSENT: Self = Self {
        step: ProcessStep::Absent,
        server: Server::Primary,
        written: None,
        lease_from: None,
        cache: 0,
        applied: 0,
        abandoned: None,
        next: Renewal::New,
        found: None,
        lookup: None,
        has_old_connection: false,
        skipped: 0,
    };

    pub(super) fn holds_lease(&self, lease: Age) -> bool {
        self.lease_from.is_some_and(|since| since < lease)
    }
}

// === impl Slot ===

impl Slot {
    /// Returns the row as it is on `server`.
    pub(super) fn row_on(&mut self, server: Server) -> &mut Option<LeaseRow> {
        match server {
            Server::Primary => &mut self.row,
            Server::Other => &mut self.other_row,
        }
    }
}
