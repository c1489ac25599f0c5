//! A bounded table of instants.

use crate::timestamp::{CLOCK_TOLERANCE_SECONDS, Timestamp};
use std::{
    collections::{BTreeSet, HashMap},
    hash::Hash,
};

/// Maps keys to instants. When it is full, the key with the earliest leaves for a new
/// one. Each call takes a time that hardly depends on how many there are.
pub(super) struct Instants<K> {
    of: HashMap<K, Timestamp>,
    in_order: BTreeSet<(Timestamp, K)>,
    /// The furthest that an instant is ahead, in seconds, unless the clock was set back.
    reach_seconds: i64,
}

// === impl Instants ===

impl<K: Copy + Eq + Ord + Hash> Instants<K> {
    /// How many keys there are at most.
    pub(super) const CAPACITY: usize = 10_000;

    pub(super) fn reaching(reach_seconds: i64) -> Self {
        Self {
            of: HashMap::new(),
            in_order: BTreeSet::new(),
            reach_seconds: reach_seconds + CLOCK_TOLERANCE_SECONDS,
        }
    }

    /// Returns the instant of a key. One so far ahead that the clock was set back since
    /// says nothing.
    pub(super) fn get(&self, key: &K, now: Timestamp) -> Option<Timestamp> {
        let at = self.of.get(key).copied();
        at.filter(|at| self.is_credible(*at, now))
    }

    /// Sets the instant of a key, or forgets the key if the instant has passed.
    pub(super) fn set(&mut self, key: K, at: Timestamp, now: Timestamp) {
        if let Some(before) = self.of.remove(&key) {
            self.in_order.remove(&(before, key));
        }
        if at <= now {
            return;
        }
        if self.of.len() >= Self::CAPACITY {
            self.make_room(now);
        }
        self.of.insert(key, at);
        self.in_order.insert((at, key));
    }

    /// Removes the key with the earliest instant. One that says nothing leaves first.
    fn make_room(&mut self, now: Timestamp) {
        let last = self.in_order.last();
        let leaving = if last.is_some_and(|(at, _)| !self.is_credible(*at, now)) {
            self.in_order.pop_last()
        } else {
            self.in_order.pop_first()
        };
        if let Some((_, key)) = leaving {
            self.of.remove(&key);
        }
    }

    fn is_credible(&self, at: Timestamp, now: Timestamp) -> bool {
        let latest = now.plus_seconds(self.reach_seconds);
        latest.is_none_or(|latest| at <= latest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixture;

    fn full(first: i64) -> Instants<usize> {
        let now = fixture::instant();
        let mut instants = Instants::reaching(86_400);
        for key in 0..Instants::<usize>::CAPACITY {
            let at = now.plus_seconds(first + key as i64).unwrap();
            instants.set(key, at, now);
        }
        instants
    }

    fn check_size(instants: &Instants<usize>) {
        assert_eq!(instants.of.len(), instants.in_order.len());
        assert!(instants.of.len() <= Instants::<usize>::CAPACITY);
    }

    #[test]
    fn the_earliest_leaves_a_full_table_and_known_keys_stay() {
        let now = fixture::instant();
        let mut instants = full(10);
        let later = now.plus_seconds(50_000).unwrap();
        // A key that is there needs no room.
        instants.set(0, later, now);
        instants.set(1, now.plus_seconds(11).unwrap(), now);
        assert_eq!(instants.get(&0, now), Some(later));
        check_size(&instants);
        instants.set(usize::MAX, now.plus_seconds(1).unwrap(), now);
        assert_eq!(instants.get(&1, now), None);
        assert!(instants.get(&2, now).is_some());
        assert!(instants.get(&usize::MAX, now).is_some());
        check_size(&instants);
    }

    #[test]
    fn what_has_passed_is_forgotten() {
        let now = fixture::instant();
        let mut instants = Instants::reaching(60);
        instants.set(7, now.plus_seconds(5).unwrap(), now);
        instants.set(7, now, now);
        assert_eq!(instants.get(&7, now), None);
        assert!(instants.of.is_empty() && instants.in_order.is_empty());
    }

    #[test]
    fn what_a_clock_that_was_set_back_left_says_nothing_and_leaves_first() {
        let now = fixture::instant();
        let earlier = now.plus_seconds(-100 * 86_400).unwrap();
        let mut instants = full(10);
        assert_eq!(instants.get(&5, earlier), None);
        let soon = earlier.plus_seconds(6).unwrap();
        for key in 0..100 {
            instants.set(usize::MAX - key, soon, earlier);
        }
        for key in 0..100 {
            assert_eq!(instants.get(&(usize::MAX - key), earlier), Some(soon));
        }
        check_size(&instants);
    }
}
