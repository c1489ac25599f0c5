//! Model-checks the leases of `docs/cluster.md` over every interleaving of a small
//! system: no process accepts an old right after its revocation was answered. Leaving
//! out any rule of the protocol breaks this.
//!
//! What the model omits can only delay a reply: the rows of more than two other
//! processes, and the signals sent with `NOTIFY`, since a process may write or read at
//! any time.

#![expect(clippy::panic, reason = "a test fails by panicking")]

#[path = "lease_model/assertions.rs"]
mod assertions;

#[path = "lease_model/canonical.rs"]
mod canonical;

#[path = "lease_model/database.rs"]
mod database;

#[path = "model/explorer.rs"]
mod explorer;

#[path = "lease_model/failover.rs"]
mod failover;

#[path = "lease_model/failover_tests.rs"]
mod failover_tests;

#[path = "lease_model/fault.rs"]
mod fault;

#[path = "lease_model/lookup.rs"]
mod lookup;

#[path = "lease_model/process.rs"]
mod process;

#[path = "lease_model/protocol.rs"]
mod protocol;

#[path = "lease_model/row.rs"]
mod row;

#[path = "lease_model/servers.rs"]
mod servers;

#[path = "lease_model/state.rs"]
mod state;

#[path = "lease_model/waiter.rs"]
mod waiter;

use assertions::{assert_holds, assert_reaches};
use fault::ProtocolFault;
use protocol::{Lease, ProcessAction, Protocol, ProtocolAction, Reason, WaiterAction};

/// One process besides the one that revokes, and the whole protocol.
const SMALL: Protocol = Protocol {
    lease: 2,
    peers: 1,
    revocations: 1,
    has_failures: true,
    has_failover: false,
    fault: None,
};

/// Asserts that a fault lets an old right be accepted.
#[track_caller]
fn assert_breaks(fault: ProtocolFault, reason: Reason) {
    let fault = Some(fault);
    assertions::assert_breaks(Protocol { fault, ..SMALL }, reason);
}

#[test]
fn no_old_right_is_accepted_with_a_longer_lease() {
    assert_holds(Protocol { lease: 3, ..SMALL });
}

#[test]
fn no_old_right_is_accepted_with_two_revocations() {
    assert_holds(Protocol {
        lease: 1,
        revocations: 2,
        ..SMALL
    });
}

#[test]
fn no_old_right_is_accepted_by_either_of_two_processes() {
    assert_holds(Protocol {
        lease: 1,
        peers: 2,
        has_failures: false,
        ..SMALL
    });
}

#[test]
fn every_expected_action_is_reachable() {
    let explored = assert_holds(SMALL);
    let answer = |reason| ProtocolAction::Waiter(WaiterAction::Answer(reason));
    let process = |action| ProtocolAction::Process(0, action);
    let apply = |before, after| process(ProcessAction::Apply { before, after });
    let actions = [
        answer(Reason::NoRows),
        answer(Reason::Applied),
        answer(Reason::Lapsed),
        answer(Reason::Time),
        apply(Lease::Never, Lease::Held),
        apply(Lease::Held, Lease::Held),
        apply(Lease::Lapsed, Lease::Held),
        apply(Lease::Lapsed, Lease::Lapsed),
        process(ProcessAction::WriteLate),
        ProtocolAction::Restart {
            loses_renewals: true,
        },
        process(ProcessAction::Remove { is_dead: false }),
        process(ProcessAction::Remove { is_dead: true }),
    ];
    assert_reaches(&explored, &actions);
}

#[test]
fn the_lease_must_count_from_before_the_write() {
    assert_breaks(ProtocolFault::LeaseCountsFromTheRead, Reason::Time);
}

#[test]
fn a_heartbeat_must_write_before_it_reads() {
    assert_breaks(ProtocolFault::ReadsBeforeWriting, Reason::NoRows);
}

#[test]
fn a_failed_write_must_not_count() {
    assert_breaks(ProtocolFault::FailedWriteCounts, Reason::NoRows);
}

#[test]
fn a_retried_write_needs_a_new_renewal() {
    assert_breaks(ProtocolFault::RenewalIsReused, Reason::Lapsed);
}

#[test]
fn a_new_process_needs_a_row_of_its_own() {
    assert_breaks(ProtocolFault::ProcessTakesOverRow, Reason::Lapsed);
}

#[test]
fn the_acknowledged_snapshot_must_be_the_one_that_was_read() {
    assert_breaks(ProtocolFault::SnapshotAfterRead, Reason::Applied);
}

#[test]
fn a_stopping_process_must_end_its_lease_before_it_deletes_its_row() {
    assert_breaks(ProtocolFault::RowDeletedBeforeLeaseEnds, Reason::NoRows);
}

#[test]
fn a_row_must_stay_as_long_as_its_process_can_hold_a_lease() {
    assert_breaks(ProtocolFault::RowRemovedTooEarly, Reason::NoRows);
}

#[test]
fn a_request_must_read_the_clock_before_the_cache() {
    assert_breaks(ProtocolFault::CacheBeforeClock, Reason::NoRows);
}

#[test]
fn the_rows_must_be_read_after_the_commit() {
    assert_breaks(ProtocolFault::RowsFromBeforeCommitCount, Reason::Lapsed);
}

#[test]
fn rows_read_before_a_crash_of_the_database_must_not_count() {
    assert_breaks(ProtocolFault::RowsFromBeforeCrashCount, Reason::Lapsed);
}

#[test]
fn the_commit_must_be_timed_when_it_is_known() {
    assert_breaks(ProtocolFault::CommitTimedEarly, Reason::Time);
}

#[test]
fn a_renewal_must_be_timed_after_the_read_that_showed_it() {
    assert_breaks(ProtocolFault::FirstSeenTimedEarly, Reason::Lapsed);
}

#[test]
fn the_wait_must_be_as_long_as_the_lease() {
    assert_breaks(ProtocolFault::WaitShorterThanLease, Reason::Time);
}
