//! Whose key comes when: the keys of different tenants come to a table in turns,
//! and lie far apart in it.

/// Users, and how many keys they have altogether, as many each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tenants {
    pub(crate) users: u64,
    pub(crate) keys: u64,
}

/// A key that is to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The number that the key follows from.
    pub(super) number: u64,
    /// Which of the keys of its tenants it is, from zero on, and of how many.
    pub(super) index: u64,
    pub(super) of: u64,
    /// The id of its user.
    pub(super) user: u64,
}

/// The keys of several tenants in turns, each evenly over the whole. The numbers of
/// the first tenants' keys begin with zero, those of the second follow, and so do
/// the ids of their users, which begin with one.
pub(super) struct Mixture {
    tenants: Vec<Progress>,
}

/// How far some tenants have come.
struct Progress {
    tenants: Tenants,
    first_number: u64,
    first_user: u64,
    next: u64,
}

// === impl Mixture ===

impl Mixture {
    /// Mixes the keys of tenants.
    pub(super) fn of(all: &[Tenants]) -> Self {
        let (mut first_number, mut first_user) = (0, 1);
        let begin = |tenants: &Tenants| {
            let progress = Progress {
                tenants: *tenants,
                first_number,
                first_user,
                next: 0,
            };
            first_number += tenants.keys;
            first_user += tenants.users;
            progress
        };
        Self {
            tenants: all.iter().map(begin).collect(),
        }
    }
}

impl Iterator for Mixture {
    type Item = Place;

    fn next(&mut self) -> Option<Place> {
        let waiting = self.tenants.iter_mut().filter(|one| !one.is_done());
        let least = waiting.min_by(|one, other| one.share().total_cmp(&other.share()));
        least.map(Progress::advance)
    }
}

// === impl Progress ===

impl Progress {
    fn is_done(&self) -> bool {
        self.next == self.tenants.keys
    }

    /// Returns how much of it is there when the next one is, as if half of that.
    fn share(&self) -> f64 {
        (self.next as f64 + 0.5) / self.tenants.keys as f64
    }

    fn advance(&mut self) -> Place {
        let index = self.next;
        self.next += 1;
        Place {
            number: self.first_number + index,
            index,
            of: self.tenants.keys,
            user: self.first_user + index % self.tenants.users,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenants_come_in_turns_and_every_key_comes_once() {
        let tenants = [(1, 2), (2, 6), (1, 0)];
        let tenants = tenants.map(|(users, keys)| Tenants { users, keys });
        let places: Vec<_> = Mixture::of(&tenants).collect();
        let numbers: Vec<_> = places.iter().map(|place| place.number).collect();
        assert_eq!(numbers, [2, 0, 3, 4, 5, 1, 6, 7]);
        let users: Vec<_> = places.iter().map(|place| place.user).collect();
        assert_eq!(users, [2, 1, 3, 2, 3, 1, 2, 3]);
        let last = places[7];
        assert_eq!((last.index, last.of), (5, 6));
    }
}
