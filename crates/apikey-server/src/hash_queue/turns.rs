//! Those who wait, by turns.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

/// Those who wait for something, each of a party. Parties take turns, and those of one
/// party go in the order in which they came.
pub(super) struct Turns<K, W> {
    limits: Limits,
    /// Of each party that has any, those who wait. None of these is empty.
    waiting: HashMap<K, VecDeque<(Ticket, W)>>,
    /// Each of these parties once, whose turn it is first.
    order: VecDeque<K>,
    len: usize,
    issued: Ticket,
}

/// How many may wait.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Of one party.
    pub(super) party: usize,
    /// In all.
    pub(super) total: usize,
}

/// The number of one who waits.
pub(super) type Ticket = u64;

/// Whether one may wait.
pub(super) enum Entry<W> {
    /// They wait.
    Waits(Ticket),
    /// They wait, in the place of this one, who came last of the largest party.
    Replaces(Ticket, W),
    /// There are too many, and no party is larger than theirs would be.
    Full,
}

// === impl Turns ===

impl<K: Copy + Eq + Hash, W> Turns<K, W> {
    pub(super) fn new(limits: Limits) -> Self {
        Self::after(limits, 0)
    }

    /// Returns turns whose tickets are higher than this one.
    pub(super) fn after(limits: Limits, issued: Ticket) -> Self {
        Self {
            limits,
            waiting: HashMap::new(),
            order: VecDeque::new(),
            len: 0,
            issued,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Lets one wait, if there is room for their party.
    pub(super) fn enter(&mut self, party: K, waiter: W) -> Entry<W> {
        let own = self.len_of(&party);
        if own >= self.limits.party {
            return Entry::Full;
        }
        let replaced = if self.len < self.limits.total {
            None
        } else {
            match self.take_of_one_larger_than(own + 1) {
                Some(replaced) => Some(replaced),
                None => return Entry::Full,
            }
        };
        self.issued += 1;
        let queue = self.waiting.entry(party).or_default();
        if queue.is_empty() {
            self.order.push_back(party);
        }
        queue.push_back((self.issued, waiter));
        self.len += 1;
        match replaced {
            Some(replaced) => Entry::Replaces(self.issued, replaced),
            None => Entry::Waits(self.issued),
        }
    }

    /// Removes the one whose turn it is.
    pub(super) fn next(&mut self) -> Option<W> {
        let party = self.order.pop_front()?;
        let queue = self.waiting.get_mut(&party)?;
        let (_, waiter) = queue.pop_front()?;
        if queue.is_empty() {
            self.waiting.remove(&party);
        } else {
            self.order.push_back(party);
        }
        self.len -= 1;
        Some(waiter)
    }

    /// Removes one who waits no longer. It may have been their turn already.
    pub(super) fn leave(&mut self, party: K, ticket: Ticket) -> Option<W> {
        let queue = self.waiting.get_mut(&party)?;
        let place = queue.iter().position(|(other, _)| *other == ticket)?;
        let (_, waiter) = queue.remove(place)?;
        self.len -= 1;
        if queue.is_empty() {
            self.forget(party);
        }
        Some(waiter)
    }

    /// Returns how many of a party wait.
    pub(super) fn len_of(&self, party: &K) -> usize {
        self.waiting.get(party).map_or(0, VecDeque::len)
    }

    /// Returns the highest ticket that was issued.
    pub(super) fn issued(&self) -> Ticket {
        self.issued
    }

    /// Removes the newest of the largest party, if it has more than this.
    pub(super) fn take_of_one_larger_than(&mut self, size: usize) -> Option<W> {
        let sizes = self.waiting.iter();
        let (party, queue) = sizes.max_by_key(|(_, queue)| queue.len())?;
        if queue.len() <= size {
            return None;
        }
        let party = *party;
        let (_, waiter) = self.waiting.get_mut(&party)?.pop_back()?;
        self.len -= 1;
        Some(waiter)
    }

    fn forget(&mut self, party: K) {
        self.waiting.remove(&party);
        self.order.retain(|other| *other != party);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { party: 4, total: 8 };

    /// Lets some wait, and returns who was replaced, or is refused.
    fn enter(turns: &mut Turns<char, u32>, all: &[(char, u32)]) -> Vec<u32> {
        let mut out = Vec::new();
        for (party, waiter) in all {
            match turns.enter(*party, *waiter) {
                Entry::Waits(_) => {}
                Entry::Replaces(_, replaced) => out.push(replaced),
                Entry::Full => out.push(*waiter),
            }
        }
        out
    }

    fn rest(turns: &mut Turns<char, u32>) -> Vec<u32> {
        let rest = std::iter::from_fn(|| turns.next()).collect();
        assert_eq!((turns.len(), turns.waiting.len()), (0, 0));
        assert!(turns.order.is_empty());
        rest
    }

    #[test]
    fn parties_take_turns_however_many_wait_of_each() {
        let mut turns = Turns::new(LIMITS);
        let all = [('a', 1), ('a', 2), ('a', 3), ('b', 4), ('c', 5), ('b', 6)];
        assert!(enter(&mut turns, &all).is_empty());
        assert_eq!(rest(&mut turns), [1, 4, 5, 2, 6, 3]);
    }

    #[test]
    fn who_comes_again_waits_for_the_others_first() {
        let mut turns = Turns::new(LIMITS);
        enter(&mut turns, &[('a', 1), ('b', 2), ('b', 3)]);
        assert_eq!(turns.next(), Some(1));
        enter(&mut turns, &[('a', 4)]);
        assert_eq!(rest(&mut turns), [2, 4, 3]);
    }

    #[test]
    fn a_party_has_a_limit_of_its_own() {
        let mut turns = Turns::new(LIMITS);
        let all: Vec<_> = (0..6).map(|waiter| ('a', waiter)).collect();
        assert_eq!(enter(&mut turns, &all), [4, 5]);
        assert!(enter(&mut turns, &[('b', 6)]).is_empty());
        assert_eq!(rest(&mut turns), [0, 6, 1, 2, 3]);
    }

    #[test]
    fn when_all_is_full_the_newest_of_the_largest_party_gives_way() {
        let mut turns = Turns::new(LIMITS);
        let all = (0..4).map(|waiter| ('a', waiter));
        let all: Vec<_> = all.chain((4..8).map(|waiter| ('b', waiter))).collect();
        assert!(enter(&mut turns, &all).is_empty());
        let gone = enter(&mut turns, &[('c', 8), ('d', 9), ('c', 10)]);
        assert_eq!(gone.len(), 3);
        assert!(gone.iter().all(|gone| [2, 3, 6, 7].contains(gone)));
        assert_eq!(turns.len(), 8);
        // Each has one or two or three now, and nobody gives way to one as large.
        let largest = turns.waiting.values().map(VecDeque::len).max();
        assert_eq!(largest, Some(3));
        assert_eq!(enter(&mut turns, &[('c', 11)]), [11]);
        let mut rest = rest(&mut turns);
        rest.truncate(4);
        rest.sort_unstable();
        assert_eq!(rest, [0, 4, 8, 9]);
    }

    #[test]
    fn of_many_parties_of_one_none_gives_way() {
        let mut turns = Turns::new(LIMITS);
        let all: Vec<_> = ('a'..='h').zip(0..).collect();
        assert!(enter(&mut turns, &all).is_empty());
        assert_eq!(enter(&mut turns, &[('z', 99)]), [99]);
    }

    #[test]
    fn who_leaves_makes_room() {
        let mut turns = Turns::new(LIMITS);
        let Entry::Waits(first) = turns.enter('a', 1) else {
            panic!("full")
        };
        enter(&mut turns, &[('b', 2), ('a', 3), ('a', 4), ('a', 5)]);
        assert_eq!(enter(&mut turns, &[('a', 6)]), [6]);
        assert_eq!(turns.leave('a', first), Some(1));
        assert_eq!(turns.leave('a', first), None);
        assert!(enter(&mut turns, &[('a', 6)]).is_empty());
        let Entry::Waits(only) = turns.enter('c', 7) else {
            panic!("full")
        };
        assert_eq!(turns.leave('c', only), Some(7));
        assert_eq!(rest(&mut turns), [3, 2, 4, 5, 6]);
    }
}
