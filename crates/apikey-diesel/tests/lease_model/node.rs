//! What a process does that may decide from memory.
//!
//! It may write and read in any order, also when nothing woke it. So every
//! round of `docs/cluster.md` is among what it may do. Steps that only it can
//! see are joined with the one before: to stand still in between them gives
//! nobody else more room.

use crate::{
    fault::Fault,
    protocol::{NodeAction, Protocol, Trust},
    row,
    state::{Age, Level, Node, Renewal, Slot, State, Step, later},
};

/// Every step that process may take.
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
    if let Some(applied) = node.given_up {
        let after = Node {
            given_up: None,
            next: match protocol.has(Fault::ARenewalIsUsedTwice) {
                true => Renewal::Same,
                false => Renewal::New,
            },
            ..node
        };
        let mut next = with(state, slot, after);
        row::write(&mut next, slot, applied, Renewal::New);
        add(NodeAction::WriteLate, next);
    }
    if protocol.has(Fault::MemoryBeforeClock) && state.is_revoked(node.memory) {
        let found = Some(node.memory);
        add(NodeAction::Look, with(state, slot, Node { found, ..node }));
    }
    match node.step {
        Step::Absent => start(protocol, state, slot, add),
        Step::Idle if protocol.has(Fault::ReadsBeforeItWrites) => {
            let step = Step::ReadingFirst { begun: 0 };
            add(
                NodeAction::BeginRead,
                with(state, slot, Node { step, ..node }),
            );
        }
        Step::Idle => idle(protocol, state, slot, add),
        Step::Writing { begun } => write(protocol, state, slot, begun, add),
        Step::Read { level } => {
            let trusted = match protocol.has(Fault::TrustCountsFromTheReading) {
                true => node.written.and(Some(0)),
                // Too long ago, it leaves the trust as it was: over.
                false => node.written.or(node.trusted),
            };
            let (action, next) = apply(protocol, state, slot, level, trusted);
            add(action, next);
        }
        Step::ReadingFirst { begun } => {
            let level = state.committed();
            let step = Step::ReadFirst { begun, level };
            add(NodeAction::Read, with(state, slot, Node { step, ..node }));
        }
        Step::ReadFirst { begun, level } => {
            let (action, mut next) = apply(protocol, state, slot, level, Some(begun));
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

/// Starts a process, where there is no row.
fn start(protocol: &Protocol, state: &State, slot: usize, add: &mut impl FnMut(NodeAction, State)) {
    let takes_over = state.slots[slot].row.is_some();
    if takes_over && !protocol.has(Fault::AProcessTakesOverARow) {
        return;
    }
    let mut next = *state;
    next.slots[slot].node.step = Step::Idle;
    if takes_over {
        next.slots[slot].node.next = Renewal::Same;
    }
    add(NodeAction::Start, next);
}

/// Between rounds, it may begin a write, read, or stop.
fn idle(protocol: &Protocol, state: &State, slot: usize, add: &mut impl FnMut(NodeAction, State)) {
    let node = state.slots[slot].node;
    let step = Step::Writing { begun: 0 };
    add(
        NodeAction::BeginWrite,
        with(state, slot, Node { step, ..node }),
    );
    let level = state.committed();
    let step = Step::Read { level };
    add(NodeAction::Read, with(state, slot, Node { step, ..node }));
    let step = Step::Stopping;
    let after = match protocol.has(Fault::TheRowGoesBeforeTheTrust) {
        true => Node { step, ..node },
        false => Node::ABSENT,
    };
    let mut next = with(state, slot, after);
    next.slots[slot].row = None;
    add(NodeAction::Stop, next);
}

/// A write is done, or is given up: then the database may do it yet.
fn write(
    protocol: &Protocol,
    state: &State,
    slot: usize,
    begun: Age,
    add: &mut impl FnMut(NodeAction, State),
) {
    let node = Node {
        step: Step::Idle,
        ..state.slots[slot].node
    };
    let done = Node {
        written: Some(begun),
        next: Renewal::New,
        ..node
    };
    let mut next = with(state, slot, done);
    row::write(&mut next, slot, node.applied, node.next);
    add(NodeAction::Write, next);
    if protocol.has_failures {
        let written = match protocol.has(Fault::AWriteThatFailedCounts) {
            true => Some(begun),
            false => node.written,
        };
        let given_up = Node {
            written,
            given_up: Some(node.applied),
            ..node
        };
        add(NodeAction::GiveUpWrite, with(state, slot, given_up));
    }
}

/// Takes what was read into the memory, and trusts it.
fn apply(
    protocol: &Protocol,
    state: &State,
    slot: usize,
    level: Level,
    trusted: Option<Age>,
) -> (NodeAction, State) {
    let before = state.slots[slot].node;
    let after = Node {
        step: Step::Idle,
        trusted,
        memory: level,
        applied: match protocol.has(Fault::TheSnapshotIsTakenAfterTheReading) {
            true => state.committed(),
            false => level,
        },
        ..before
    };
    let trust = |node: &Node| match node.trusted {
        None => Trust::Never,
        Some(since) if since < protocol.lease => Trust::Held,
        Some(_) => Trust::Lapsed,
    };
    let action = NodeAction::Apply {
        before: trust(&before),
        after: trust(&after),
    };
    (action, with(state, slot, after))
}

/// Lets the instants that a process remembers be one tick longer ago.
pub(super) fn tick(protocol: &Protocol, state: &mut State) {
    for Slot { node, .. } in &mut state.slots {
        let last = protocol.lease;
        // So long ago, it is as good as none.
        node.written = node.written.map(|age| age + 1).filter(|&age| age < last);
        node.trusted = node.trusted.map(|age| later(age, last));
        match &mut node.step {
            Step::Writing { begun }
            | Step::ReadingFirst { begun }
            | Step::ReadFirst { begun, .. } => *begun = later(*begun, last),
            Step::Absent | Step::Idle | Step::Read { .. } | Step::Stopping => {}
        }
    }
}
