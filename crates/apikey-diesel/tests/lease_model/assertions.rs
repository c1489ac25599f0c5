//! What the tests assert of a protocol.

use crate::{
    explorer::{Explored, Path, explore},
    protocol::{Protocol, ProtocolAction, Reason, WaiterAction},
};

/// Asserts that no path leads to a wrong state.
#[track_caller]
pub(super) fn assert_holds(protocol: Protocol) -> Explored<Protocol> {
    let explored = explore(&protocol);
    let Explored { states, steps, .. } = explored;
    println!("{states} states, {steps} steps: {protocol:?}");
    if let Some(path) = &explored.path_to_wrong {
        panic!("an old right is accepted:\n{path}");
    }
    explored
}

/// Asserts that every action is possible somewhere.
#[track_caller]
pub(super) fn assert_reaches(explored: &Explored<Protocol>, actions: &[ProtocolAction]) {
    for action in actions {
        assert!(
            explored.actions.contains(action),
            "{action:?} never happens"
        );
    }
}

/// Asserts that the fault lets an old right be accepted, after a revocation that was
/// answered for `reason`. Returns how.
#[track_caller]
pub(super) fn assert_breaks(protocol: Protocol, reason: Reason) -> Path<Protocol> {
    let path = explore(&protocol)
        .path_to_wrong
        .expect("the fault lets an old right be accepted");
    let answer = ProtocolAction::Waiter(WaiterAction::Answer(reason));
    assert!(path.contains(answer), "for another reason:\n{path}");
    path
}

// === impl Path ===

impl Path<Protocol> {
    pub(super) fn contains(&self, action: ProtocolAction) -> bool {
        self.0.iter().any(|&(taken, _)| taken == action)
    }
}
