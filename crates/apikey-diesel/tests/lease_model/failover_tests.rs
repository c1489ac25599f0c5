//! A failover: no old right is accepted whose revocation the new primary has, and each
//! rule of the failover is needed.

use crate::{
    assertions::{self, assert_holds, assert_reaches},
    fault::ProtocolFault,
    protocol::{Lease, ProcessAction, Protocol, ProtocolAction, Reason, WaiterAction},
    servers::{Lookup, Server},
};

/// One process besides the one that revokes, and a standby.
const FAILOVER: Protocol = Protocol {
    lease: 2,
    peers: 1,
    revocations: 1,
    has_failures: false,
    has_failover: true,
    fault: None,
};

/// The step at which an old right is accepted.
const ACCEPTED: ProtocolAction = process(ProcessAction::LookUp(Lookup::Counts));
const PROVEN: ProtocolAction = process(ProcessAction::Prove);
const PROMOTED: ProtocolAction = ProtocolAction::Promote;

const fn process(action: ProcessAction) -> ProtocolAction {
    ProtocolAction::Process(0, action)
}

/// Asserts that a fault lets an old right be accepted, on a path with each of `actions`.
#[track_caller]
fn assert_breaks(fault: ProtocolFault, reason: Reason, actions: &[ProtocolAction]) {
    let fault = Some(fault);
    let path = assertions::assert_breaks(Protocol { fault, ..FAILOVER }, reason);
    for &action in actions {
        assert!(path.contains(action), "without {action:?}:\n{path}");
    }
}

#[test]
fn no_old_right_is_accepted_after_a_failover() {
    let explored = assert_holds(FAILOVER);
    let waiter = ProtocolAction::Waiter;
    let apply = |before, after| process(ProcessAction::Apply { before, after });
    let stand_in = |action| ProtocolAction::Process(FAILOVER.stand_in(), action);
    let actions = [
        ProtocolAction::Replicate,
        PROMOTED,
        process(ProcessAction::Join),
        process(ProcessAction::WriteRefused),
        process(ProcessAction::LookUp(Lookup::Unproven(Server::Other))),
        apply(Lease::Never, Lease::Held),
        apply(Lease::Lapsed, Lease::Held),
        stand_in(ProcessAction::Remove { is_dead: true }),
        waiter(WaiterAction::Join),
        waiter(WaiterAction::Retry),
        waiter(WaiterAction::Answer(Reason::NoRows)),
        waiter(WaiterAction::Answer(Reason::Applied)),
        waiter(WaiterAction::Answer(Reason::Lapsed)),
        waiter(WaiterAction::Answer(Reason::Time)),
    ];
    assert_reaches(&explored, &actions);
}

#[test]
fn no_old_right_is_accepted_after_a_failover_with_abandoned_writes() {
    assert_holds(Protocol {
        lease: 1,
        has_failures: true,
        ..FAILOVER
    });
}

#[test]
fn no_old_right_is_accepted_when_one_of_two_revocations_may_be_lost() {
    assert_holds(Protocol {
        lease: 1,
        revocations: 2,
        ..FAILOVER
    });
}

#[test]
fn the_old_primary_must_be_fenced() {
    let fault = ProtocolFault::OldPrimaryIsNotFenced;
    assert_breaks(fault, Reason::Time, &[PROMOTED, PROVEN]);
}

#[test]
fn a_write_that_a_read_only_server_refuses_must_not_count() {
    let refused = process(ProcessAction::WriteRefused);
    let fault = ProtocolFault::RefusedWriteCounts;
    assert_breaks(fault, Reason::Time, &[PROMOTED, refused]);
}

#[test]
fn a_lease_must_be_written_and_read_on_one_server() {
    let actions = [PROMOTED, process(ProcessAction::Join)];
    assert_breaks(ProtocolFault::EventsFromOldPrimary, Reason::Time, &actions);
}

#[test]
fn a_standby_must_not_be_read() {
    assert_breaks(ProtocolFault::StandbyIsRead, Reason::NoRows, &[]);
}

#[test]
fn connections_to_the_old_primary_must_be_dropped() {
    let actions = [PROMOTED, process(ProcessAction::Join), ACCEPTED];
    assert_breaks(ProtocolFault::OldConnectionIsKept, Reason::Time, &actions);
}

#[test]
fn a_connection_to_a_lower_timeline_must_be_refused() {
    let actions = [PROMOTED, process(ProcessAction::Open), ACCEPTED];
    let fault = ProtocolFault::LowerTimelineIsAccepted;
    assert_breaks(fault, Reason::Time, &actions);
}

#[test]
fn a_read_without_a_lease_needs_a_proof() {
    let fault = ProtocolFault::LookupNeedsNoProof;
    assert_breaks(fault, Reason::Time, &[PROMOTED, ACCEPTED]);
}

#[test]
fn a_proof_must_begin_after_the_read() {
    let fault = ProtocolFault::ProofFromBeforeLookup;
    assert_breaks(fault, Reason::Time, &[PROMOTED, ACCEPTED]);
}

#[test]
fn a_proof_must_be_on_the_connection_of_the_read() {
    let fault = ProtocolFault::ProofOnAnotherServer;
    assert_breaks(fault, Reason::Time, &[PROMOTED, PROVEN]);
}

#[test]
fn a_lease_must_end_with_its_generation() {
    let actions = [PROMOTED, process(ProcessAction::Join)];
    let fault = ProtocolFault::LeaseOutlastsGeneration;
    assert_breaks(fault, Reason::Time, &actions);
}

#[test]
fn what_was_read_on_the_old_primary_must_not_be_acknowledged_on_the_new_one() {
    let fault = ProtocolFault::AppliedOutlastsGeneration;
    assert_breaks(fault, Reason::Applied, &[PROMOTED]);
}

#[test]
fn rows_read_on_the_old_primary_must_not_count_on_the_new_one() {
    let fault = ProtocolFault::RowsFromBeforeFailoverCount;
    assert_breaks(fault, Reason::Lapsed, &[PROMOTED]);
}

#[test]
fn a_row_must_stand_for_the_leases_from_the_old_primary() {
    assert_breaks(ProtocolFault::NoStandIn, Reason::NoRows, &[PROMOTED]);
}

#[test]
fn the_row_that_stands_for_leases_must_stay_as_long_as_they_can_be_held() {
    let fault = ProtocolFault::StandInRemovedTooEarly;
    assert_breaks(fault, Reason::NoRows, &[PROMOTED]);
}
