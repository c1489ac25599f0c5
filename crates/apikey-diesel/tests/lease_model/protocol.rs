//! The leases of `docs/cluster.md`, as a model.

use crate::{
    database,
    explorer::Model,
    fault::Fault,
    node, row,
    state::{Age, Slot, State},
    waiter,
};

/// A system of a given size, with or without a fault.
#[derive(Clone, Copy, Debug)]
pub(super) struct Protocol {
    /// For how many ticks after its *t* a process trusts. Who waits does so for
    /// as many: the clocks of the model run equally fast, and need no margin.
    pub(super) lease: Age,
    /// How many slots there are for processes beside the one that revokes. A
    /// slot is free again when its row is gone.
    pub(super) others: usize,
    pub(super) revocations: usize,
    /// Whether a process gives up writes that the database may do yet, and the
    /// database crashes.
    pub(super) has_failures: bool,
    pub(super) fault: Option<Fault>,
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Action {
    /// The clocks of all go on.
    Tick,
    /// The database crashes, and begins anew.
    BeginAnew {
        loses_renewals: bool,
    },
    Node(usize, NodeAction),
    Waiter(WaiterAction),
}

/// What a process does, and what happens to its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum NodeAction {
    Start,
    Crash,
    /// Ceases to trust, and deletes its row.
    Stop,
    /// Reads the clock before a write.
    BeginWrite,
    Write,
    GiveUpWrite,
    /// The database does a write that was given up.
    WriteLate,
    /// Reads the clock before a reading, with a fault.
    BeginRead,
    Read,
    /// Applies what was read, and trusts from then on if the write before was
    /// not too long ago.
    Apply {
        before: Trust,
        after: Trust,
    },
    /// Another removes its row.
    Remove {
        is_dead: bool,
    },
    /// Looks into the memory, with a fault.
    Look,
}

/// Whether a process may decide from memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Trust {
    Never,
    Held,
    Lapsed,
}

/// What the process does that revokes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum WaiterAction {
    /// Reads the clock, with a fault.
    Begin,
    Commit,
    /// Hears that the commit is done, and reads *c* from the clock.
    Know,
    /// Reads `nodes`.
    Look,
    Answer(Reason),
}

/// Why a revocation is answered: of several reasons the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Reason {
    /// *c* is long ago.
    Time,
    /// There was no row.
    NoRows,
    /// Every `applied` contains it.
    Applied,
    /// A row has not moved for so long, and all others have applied it.
    Lapsed,
}

impl Protocol {
    pub(super) fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// How long the waiter waits.
    pub(super) fn wait(&self) -> Age {
        self.lease - Age::from(self.has(Fault::TheWaitIsShorterThanTheLease))
    }

    fn tick(&self, state: &mut State) {
        node::tick(self, state);
        row::tick(self, state);
        waiter::tick(self, state);
    }
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn initial(&self) -> State {
        State::NEW
    }

    fn steps(&self, state: &State, found: &mut Vec<(Action, State)>) {
        let mut later = *state;
        self.tick(&mut later);
        found.push((Action::Tick, later));
        let crashes: &[bool] = if self.has_failures {
            &[false, true]
        } else {
            &[]
        };
        for &loses_renewals in crashes {
            let anew = database::begin_anew(self, state, loses_renewals);
            found.push((Action::BeginAnew { loses_renewals }, anew));
        }
        for slot in 0..self.others {
            let mut add = |action, state| found.push((Action::Node(slot, action), state));
            node::steps(self, state, slot, &mut add);
            row::steps(self, state, slot, &mut add);
        }
        let mut add = |action, state| found.push((Action::Waiter(action), state));
        waiter::steps(self, state, &mut add);
        for (_, next) in found {
            *next = next.canonical(self.others, self.revocations);
        }
    }

    /// Whether a process would accept what was revoked, and answered to be.
    fn is_wrong(&self, state: &State) -> bool {
        state.slots.iter().any(|Slot { node, .. }| {
            let trusts = node.trusted.is_some_and(|since| since < self.lease);
            let memory = node.found.unwrap_or(node.memory);
            trusts && state.is_revoked(memory)
        })
    }
}
