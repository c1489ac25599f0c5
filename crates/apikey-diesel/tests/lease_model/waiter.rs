//! What the process does that revokes, and waits before it answers.

use crate::{
    fault::Fault,
    protocol::{Protocol, Reason, WaiterAction},
    state::{Age, Level, Renewal, Revocation, Row, Seen, State, later},
};

/// Every step it may take.
pub(super) fn steps(protocol: &Protocol, state: &State, add: &mut impl FnMut(WaiterAction, State)) {
    let revocations = &state.revocations[..protocol.revocations];
    for (number, &revocation) in revocations.iter().enumerate() {
        let mut become_ = |action, revocation| {
            let mut next = *state;
            next.revocations[number] = revocation;
            add(action, next);
        };
        match revocation {
            Revocation::NotBegun => {
                let clock = 0;
                if usize::from(state.committed()) < number {
                    continue;
                }
                match protocol.has(Fault::TheCommitIsTimedBefore) {
                    true => become_(WaiterAction::Begin, Revocation::Asked(clock)),
                    false => become_(WaiterAction::Commit, Revocation::Committed(clock)),
                }
            }
            Revocation::Asked(clock) => {
                become_(WaiterAction::Commit, Revocation::Committed(clock));
            }
            Revocation::Committed(clock) => {
                let next = Revocation::Waiting {
                    committed: match protocol.has(Fault::TheCommitIsTimedBefore) {
                        true => clock,
                        false => 0,
                    },
                    has_looked: protocol.has(Fault::RowsOfBeforeTheCommitCount)
                        && state.slots[0].seen.is_some(),
                };
                become_(WaiterAction::Know, next);
            }
            Revocation::Waiting {
                committed,
                has_looked,
            } => {
                let reason = match committed >= protocol.wait() {
                    true => Some(Reason::Time),
                    false if has_looked => reason(protocol, state, number as Level),
                    false => None,
                };
                if let Some(reason) = reason {
                    become_(WaiterAction::Answer(reason), Revocation::Answered);
                }
            }
            Revocation::Answered => {}
        }
    }
    look(protocol, state, add);
}

/// Why a revocation may be answered before its time, by what was seen.
fn reason(protocol: &Protocol, state: &State, number: Level) -> Option<Reason> {
    let rows = state.slots.iter().filter_map(|slot| slot.seen.as_ref());
    let has_applied = |seen: &Seen| seen.applied > number;
    let has_lapsed = |seen: &Seen| seen.first >= protocol.wait();
    match () {
        () if rows.clone().count() == 0 => Some(Reason::NoRows),
        () if rows.clone().all(has_applied) => Some(Reason::Applied),
        () if rows
            .clone()
            .all(|seen| has_applied(seen) || has_lapsed(seen)) =>
        {
            Some(Reason::Lapsed)
        }
        () => None,
    }
}

/// Reads `nodes`, now or for whatever comes later.
fn look(protocol: &Protocol, state: &State, add: &mut impl FnMut(WaiterAction, State)) {
    let mut next = *state;
    let is_timed_before = protocol.has(Fault::FirstSeenIsTimedBefore);
    let now = match state.looking {
        None if is_timed_before => {
            next.looking = Some(0);
            return add(WaiterAction::Begin, next);
        }
        clock => clock.unwrap_or(0),
    };
    next.looking = None;
    for slot in &mut next.slots {
        slot.seen = slot.row.map(|row| see(slot.seen, row, now));
        if slot.node.next == Renewal::Remembered {
            slot.node.next = Renewal::New;
        }
    }
    for revocation in &mut next.revocations {
        if let Revocation::Waiting { has_looked, .. } = revocation {
            *has_looked = true;
        }
    }
    add(WaiterAction::Look, next);
}

fn see(before: Option<Seen>, row: Row, now: Age) -> Seen {
    let first = match before {
        Some(seen) if seen.is_current => seen.first,
        _ => now,
    };
    Seen {
        is_current: true,
        first,
        applied: row.applied,
    }
}

/// Lets the instants it remembers be one tick longer ago.
pub(super) fn tick(protocol: &Protocol, state: &mut State) {
    let last = protocol.lease;
    for seen in state.slots.iter_mut().filter_map(|slot| slot.seen.as_mut()) {
        seen.first = later(seen.first, last);
    }
    state.looking = state.looking.map(|age| later(age, last));
    for revocation in &mut state.revocations {
        match revocation {
            Revocation::Waiting { committed, .. } => *committed = later(*committed, last),
            Revocation::Asked(clock) | Revocation::Committed(clock)
                if protocol.has(Fault::TheCommitIsTimedBefore) =>
            {
                *clock = later(*clock, last);
            }
            _ => {}
        }
    }
}
