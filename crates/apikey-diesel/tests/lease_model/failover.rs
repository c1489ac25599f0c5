//! The failover: a standby that lags behind is promoted, and the primary of before still
//! answers reads.

use crate::{
    fault::ProtocolFault,
    protocol::{ProcessAction, Protocol, ProtocolAction},
    servers::{Failover, Lookup, Server},
    state::{ClusterState, LeaseRow, Process, ProcessStep, Renewal, Revocation},
};
use std::mem::swap;

/// Adds what the servers may do.
pub(super) fn steps(
    protocol: &Protocol,
    state: &ClusterState,
    add: &mut impl FnMut(ProtocolAction, ClusterState),
) {
    if !state.failover.is_over {
        add(ProtocolAction::Replicate, replicate(state));
        add(ProtocolAction::Promote, promote(protocol, state));
    }
}

/// The standby replays everything. What is committed later may be lost with the primary.
fn replicate(state: &ClusterState) -> ClusterState {
    let mut next = *state;
    next.failover.other_level = state.committed();
    for slot in &mut next.slots {
        slot.other_row = slot.row;
    }
    next
}

/// From now on only the standby takes writes. It has what it has replayed, a prefix of
/// what was committed. A revocation that it lacks was never made as far as the promise is
/// concerned, and another may take its place. So what is in a cache counts only as far as
/// the two servers agree; what a row acknowledges is a number, and stays.
fn promote(protocol: &Protocol, state: &ClusterState) -> ClusterState {
    let mut next = *state;
    let kept = state.failover.other_level;
    next.failover = Failover {
        is_over: true,
        waiter: Server::Other,
        ..state.failover
    };
    for revocation in next.revocations.iter_mut().skip(kept.into()) {
        *revocation = Revocation::NotBegun;
    }
    for slot in &mut next.slots {
        swap(&mut slot.row, &mut slot.other_row);
        let remembers = protocol.has(ProtocolFault::RowsFromBeforeFailoverCount);
        if let Some(seen) = &mut slot.seen
            && remembers
            && seen.is_current
            && slot.row != slot.other_row
        {
            // The standby lacks the renewal that the waiter has seen.
            seen.is_current = false;
            slot.process.next = Renewal::Remembered;
        }
        if let Some(row) = &mut slot.other_row {
            row.renewed = 0;
        }
        let process = &mut slot.process;
        if process.step != ProcessStep::Absent {
            process.server = Server::Other;
        }
        process.lookup = process.lookup.map(Lookup::after_failover);
        process.cache = process.cache.min(kept);
        if let ProcessStep::Read { level } = &mut process.step {
            *level = kept.min(*level);
        }
    }
    next
}

/// Adds what a process may do with connections.
pub(super) fn connect(
    protocol: &Protocol,
    state: &ClusterState,
    slot: usize,
    add: &mut impl FnMut(ProcessAction, ClusterState),
) {
    let process = state.slots[slot].process;
    if process.server == Server::Other {
        add(ProcessAction::Join, join(protocol, state, slot));
    }
    if protocol.has(ProtocolFault::LowerTimelineIsAccepted)
        && !state.failover.is_over
        && process.step == ProcessStep::Idle
    {
        let mut next = *state;
        next.slots[slot].process.has_old_connection = true;
        add(ProcessAction::Open, next);
    }
}

/// A process that has reached the new primary begins a generation. Nothing that it read,
/// wrote or leased on the other server counts.
fn join(protocol: &Protocol, state: &ClusterState, slot: usize) -> ClusterState {
    let before = state.slots[slot].process;
    let mut after = Process {
        step: ProcessStep::Idle,
        next: before.next,
        has_old_connection: before.has_old_connection
            || protocol.has(ProtocolFault::OldConnectionIsKept)
            || protocol.has(ProtocolFault::EventsFromOldPrimary),
        ..Process::ABSENT
    };
    if protocol.has(ProtocolFault::LeaseOutlastsGeneration) {
        after.lease_from = before.lease_from;
        after.cache = before.cache;
        after.skipped = before.applied;
    }
    if protocol.has(ProtocolFault::AppliedOutlastsGeneration) {
        after.applied = before.applied;
    }
    if protocol.has(ProtocolFault::ProofOnAnotherServer) {
        after.lookup = before.lookup;
    }
    let mut next = *state;
    next.slots[slot].process = after;
    record_primary(protocol, &mut next);
    next
}

/// The waiter does the same. Whether the new primary has what awaits acknowledgement is
/// not known.
pub(super) fn join_waiter(protocol: &Protocol, state: &ClusterState) -> ClusterState {
    let mut next = *state;
    next.failover.waiter = Server::Primary;
    next.reading_since = None;
    for slot in &mut next.slots {
        slot.seen = slot
            .seen
            .filter(|_| protocol.has(ProtocolFault::RowsFromBeforeFailoverCount));
    }
    for revocation in &mut next.revocations {
        if matches!(
            revocation,
            Revocation::Committed(_) | Revocation::Waiting { .. }
        ) {
            *revocation = Revocation::Unknown;
        }
    }
    record_primary(protocol, &mut next);
    next
}

/// Stores the new primary as the server that the nodes work with, with a row that stands
/// for all leases from the other one. The first to reach it does this, before anything
/// else.
pub(super) fn record_primary(protocol: &Protocol, state: &mut ClusterState) {
    if !state.failover.is_over || state.failover.is_recorded {
        return;
    }
    state.failover.is_recorded = true;
    if !protocol.has(ProtocolFault::NoStandIn) {
        state.slots[protocol.stand_in()].row = Some(LeaseRow {
            applied: 0,
            renewed: 0,
        });
    }
}
