//! The reads of requests in the database. Only those that lack a revocation which was
//! answered before they began are part of the model: no other can be wrong.
//!
//! The clock is read and the database answers in one step. Between the two the primary
//! could only become newer, and a demoted one stays as it is.

use crate::{
    fault::ProtocolFault,
    protocol::{ProcessAction, Protocol},
    servers::{Lookup, Server},
    state::{ClusterState, Process, ProcessStep},
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
            for server in servers(protocol, state, &process) {
                if state.is_revoked(state.level_on(server)) {
                    let lookup = begin(protocol, &process, server);
                    add(ProcessAction::LookUp(lookup), with(lookup));
                }
            }
        }
        Some(Lookup::Unproven(server)) => {
            let is_proven = protocol.takes_writes(server)
                || (protocol.has(ProtocolFault::ProofOnAnotherServer)
                    && protocol.takes_writes(process.server));
            if is_proven {
                add(ProcessAction::Prove, with(Lookup::Counts));
            }
        }
        Some(Lookup::Counts) => {}
    }
}

/// Returns where the connections for requests lead.
fn servers(
    protocol: &Protocol,
    state: &ClusterState,
    process: &Process,
) -> impl Iterator<Item = Server> {
    let reads_other = if state.failover.is_over {
        process.has_old_connection && !protocol.has(ProtocolFault::EventsFromOldPrimary)
    } else {
        protocol.has(ProtocolFault::StandbyIsRead)
    };
    let other = reads_other.then_some(Server::Other);
    [process.server].into_iter().chain(other)
}

/// Returns what a read is that begins now.
fn begin(protocol: &Protocol, process: &Process, server: Server) -> Lookup {
    let has_written = process.lease_from.is_some();
    if process.holds_lease(protocol.lease)
        || protocol.has(ProtocolFault::LookupNeedsNoProof)
        || (protocol.has(ProtocolFault::ProofFromBeforeLookup) && has_written)
    {
        Lookup::Counts
    } else {
        Lookup::Unproven(server)
    }
}
