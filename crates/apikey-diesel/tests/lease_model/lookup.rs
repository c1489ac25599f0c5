//! The reads of requests in the database. Only those that lack a revocation which was
//! answered before they began are part of the model: no other can be wrong.
//!
//! The clock is read and the database answers in one step. Between the two the primary
//! could only become newer, and a demoted one stays as it is.

use crate::{
    fault::ProtocolFault,
    protocol::{ProcessAction, Protocol},
    state::{ClusterState, Lookup, Process, ProcessStep, Server},
};

/// Adds every read of a request, and every proof that one counts.
pub(super) fn steps(
    protocol: &Protocol,
    state: &ClusterState,
    slot: usize,
    add: &mut impl FnMut(ProcessAction, ClusterState),
) {
    let process = state.slots[slot].process;
    if process.step == ProcessStep::Absent {
        return;
    }
    let with = |lookup| {
        let mut next = *state;
        next.slots[slot].process.lookup = Some(lookup);
        next
    };
    match process.lookup {
        None => {
            if reads_revoked(protocol, state, &process) {
                let lookup = begin(protocol, &process);
                add(ProcessAction::LookUp(lookup), with(lookup));
            }
        }
        Some(Lookup::Unproven) => {
            if protocol.takes_writes(process.server) {
                add(ProcessAction::Prove, with(Lookup::Counts));
            }
        }
        Some(Lookup::Counts) => {}
    }
}

/// Returns whether one of the connections leads to a server that lacks a revocation which
/// was answered.
fn reads_revoked(protocol: &Protocol, state: &ClusterState, process: &Process) -> bool {
    let lacks_revocation = |server| state.is_revoked(state.level_on(server));
    let is_over = state.failover.is_over;
    let reads_other = (is_over
        && process.has_old_connection
        && !protocol.has(ProtocolFault::EventsFromOldPrimary))
        || (!is_over && protocol.has_failover && protocol.has(ProtocolFault::StandbyIsRead));
    lacks_revocation(process.server) || (reads_other && lacks_revocation(Server::Other))
}

/// Returns what a read is that begins now.
fn begin(protocol: &Protocol, process: &Process) -> Lookup {
    let has_written = process.lease_from.is_some();
    if process.holds_lease(protocol.lease)
        || protocol.has(ProtocolFault::LookupNeedsNoProof)
        || (protocol.has(ProtocolFault::ProofFromBeforeLookup) && has_written)
    {
        Lookup::Counts
    } else {
        Lookup::Unproven
    }
}
