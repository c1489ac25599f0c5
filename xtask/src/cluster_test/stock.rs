//! The rights that can be revoked, and those that verifications ask about.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use crate::cluster_test::locked;
use crate::cluster_test::rights::Right;
use crate::cluster_test::subjects::{Kind, Subject};

/// How many deleted keys are still asked about.
const REMEMBERED: usize = 64;

/// The rights that can be revoked, and those that verifications ask about.
#[derive(Debug, Default)]
pub(super) struct Stock {
    idle: Mutex<VecDeque<Subject>>,
    /// Those whose last change has an unknown outcome.
    undecided: Mutex<Vec<Subject>>,
    asked: Mutex<Asked>,
}

#[derive(Debug, Default)]
struct Asked {
    rights: Vec<Arc<Right>>,
    gone: VecDeque<Arc<Right>>,
}

// === impl Stock ===

impl Stock {
    /// Adds a right that was just made.
    pub(super) fn add(&self, subject: Subject) {
        locked(&self.asked).rights.push(Arc::clone(&subject.right));
        self.give_back(subject);
    }

    /// Takes one of a kind; nothing when all are in use.
    pub(super) fn take(&self, kind: Kind) -> Option<Subject> {
        let mut idle = locked(&self.idle);
        let place = idle.iter().position(|subject| subject.kind == kind)?;
        idle.remove(place)
    }

    /// Gives back one whose right is there again.
    pub(super) fn give_back(&self, subject: Subject) {
        locked(&self.idle).push_back(subject);
    }

    /// Counts those of a kind that are not in use.
    pub(super) fn count(&self, kind: Kind) -> usize {
        let idle = locked(&self.idle);
        idle.iter().filter(|subject| subject.kind == kind).count()
    }

    /// Keeps one whose state is unknown for later.
    pub(super) fn set_aside(&self, subject: Subject) {
        locked(&self.undecided).push(subject);
    }

    /// Takes those whose state is unknown.
    pub(super) fn take_undecided(&self) -> Vec<Subject> {
        std::mem::take(&mut locked(&self.undecided))
    }

    /// A right is gone for good. It is asked about for some time still.
    pub(super) fn bury(&self, subject: &Subject) {
        let mut asked = locked(&self.asked);
        asked
            .rights
            .retain(|right| !Arc::ptr_eq(right, &subject.right));
        asked.gone.push_back(Arc::clone(&subject.right));
        if asked.gone.len() > REMEMBERED {
            asked.gone.pop_front();
        }
    }

    /// Gives some right to ask about.
    pub(super) fn pick(&self, random: u64) -> Option<Arc<Right>> {
        let asked = locked(&self.asked);
        let count = asked.rights.len() + asked.gone.len();
        let place = usize::try_from(random % u64::try_from(count.max(1)).ok()?).ok()?;
        let right = match place.checked_sub(asked.rights.len()) {
            Some(place) => asked.gone.get(place),
            None => asked.rights.get(place),
        };
        right.cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster_test::subjects::MadeKey;

    fn subject(kind: Kind) -> Subject {
        let key = MadeKey {
            id: 1,
            name: "k".to_owned(),
            value: "v".to_owned(),
            created_at: String::new(),
            user: 2,
            organization: 3,
        };
        Subject::of(kind, &key)
    }

    #[test]
    fn each_right_is_taken_once() {
        let stock = Stock::default();
        stock.add(subject(Kind::Deleted));
        stock.add(subject(Kind::Narrowed));
        let taken = stock.take(Kind::Narrowed).unwrap();
        assert!(stock.take(Kind::Narrowed).is_none());
        stock.give_back(taken);
        assert!(stock.take(Kind::Narrowed).is_some());
    }

    #[test]
    fn a_right_that_is_gone_is_still_asked_about() {
        let stock = Stock::default();
        assert!(stock.pick(0).is_none());
        stock.add(subject(Kind::Deleted));
        let gone = stock.take(Kind::Deleted).unwrap();
        stock.bury(&gone);
        let picked = stock.pick(7).unwrap();
        assert!(Arc::ptr_eq(&picked, &gone.right));
    }
}
