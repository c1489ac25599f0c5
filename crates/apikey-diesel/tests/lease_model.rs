//! The leases of `docs/cluster.md`, checked over every interleaving of a small
//! system: no process accepts an old right after its revocation was answered.
//! And each rule that is left out is missed.
//!
//! What is left out of the model can only hold an answer up: the rows of other
//! processes (beyond two), and what is heard by `NOTIFY`, as a process may go
//! round at any time.

#![expect(clippy::panic, reason = "a test fails by panicking")]

#[path = "lease_model/database.rs"]
mod database;

#[path = "model/explorer.rs"]
mod explorer;

#[path = "lease_model/fault.rs"]
mod fault;

#[path = "lease_model/node.rs"]
mod node;

#[path = "lease_model/protocol.rs"]
mod protocol;

#[path = "lease_model/row.rs"]
mod row;

#[path = "lease_model/state.rs"]
mod state;

#[path = "lease_model/waiter.rs"]
mod waiter;

use explorer::{Explored, explore};
use fault::Fault;
use protocol::{Action, NodeAction, Protocol, Reason, Trust, WaiterAction};

/// One process beside the one that revokes, and the whole protocol.
const SMALL: Protocol = Protocol {
    lease: 2,
    others: 1,
    revocations: 1,
    has_failures: true,
    fault: None,
};

/// Asserts that there is no way to a wrong state.
#[track_caller]
fn assert_holds(protocol: Protocol) -> Explored<Protocol> {
    let explored = explore(&protocol);
    let Explored { states, steps, .. } = explored;
    println!("{states} states, {steps} steps: {protocol:?}");
    if let Some(way) = &explored.way {
        panic!("an old right is accepted:\n{way}");
    }
    explored
}

/// Asserts that a fault is found, in a revocation that is answered for `reason`.
#[track_caller]
fn assert_found(fault: Fault, reason: Reason) {
    let explored = explore(&Protocol {
        fault: Some(fault),
        ..SMALL
    });
    let way = explored
        .way
        .expect("the fault lets an old right be accepted");
    let answer = Action::Waiter(WaiterAction::Answer(reason));
    let is_answer = |(action, _): &(Action, _)| *action == answer;
    assert!(way.0.iter().any(is_answer), "for another reason:\n{way}");
}

#[test]
fn nothing_old_is_accepted_with_a_longer_lease() {
    assert_holds(Protocol { lease: 3, ..SMALL });
}

#[test]
fn nothing_old_is_accepted_with_two_revocations() {
    assert_holds(Protocol {
        lease: 1,
        revocations: 2,
        ..SMALL
    });
}

#[test]
fn nothing_old_is_accepted_by_either_of_two_processes() {
    assert_holds(Protocol {
        lease: 1,
        others: 2,
        has_failures: false,
        ..SMALL
    });
}

#[test]
fn whatever_should_be_possible_happens() {
    let explored = assert_holds(SMALL);
    let answer = |reason| Action::Waiter(WaiterAction::Answer(reason));
    let node = |action| Action::Node(0, action);
    let apply = |before, after| node(NodeAction::Apply { before, after });
    for action in [
        answer(Reason::NoRows),
        answer(Reason::Applied),
        answer(Reason::Lapsed),
        answer(Reason::Time),
        apply(Trust::Never, Trust::Held),
        apply(Trust::Held, Trust::Held),
        apply(Trust::Lapsed, Trust::Held),
        apply(Trust::Lapsed, Trust::Lapsed),
        node(NodeAction::WriteLate),
        Action::BeginAnew {
            loses_renewals: true,
        },
        node(NodeAction::Remove { is_dead: false }),
        node(NodeAction::Remove { is_dead: true }),
    ] {
        assert!(
            explored.actions.contains(&action),
            "{action:?} never happens"
        );
    }
}

#[test]
fn trust_has_to_count_from_before_the_write() {
    assert_found(Fault::TrustCountsFromTheReading, Reason::Time);
}

#[test]
fn a_round_has_to_write_before_it_reads() {
    assert_found(Fault::ReadsBeforeItWrites, Reason::NoRows);
}

#[test]
fn a_write_that_failed_must_not_count() {
    assert_found(Fault::AWriteThatFailedCounts, Reason::NoRows);
}

#[test]
fn a_write_that_is_tried_again_needs_a_new_renewal() {
    assert_found(Fault::ARenewalIsUsedTwice, Reason::Lapsed);
}

#[test]
fn a_process_that_starts_needs_a_row_of_its_own() {
    assert_found(Fault::AProcessTakesOverARow, Reason::Lapsed);
}

#[test]
fn what_is_announced_has_to_be_the_snapshot_that_was_read() {
    assert_found(Fault::TheSnapshotIsTakenAfterTheReading, Reason::Applied);
}

#[test]
fn a_process_that_stops_has_to_cease_trusting_first() {
    assert_found(Fault::TheRowGoesBeforeTheTrust, Reason::NoRows);
}

#[test]
fn a_row_has_to_stay_as_long_as_its_process_can_trust() {
    assert_found(Fault::TheCleanerIsTooEarly, Reason::NoRows);
}

#[test]
fn a_question_has_to_look_at_the_clock_before_the_memory() {
    assert_found(Fault::MemoryBeforeClock, Reason::NoRows);
}

#[test]
fn the_rows_have_to_be_read_after_the_commit() {
    assert_found(Fault::RowsOfBeforeTheCommitCount, Reason::Lapsed);
}

#[test]
fn what_was_seen_before_the_database_crashed_must_not_count() {
    assert_found(Fault::RowsOfBeforeACrashCount, Reason::Lapsed);
}

#[test]
fn the_commit_has_to_be_timed_when_it_is_known() {
    assert_found(Fault::TheCommitIsTimedBefore, Reason::Time);
}

#[test]
fn a_renewal_has_to_be_timed_after_the_reading_that_showed_it() {
    assert_found(Fault::FirstSeenIsTimedBefore, Reason::Lapsed);
}

#[test]
fn the_wait_has_to_be_as_long_as_the_lease() {
    assert_found(Fault::TheWaitIsShorterThanTheLease, Reason::Time);
}
