//! The steps of a process that may decide from its cache.
//!
//! It may write and read in any order, even if nothing woke it, so every tick of
//! `docs/cluster.md` is among its possible steps. A step that is visible to this
//! process alone is merged into the one before: a pause between them would not allow
//! other processes anything new.

use crate::{
    failover,
    fault::ProtocolFault,
    protocol::{Lease, ProcessAction, Protocol},
    row,
    servers::Server,
    state::{Age, ClusterState, Level, Process, ProcessStep, Renewal, Slot, aged},
};

/// Adds every step that the process may take.
pub(super) fn steps(
    protocol: &Protocol,
    state: &ClusterState,
    slot: usize,
    add: &mut impl FnMut(ProcessAction, ClusterState),
) {
    let process = state.slots[slot].process;
    if process.step != ProcessStep::Absent {
        add(ProcessAction::Crash, with(state, slot, Process::ABSENT));
    }
    failover::connect(protocol, state, slot, add);
    if let Some(applied) = process.abandoned
        && protocol.takes_writes(process.server)
    {
        let after = Process {
            abandoned: None,
            next: if protocol.has(ProtocolFault::RenewalIsReused) {
                Renewal::Same
            } else {
                Renewal::New
            },
            ..process
        };
        let mut next = with(state, slot, after);
        row::write(&mut next, slot, applied, Renewal::New);
        add(ProcessAction::WriteLate, next);
    }
    if protocol.has(ProtocolFault::CacheBeforeClock) && state.is_revoked(process.cache) {
        let found = Some(process.cache);
        add(
            ProcessAction::ReadCache,
            with(state, slot, Process { found, ..process }),
        );
    }
    match process.step {
        ProcessStep::Absent => start(protocol, state, slot, add),
        ProcessStep::Idle if protocol.has(ProtocolFault::ReadsBeforeWriting) => {
            let step = ProcessStep::ReadingFirst { started: 0 };
            add(
                ProcessAction::BeginRead,
                with(state, slot, Process { step, ..process }),
            );
        }
        ProcessStep::Idle => idle(protocol, state, slot, add),
        ProcessStep::Writing { started } => write(protocol, state, slot, started, add),
        ProcessStep::Read { level } => {
            let lease_from = if protocol.has(ProtocolFault::LeaseCountsFromTheRead) {
                process.written.and(Some(0))
            } else {
                // If the write was too long ago, the lease stays as it was: over.
                process.written.or(process.lease_from)
            };
            let (action, next) = apply(protocol, state, slot, level, lease_from);
            add(action, next);
        }
        ProcessStep::ReadingFirst { started } => {
            let level = state.level_on(process.server);
            let step = ProcessStep::ReadFirst { started, level };
            add(
                ProcessAction::Read,
                with(state, slot, Process { step, ..process }),
            );
        }
        ProcessStep::ReadFirst { started, level } => {
            let (action, mut next) = apply(protocol, state, slot, level, Some(started));
            row::write(&mut next, slot, level, Renewal::New);
            add(action, next);
        }
        ProcessStep::Stopping => {}
    }
}

fn with(state: &ClusterState, slot: usize, process: Process) -> ClusterState {
    let mut next = *state;
    next.slots[slot].process = process;
    next
}

/// Starts a process, if there is no row.
fn start(
    protocol: &Protocol,
    state: &ClusterState,
    slot: usize,
    add: &mut impl FnMut(ProcessAction, ClusterState),
) {
    let takes_over = state.slots[slot].row.is_some();
    if takes_over && !protocol.has(ProtocolFault::ProcessTakesOverRow) {
        return;
    }
    let mut next = *state;
    next.slots[slot].process.step = ProcessStep::Idle;
    if takes_over {
        next.slots[slot].process.next = Renewal::Same;
    }
    failover::record_primary(protocol, &mut next);
    add(ProcessAction::Start, next);
}

