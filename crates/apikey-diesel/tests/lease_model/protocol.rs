//! The leases of `docs/cluster.md`, as a model.

use crate::{
    canonical::canonical,
    database,
    explorer::Model,
    failover,
    fault::ProtocolFault,
    lookup, process, row,
    servers::{Lookup, Server},
    state::{Age, ClusterState, Slot},
    waiter,
};

/// A system of a given size, with or without a fault.
#[derive(Clone, Copy, Debug)]
pub(super) struct Protocol {
    /// How many ticks after its *t* a lease lasts. A revocation waits for as many: the
    /// clocks of the model run equally fast, and need no margin.
    pub(super) lease: Age,
    /// How many slots there are for processes besides the one that revokes. A slot is
    /// free again when its row is deleted.
    pub(super) peers: usize,
    pub(super) revocations: usize,
    /// Whether processes abandon writes that the database may still do, and the database
    /// crashes.
    pub(super) has_failures: bool,
    /// Whether there is a standby, which lags behind and may be promoted. Not together
    /// with crashes of the database.
    pub(super) has_failover: bool,
    pub(super) fault: Option<ProtocolFault>,
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum ProtocolAction {
    /// All clocks advance.
    Tick,
    /// The database crashes and restarts.
    Restart {
        loses_renewals: bool,
    },
    /// The standby replays all that the primary has committed.
    Replicate,
    /// The primary is fenced, and the standby promoted.
    Promote,
    Process(usize, ProcessAction),
    Waiter(WaiterAction),
}

/// A step of a process, or of its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum ProcessAction {
    Start,
    Crash,
    /// Ends the lease, and deletes the row.
    Stop,
    /// Reads the clock before a write.
    BeginWrite,
    Write,
    /// The server refuses the write, because it is read-only.
    WriteRefused,
    AbandonWrite,
    /// The database does a write that was abandoned.
    WriteLate,
    /// Reads the clock before a read; only with a fault.
    BeginRead,
    Read,
    /// Applies what was read, and holds the lease from then on if the write before was
    /// not too long ago.
    Apply {
        before: Lease,
        after: Lease,
    },
    /// Another process removes the row.
    Remove {
        is_dead: bool,
    },
    /// Reads the cache; only with a fault.
    ReadCache,
    /// Opens a connection to the new primary, and begins a generation.
    Join,
    /// Opens a connection and does not take in the answer yet; only with a fault.
    Open,
    /// Reads a right in the database that was revoked.
    LookUp(Lookup),
    /// Writes, and so proves that what was read before counts.
    Prove,
}

/// Whether a process may decide from its cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Lease {
    Never,
    Held,
    Lapsed,
}

/// A step of the process that revokes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum WaiterAction {
    /// Reads the clock; only with a fault.
    Begin,
    Commit,
    /// Opens a connection to the new primary. What waits gets 503.
    Join,
    /// Requests once more what got 503.
    Retry,
    /// Learns that the commit is done, and reads *c* from the clock.
    Know,
    /// Reads `nodes`.
    ReadRows,
    Answer(Reason),
}

/// Why a revocation is answered: the first of several reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Reason {
    /// The wait since *c* is over.
    Time,
    /// There was no row.
    NoRows,
    /// Every `applied` contains it.
    Applied,
    /// A row was not renewed for the whole wait, and all others contain the revocation.
    Lapsed,
}

impl Protocol {
    pub(super) fn has(&self, fault: ProtocolFault) -> bool {
        self.fault == Some(fault)
    }

    /// Returns whether a server takes writes: one that was fenced does not.
    pub(super) fn takes_writes(&self, server: Server) -> bool {
        server == Server::Primary || self.has(ProtocolFault::OldPrimaryIsNotFenced)
    }

    /// Returns how long the waiter waits.
    pub(super) fn wait(&self) -> Age {
        self.lease - Age::from(self.has(ProtocolFault::WaitShorterThanLease))
    }

    /// Returns the slot of the row that stands for the leases from the old primary.
    pub(super) fn stand_in(&self) -> usize {
        self.peers
    }

    fn tick(&self, state: &mut ClusterState) {
        process::tick(self, state);
        row::tick(self, state);
        waiter::tick(self, state);
    }
}

impl Model for Protocol {
    type State = ClusterState;
    type Action = ProtocolAction;

    fn initial(&self) -> ClusterState {
        ClusterState::NEW
    }

    fn steps(&self, state: &ClusterState, found: &mut Vec<(ProtocolAction, ClusterState)>) {
        let mut next = *state;
        self.tick(&mut next);
        found.push((ProtocolAction::Tick, next));
        let crashes: &[bool] = if self.has_failures && !self.has_failover {
            &[false, true]
        } else {
            &[]
        };
        for &loses_renewals in crashes {
            let next = database::restart(self, state, loses_renewals);
            found.push((ProtocolAction::Restart { loses_renewals }, next));
        }
        if self.has_failover {
            failover::steps(self, state, &mut |action, state| {
                found.push((action, state));
            });
        }
        for slot in 0..self.peers {
            let mut add =
                |action, state| found.push((ProtocolAction::Process(slot, action), state));
            process::steps(self, state, slot, &mut add);
            lookup::steps(self, state, slot, &mut add);
            row::steps(self, state, slot, &mut add);
        }
        if self.has_failover {
            let slot = self.stand_in();
            row::steps(self, state, slot, &mut |action, state| {
                found.push((ProtocolAction::Process(slot, action), state));
            });
        }
        let mut add = |action, state| found.push((ProtocolAction::Waiter(action), state));
        waiter::steps(self, state, &mut add);
        for (_, next) in found {
            *next = canonical(self, *next);
        }
    }

    /// Returns whether a process would accept a right whose revocation was answered.
    fn is_wrong(&self, state: &ClusterState) -> bool {
        state.slots.iter().any(|Slot { process, .. }| {
            let cache = process.found.unwrap_or(process.cache);
            process.holds_lease(self.lease) && state.is_revoked(cache)
                || process.lookup == Some(Lookup::Counts)
        })
    }
}
