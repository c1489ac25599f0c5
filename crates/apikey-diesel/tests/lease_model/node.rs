//! The steps of a process that may decide from its cache.
//!
//! It may write and read in any order, even if nothing woke it, so every tick of
//! `docs/cluster.md` is among its possible steps. A step that is visible to this
//! process alone is merged into the one before: a pause between them would not allow
//! other processes anything new.

use crate::{
    fault::Fault,
    protocol::{Lease, NodeAction, Protocol},
    row,
    state::{Age, Level, Node, Renewal, Slot, State, Step, aged},
};

/// Adds every step that the process may take.
pub(super) fn steps(
    protocol: &Protocol,
    state: &State,
    slot: usize,
    add: &mut impl FnMut(NodeAction, State),
) {
    let node = state.slots[slot].node;
    if node.step != Step::Absent {
        add(NodeAction::Crash, with(state, slot, Node::ABSENT));
    }
    if let Some(applied) = node.abandoned {
        let after = Node {
            abandoned: None,
            next: if protocol.has(Fault::RenewalIsReused) {
                Renewal::Same
            } else {
                Renewal::New
            },
            ..node
        };
        let mut next = with(state, slot, after);
        row::write(&mut next, slot, applied, Renewal::New);
        add(NodeAction::WriteLate, next);
    }
    if protocol.has(Fault::CacheBeforeClock) && state.is_revoked(node.cache) {
        let found = Some(node.cache);
        add(
            NodeAction::ReadCache,
            with(state, slot, Node { found, ..node }),
        );
    }
    match node.step {
        Step::Absent => start(protocol, state, slot, add),
        Step::Idle if protocol.has(Fault::ReadsBeforeWriting) => {
            let step = Step::ReadingFirst { started: 0 };
            add(
                NodeAction::BeginRead,
                with(state, slot, Node { step, ..node }),
            );
        }
        Step::Idle => idle(protocol, state, slot, add),
        Step::Writing { started } => write(protocol, state, slot, started, add),
        Step::Read { level } => {
            let lease_from = if protocol.has(Fault::LeaseCountsFromTheRead) {
                node.written.and(Some(0))
            } else {
                // If the write was too long ago, the lease stays as it was: over.
                node.written.or(node.lease_from)
            };
            let (action, next) = apply(protocol, state, slot, level, lease_from);
            add(action, next);
        }
        Step::ReadingFirst { started } => {
            let level = state.committed();
            let step = Step::ReadFirst { started, level };
            add(NodeAction::Read, with(state, slot, Node { step, ..node }));
        }
        Step::ReadFirst { started, level } => {
            let (action, mut next) = apply(protocol, state, slot, level, Some(started));
            row::write(&mut next, slot, level, Renewal::New);
            add(action, next);
        }
        Step::Stopping => {}
    }
}

fn with(state: &State, slot: usize, node: Node) -> State {
    let mut next = *state;
    next.slots[slot].node = node;
    next
}

/// Starts a process, if there is no row.
fn start(protocol: &Protocol, state: &State, slot: usize, add: &mut impl FnMut(NodeAction, State)) {
    let takes_over = state.slots[slot].row.is_some();
    if takes_over && !protocol.has(Fault::ProcessTakesOverRow) {
        return;
    }
    let mut next = *state;
    next.slots[slot].node.step = Step::Idle;
    if takes_over {
        next.slots[slot].node.next = Renewal::Same;
    }
    add(NodeAction::Start, next);
}

/// Between ticks a process may begin a write, read, or stop.
fn idle(protocol: &Protocol, state: &State, slot: usize, add: &mut impl FnMut(NodeAction, State)) {
    let node = state.slots[slot].node;
    let step = Step::Writing { started: 0 };
    add(
        NodeAction::BeginWrite,
        with(state, slot, Node { step, ..node }),
    );
    let level = state.committed();
    let step = Step::Read { level };
    add(NodeAction::Read, with(state, slot, Node { step, ..node }));
    let step = Step::Stopping;
    let after = if protocol.has(Fault::RowDeletedBeforeLeaseEnds) {
        Node { step, ..node }
    } else {
        Node::ABSENT
    };
    let mut next = with(state, slot, after);
    next.slots[slot].row = None;
    add(NodeAction::Stop, next);
}

/// A write is done, or is abandoned: then the database may still do it.
fn write(
    protocol: &Protocol,
    state: &State,
    slot: usize,
    started: Age,
    add: &mut impl FnMut(NodeAction, State),
) {
    let node = Node {
        step: Step::Idle,
        ..state.slots[slot].node
    };
    let done = Node {
        written: Some(started),
        next: Renewal::New,
        ..node
    };
    let mut next = with(state, slot, done);
    row::write(&mut next, slot, node.applied, node.next);
    add(NodeAction::Write, next);
    if protocol.has_failures {
        let written = if protocol.has(Fault::FailedWriteCounts) {
            Some(started)
        } else {
            node.written
        };
        let abandoned = Node {
            written,
            abandoned: Some(node.applied),
            ..node
        };
        add(NodeAction::AbandonWrite, with(state, slot, abandoned));
    }
}

/// Applies what was read to the cache, and extends the lease.
fn apply(
    protocol: &Protocol,
    state: &State,
    slot: usize,
    level: Level,
    lease_from: Option<Age>,
) -> (NodeAction, State) {
    let before = state.slots[slot].node;
    let after = Node {
        step: Step::Idle,
        lease_from,
        cache: level,
        applied: if protocol.has(Fault::SnapshotAfterRead) {
            state.committed()
        } else {
            level
        },
        ..before
    };
    let lease_at = |node: &Node| match node.lease_from {
        None => Lease::Never,
        Some(since) if since < protocol.lease => Lease::Held,
        Some(_) => Lease::Lapsed,
    };
    let action = NodeAction::Apply {
        before: lease_at(&before),
        after: lease_at(&after),
    };
    (action, with(state, slot, after))
}

/// Ages the instants that a process remembers by one tick.
pub(super) fn tick(protocol: &Protocol, state: &mut State) {
    for Slot { node, .. } in &mut state.slots {
        let last = protocol.lease;
        // At this age it is equivalent to none.
        node.written = node.written.map(|age| age + 1).filter(|&age| age < last);
        node.lease_from = node.lease_from.map(|age| aged(age, last));
        match &mut node.step {
            Step::Writing { started }
            | Step::ReadingFirst { started }
            | Step::ReadFirst { started, .. } => *started = aged(*started, last),
            Step::Absent | Step::Idle | Step::Read { .. } | Step::Stopping => {}
        }
    }
}
