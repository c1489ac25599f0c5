//! Explores every state that a model can reach, breadth first.

use std::{
    collections::HashSet,
    fmt::{self, Debug, Display, Formatter},
    hash::{BuildHasherDefault, Hash, Hasher},
    mem::take,
};

/// A system as a set of states, and the steps between them.
pub(super) trait Model {
    type State: Copy + Debug + Eq + Hash;
    type Action: Copy + Debug + Eq + Hash;

    fn initial(&self) -> Self::State;

    /// Adds every possible next step from `state`, with the state it leads to.
    fn steps(&self, state: &Self::State, steps: &mut Vec<(Self::Action, Self::State)>);

    /// Returns whether `state` must not be reached.
    fn is_wrong(&self, state: &Self::State) -> bool;
}

/// The result of an exploration.
pub(super) struct Explored<M: Model> {
    /// How many states there are, or were found before a wrong one.
    pub(super) states: usize,
    /// How many steps lead from one to another.
    pub(super) steps: usize,
    /// Every action that was possible somewhere.
    pub(super) actions: HashSet<M::Action>,
    /// A shortest path to a wrong state, if there is one.
    pub(super) path_to_wrong: Option<Path<M>>,
}

/// The actions from the initial state to another, and the states they lead to.
pub(super) struct Path<M: Model>(pub(super) Vec<(M::Action, M::State)>);

/// A state, and how it was first reached: by which action, from the state at which
/// index.
type Reached<M> = (<M as Model>::State, Option<(<M as Model>::Action, usize)>);

/// A hasher that is fast without compiler optimization, as in tests.
#[derive(Default)]
struct FastHasher(u64);

/// Explores all states, or those up to the first that is wrong.
pub(super) fn explore<M: Model>(model: &M) -> Explored<M> {
    let first = model.initial();
    let mut list: Vec<Reached<M>> = vec![(first, None)];
    let mut known: HashSet<M::State, BuildHasherDefault<FastHasher>> = HashSet::default();
    known.insert(first);
    let (mut index, mut steps, mut actions) = (0, 0, HashSet::new());
    let mut next_steps = Vec::new();
    while let Some(&(state, _)) = list.get(index) {
        if model.is_wrong(&state) {
            break;
        }
        model.steps(&state, &mut next_steps);
        steps += next_steps.len();
        for (action, next) in take(&mut next_steps) {
            actions.insert(action);
            if known.insert(next) {
                list.push((next, Some((action, index))));
            }
        }
        index += 1;
    }
    Explored {
        states: list.len(),
        steps,
        actions,
        path_to_wrong: (index < list.len()).then(|| Path::to(&list, index)),
    }
}

// === impl FastHasher ===

impl Hasher for FastHasher {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u8(byte);
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.0 = (self.0.rotate_left(5) ^ u64::from(byte)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    /// Hashes the discriminant of an enum.
    fn write_isize(&mut self, number: isize) {
        self.write_u8(number as u8);
    }
}

// === impl Path ===

impl<M: Model> Path<M> {
    fn to(list: &[Reached<M>], mut index: usize) -> Self {
        let mut path = Vec::new();
        while let (state, Some((action, previous))) = list[index] {
            path.push((action, state));
            index = previous;
        }
        path.reverse();
        Self(path)
    }
}

impl<M: Model> Display for Path<M> {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        for (number, (action, state)) in self.0.iter().enumerate() {
            writeln!(to, "{:2} {action:?}\n     {state:?}", number + 1)?;
        }
        Ok(())
    }
}
