//! States that are equivalent are explored once.

use crate::{
    protocol::Protocol,
    servers::Server,
    state::{ClusterState, Revocation, Slot},
};

/// Returns the state that represents all states equivalent to this one.
pub(super) fn canonical(protocol: &Protocol, mut state: ClusterState) -> ClusterState {
    let is_over = state.failover.is_over;
    if is_final(protocol, &state) {
        state.reading_since = None;
        state.failover.waiter = Server::Primary;
        state.failover.is_recorded = is_over;
        for slot in &mut state.slots {
            (slot.row, slot.other_row, slot.seen) = (None, None, None);
        }
    }
    if is_over && state.failover.waiter == Server::Primary {
        for slot in &mut state.slots {
            slot.other_row = None;
        }
        let is_read = |Slot { process, .. }: &Slot| {
            process.server == Server::Other || process.has_old_connection
        };
        if !state.slots.iter().any(is_read) {
            state.failover.other_level = 0;
        }
    }
    state.slots[..protocol.peers].sort();
    state
}

/// Returns whether all revocations are answered, and can no longer be lost: then nobody
/// reads the rows of `nodes`.
fn is_final(protocol: &Protocol, state: &ClusterState) -> bool {
    let mut revocations = state.revocations[..protocol.revocations].iter();
    let failover = state.failover;
    revocations.all(|&it| it == Revocation::Answered)
        && (!protocol.has_failover || failover.is_over || failover.other_level == state.committed())
}
