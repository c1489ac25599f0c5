//! Goes through every state a model can reach, the nearest first.

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

    /// Every step that may be the next one from `state`, and where it leads.
    fn steps(&self, state: &Self::State, found: &mut Vec<(Self::Action, Self::State)>);

    /// Whether `state` must not be reached.
    fn is_wrong(&self, state: &Self::State) -> bool;
}

/// What was found.
pub(super) struct Explored<M: Model> {
    /// How many states there are, or were looked at before a wrong one.
    pub(super) states: usize,
    /// How many steps lead from one to another.
    pub(super) steps: usize,
    /// Every action that was possible somewhere.
    pub(super) actions: HashSet<M::Action>,
    /// The shortest way to a wrong state, when there is one.
    pub(super) way: Option<Way<M>>,
}

/// The actions from the beginning to a state, and the states they lead to.
pub(super) struct Way<M: Model>(pub(super) Vec<(M::Action, M::State)>);

/// A state, how it was reached first, and from which place in the list.
type Reached<M> = (<M as Model>::State, Option<(<M as Model>::Action, usize)>);

/// A hash that is quick without optimization: tests are built without.
#[derive(Default)]
struct Mixer(u64);

/// Looks at all states, or up to the first that is wrong.
pub(super) fn explore<M: Model>(model: &M) -> Explored<M> {
    let first = model.initial();
    let mut list: Vec<Reached<M>> = vec![(first, None)];
    let mut known: HashSet<M::State, BuildHasherDefault<Mixer>> = HashSet::default();
    known.insert(first);
    let (mut place, mut steps, mut actions) = (0, 0, HashSet::new());
    let mut found = Vec::new();
    while let Some(&(state, _)) = list.get(place) {
        if model.is_wrong(&state) {
            break;
        }
        model.steps(&state, &mut found);
        steps += found.len();
        for (action, next) in take(&mut found) {
            actions.insert(action);
            if known.insert(next) {
                list.push((next, Some((action, place))));
            }
        }
        place += 1;
    }
    Explored {
        states: list.len(),
        steps,
        actions,
        way: (place < list.len()).then(|| Way::to(&list, place)),
    }
}

// === impl Mixer ===

impl Hasher for Mixer {
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

    /// What tells the variants of an enum apart.
    fn write_isize(&mut self, number: isize) {
        self.write_u8(number as u8);
    }
}

// === impl Way ===

impl<M: Model> Way<M> {
    fn to(list: &[Reached<M>], mut place: usize) -> Self {
        let mut way = Vec::new();
        while let (state, Some((action, from))) = list[place] {
            way.push((action, state));
            place = from;
        }
        way.reverse();
        Self(way)
    }
}

impl<M: Model> Display for Way<M> {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        for (number, (action, state)) in self.0.iter().enumerate() {
            writeln!(to, "{:2} {action:?}\n     {state:?}", number + 1)?;
        }
        Ok(())
    }
}
