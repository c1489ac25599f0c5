//! Changes to a row of `nodes`.

use crate::{
    fault::ProtocolFault,
    protocol::{ProcessAction, Protocol},
    state::{ClusterState, LeaseRow, Level, ProcessStep, Renewal, aged},
};

/// Adds the removal of the row by another process, once it has not been renewed for
/// the duration of a lease. The protocol waits much longer; this suffices.
pub(super) fn steps(
    protocol: &Protocol,
    state: &ClusterState,
    slot: usize,
    add: &mut impl FnMut(ProcessAction, ClusterState),
) {
    let is_too_early = protocol.has(ProtocolFault::RowRemovedTooEarly)
        || (protocol.has(ProtocolFault::StandInRemovedTooEarly) && slot == protocol.stand_in());
    let least = protocol.lease - u8::from(is_too_early);
    if state.slots[slot]
        .row
        .is_some_and(|row| row.renewed >= least)
    {
        let mut next = *state;
        next.slots[slot].row = None;
        let is_dead = state.slots[slot].process.step == ProcessStep::Absent;
        add(ProcessAction::Remove { is_dead }, next);
    }
}

/// Writes the row, or inserts it if there is none. On a server that was promoted the
/// protocol always inserts one, and leaves the replicated one to be removed. To replace it
/// instead allows more: nobody has to wait for it.
pub(super) fn write(state: &mut ClusterState, slot: usize, applied: Level, renewal: Renewal) {
    let server = state.slots[slot].process.server;
    *state.slots[slot].row_on(server) = Some(LeaseRow {
        applied,
        renewed: 0,
    });
    if server == state.failover.waiter
        && let Some(seen) = &mut state.slots[slot].seen
    {
        seen.is_current = match renewal {
            Renewal::New => false,
            Renewal::Same => seen.is_current,
            Renewal::Remembered => true,
        };
    }
}

/// Ages the last renewal of every row by one tick, but for those that can no longer be
/// removed.
pub(super) fn tick(protocol: &Protocol, state: &mut ClusterState) {
    for slot in &mut state.slots {
        if let Some(row) = &mut slot.row {
            row.renewed = aged(row.renewed, protocol.lease);
        }
        if let Some(row) = &mut slot.other_row
            && !state.failover.is_over
        {
            row.renewed = aged(row.renewed, protocol.lease);
        }
    }
}
