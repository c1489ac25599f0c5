//! The steps of the process that revokes, and waits before it replies.

use crate::{
    failover,
    fault::ProtocolFault,
    protocol::{Protocol, Reason, WaiterAction},
    servers::Server,
    state::{Age, ClusterState, LeaseRow, Level, Renewal, Revocation, Seen, aged},
};

/// Adds every step that the waiter may take.
pub(super) fn steps(
    protocol: &Protocol,
    state: &ClusterState,
    add: &mut impl FnMut(WaiterAction, ClusterState),
) {
    let revocations = &state.revocations[..protocol.revocations];
    for (number, &revocation) in revocations.iter().enumerate() {
        let mut transition = |action, revocation| {
            let mut next = *state;
            next.revocations[number] = revocation;
            add(action, next);
        };
        match revocation {
            // A commit on a server that was demoted is refused.
            Revocation::NotBegun | Revocation::Asked(_) | Revocation::Unknown
                if state.failover.waiter == Server::Other => {}
            Revocation::NotBegun => {
                let clock = 0;
                if usize::from(state.committed()) < number {
                    continue;
                }
                if protocol.has(ProtocolFault::CommitTimedEarly) {
                    transition(WaiterAction::Begin, Revocation::Asked(clock));
                } else {
                    transition(WaiterAction::Commit, Revocation::Committed(clock));
                }
            }
            Revocation::Asked(clock) => {
                transition(WaiterAction::Commit, Revocation::Committed(clock));
            }
            Revocation::Committed(clock) => {
                let next = Revocation::Waiting {
                    committed: if protocol.has(ProtocolFault::CommitTimedEarly) {
                        clock
                    } else {
                        0
                    },
                    has_read: protocol.has(ProtocolFault::RowsFromBeforeCommitCount)
                        && state.slots[0].seen.is_some(),
                };
                transition(WaiterAction::Know, next);
            }
            Revocation::Waiting {
                committed,
                has_read,
            } => {
                let reason = if committed >= protocol.wait() {
                    Some(Reason::Time)
                } else if has_read {
                    reason(protocol, state, number as Level)
                } else {
                    None
                };
                if let Some(reason) = reason {
                    transition(WaiterAction::Answer(reason), Revocation::Answered);
                }
            }
            Revocation::Unknown => {
                transition(WaiterAction::Retry, Revocation::Committed(0));
            }
            Revocation::Answered => {}
        }
    }
    if state.failover.waiter == Server::Other {
        add(WaiterAction::Join, failover::join_waiter(protocol, state));
    }
    read_rows(protocol, state, add);
}

/// Returns why a revocation may be answered before the wait is over, by the rows that
/// were read.
fn reason(protocol: &Protocol, state: &ClusterState, number: Level) -> Option<Reason> {
    let rows = state.slots.iter().filter_map(|slot| slot.seen.as_ref());
    let has_applied = |seen: &Seen| seen.applied > number;
    let has_lapsed = |seen: &Seen| seen.first >= protocol.wait();
    if rows.clone().count() == 0 {
        Some(Reason::NoRows)
    } else if rows.clone().all(has_applied) {
        Some(Reason::Applied)
    } else if rows
        .clone()
        .all(|seen| has_applied(seen) || has_lapsed(seen))
    {
        Some(Reason::Lapsed)
    } else {
        None
    }
}

/// Adds a read of `nodes`, which the waiter may do at any time.
fn read_rows(
    protocol: &Protocol,
    state: &ClusterState,
    add: &mut impl FnMut(WaiterAction, ClusterState),
) {
    let mut next = *state;
    let is_timed_early = protocol.has(ProtocolFault::FirstSeenTimedEarly);
    let now = match state.reading_since {
        None if is_timed_early => {
            next.reading_since = Some(0);
            return add(WaiterAction::Begin, next);
        }
        clock => clock.unwrap_or(0),
    };
    next.reading_since = None;
    for slot in &mut next.slots {
        let row = *slot.row_on(state.failover.waiter);
        slot.seen = row.map(|row| see(slot.seen, row, now));
        if slot.process.next == Renewal::Remembered {
            slot.process.next = Renewal::New;
        }
    }
    for revocation in &mut next.revocations {
        if let Revocation::Waiting { has_read, .. } = revocation {
            *has_read = true;
        }
    }
    add(WaiterAction::ReadRows, next);
}

fn see(before: Option<Seen>, row: LeaseRow, now: Age) -> Seen {
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

/// Ages the instants that the waiter remembers by one tick.
pub(super) fn tick(protocol: &Protocol, state: &mut ClusterState) {
    let last = protocol.lease;
    for seen in state.slots.iter_mut().filter_map(|slot| slot.seen.as_mut()) {
        seen.first = aged(seen.first, last);
    }
    state.reading_since = state.reading_since.map(|age| aged(age, last));
    for revocation in &mut state.revocations {
        match revocation {
            Revocation::Waiting { committed, .. } => *committed = aged(*committed, last),
            Revocation::Asked(clock) | Revocation::Committed(clock)
                if protocol.has(ProtocolFault::CommitTimedEarly) =>
            {
                *clock = aged(*clock, last);
            }
            _ => {}
        }
    }
}