/// Between ticks a process may begin a write, read, or stop.
fn idle(
    protocol: &Protocol,
    state: &ClusterState,
    slot: usize,
    add: &mut impl FnMut(ProcessAction, ClusterState),
) {
    let process = state.slots[slot].process;
    let step = ProcessStep::Writing { started: 0 };
    add(
        ProcessAction::BeginWrite,
        with(state, slot, Process { step, ..process }),
    );
    let reads_old = process.has_old_connection && protocol.has(ProtocolFault::EventsFromOldPrimary);
    let level = match reads_old {
        true => state.level_on(Server::Other),
        false => state.level_on(process.server),
    };
    let step = ProcessStep::Read { level };
    add(
        ProcessAction::Read,
        with(state, slot, Process { step, ..process }),
    );
    let step = ProcessStep::Stopping;
    let after = if protocol.has(ProtocolFault::RowDeletedBeforeLeaseEnds) {
        Process { step, ..process }
    } else {
        Process::ABSENT
    };
    let mut next = with(state, slot, after);
    if protocol.takes_writes(process.server) {
        *next.slots[slot].row_on(process.server) = None;
    }
    add(ProcessAction::Stop, next);
}

/// A write is done, or refused because the server is read-only. Or it is abandoned: then
/// the database may still do it.
fn write(
    protocol: &Protocol,
    state: &ClusterState,
    slot: usize,
    started: Age,
    add: &mut impl FnMut(ProcessAction, ClusterState),
) {
    let process = Process {
        step: ProcessStep::Idle,
        ..state.slots[slot].process
    };
    if protocol.takes_writes(process.server) {
        let done = Process {
            written: Some(started),
            next: Renewal::New,
            ..process
        };
        let mut next = with(state, slot, done);
        row::write(&mut next, slot, process.applied, process.next);
        add(ProcessAction::Write, next);
    } else {
        let mut refused = process;
        if protocol.has(ProtocolFault::RefusedWriteCounts) {
            refused.written = Some(started);
        }
        add(ProcessAction::WriteRefused, with(state, slot, refused));
    }
    if protocol.has_failures {
        let written = if protocol.has(ProtocolFault::FailedWriteCounts) {
            Some(started)
        } else {
            process.written
        };
        let abandoned = Process {
            written,
            abandoned: Some(process.applied),
            ..process
        };
        add(ProcessAction::AbandonWrite, with(state, slot, abandoned));
    }
}

/// Applies what was read to the cache, and extends the lease.
fn apply(
    protocol: &Protocol,
    state: &ClusterState,
    slot: usize,
    level: Level,
    lease_from: Option<Age>,
) -> (ProcessAction, ClusterState) {
    let before = state.slots[slot].process;
    let after = Process {
        step: ProcessStep::Idle,
        lease_from,
        cache: if before.cache < before.skipped {
            before.cache
        } else {
            level
        },
        applied: if protocol.has(ProtocolFault::SnapshotAfterRead) {
            state.committed()
        } else {
            level
        },
        ..before
    };
    let lease_at = |process: &Process| match process.lease_from {
        None => Lease::Never,
        Some(since) if since < protocol.lease => Lease::Held,
        Some(_) => Lease::Lapsed,
    };
    let action = ProcessAction::Apply {
        before: lease_at(&before),
        after: lease_at(&after),
    };
    (action, with(state, slot, after))
}

/// Ages the instants that a process remembers by one tick.
pub(super) fn tick(protocol: &Protocol, state: &mut ClusterState) {
    for Slot { process, .. } in &mut state.slots {
        let last = protocol.lease;
        // At this age it is equivalent to none.
        process.written = process.written.map(|age| age + 1).filter(|&age| age < last);
        process.lease_from = process.lease_from.map(|age| aged(age, last));
        match &mut process.step {
            ProcessStep::Writing { started }
            | ProcessStep::ReadingFirst { started }
            | ProcessStep::ReadFirst { started, .. } => *started = aged(*started, last),
            ProcessStep::Absent
            | ProcessStep::Idle
            | ProcessStep::Read { .. }
            | ProcessStep::Stopping => {}
        }
    }
}
