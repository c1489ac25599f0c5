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
    let least = protocol.lease - u8::from(protocol.has(ProtocolFault::RowRemovedTooEarly));
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

/// Writes the row, or inserts it if there is none.
pub(super) fn write(state: &mut ClusterState, slot: usize, applied: Level, renewal: Renewal) {
    state.slots[slot].row = Some(LeaseRow {
        applied,
        renewed: 0,
    });
    if let Some(seen) = &mut state.slots[slot].seen {
        seen.is_current = match renewal {
            Renewal::New => false,
            Renewal::Same => seen.is_current,
            Renewal::Remembered => true,
        };
    }
}

/// Ages the last renewal of every row by one tick.
pub(super) fn tick(protocol: &Protocol, state: &mut ClusterState) {
    for row in state.slots.iter_mut().filter_map(|slot| slot.row.as_mut()) {
        row.renewed = aged(row.renewed, protocol.lease);
    }
}
