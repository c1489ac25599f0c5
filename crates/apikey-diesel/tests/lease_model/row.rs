//! What happens to a row of `nodes`.

use crate::{
    fault::Fault,
    protocol::{NodeAction, Protocol},
    state::{Level, Renewal, Row, State, Step, later},
};

/// Lets another remove the row, when it has not moved for a lease. That is far
/// less than in the protocol, and enough.
pub(super) fn steps(
    protocol: &Protocol,
    state: &State,
    slot: usize,
    add: &mut impl FnMut(NodeAction, State),
) {
    let least = protocol.lease - u8::from(protocol.has(Fault::TheCleanerIsTooEarly));
    if state.slots[slot].row.is_some_and(|row| row.moved >= least) {
        let mut next = *state;
        next.slots[slot].row = None;
        let is_dead = state.slots[slot].node.step == Step::Absent;
        add(NodeAction::Remove { is_dead }, next);
    }
}

/// Writes the row, and inserts it where there is none.
pub(super) fn write(state: &mut State, slot: usize, applied: Level, renewal: Renewal) {
    state.slots[slot].row = Some(Row { applied, moved: 0 });
    if let Some(seen) = &mut state.slots[slot].seen {
        seen.is_current = match renewal {
            Renewal::New => false,
            Renewal::Same => seen.is_current,
            Renewal::Remembered => true,
        };
    }
}

/// Lets every row's last move be one tick longer ago.
pub(super) fn tick(protocol: &Protocol, state: &mut State) {
    for row in state.slots.iter_mut().filter_map(|slot| slot.row.as_mut()) {
        row.moved = later(row.moved, protocol.lease);
    }
}
