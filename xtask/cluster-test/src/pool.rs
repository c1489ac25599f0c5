//! The rights that can be revoked, and those that verifications ask about.

use crate::{kinds::Kind, revocable::Revocable, rights::Right};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};
use xtask_harness::lock::locked;

/// How many deleted keys are still asked about.
const DELETED_AT_MOST: usize = 64;

/// The rights that can be revoked, and those that verifications ask about.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    idle: Mutex<VecDeque<Revocable>>,
    /// Those whose last change has an unknown outcome.
    undecided: Mutex<Vec<Revocable>>,
    asked: Mutex<Asked>,
}

#[derive(Debug, Default)]
struct Asked {
    rights: Vec<Arc<Right>>,
    deleted: VecDeque<Arc<Right>>,
}

// === impl Pool ===

impl Pool {
    /// Adds a right that was just made. What waits for its first use is asked about only
    /// when it has ended.
    pub(crate) fn add(&self, revocable: Revocable) {
        if revocable.kind != Kind::PendingEnded {
            self.ask_about(&revocable);
        }
        self.give_back(revocable);
    }

    /// Takes out what rests on one secret of a key, and asks about it no longer.
    pub(crate) fn remove_secrets(&self) {
        let mut idle = locked(&self.idle);
        for revocable in idle.iter().filter(|one| one.secret.is_some()) {
            let mut asked = locked(&self.asked);
            let is_other = |right: &Arc<Right>| !Arc::ptr_eq(right, &revocable.right);
            asked.rights.retain(is_other);
        }
        idle.retain(|revocable| revocable.secret.is_none());
    }

    /// Adds a right that is asked about and that nobody takes.
    pub(crate) fn ask_about(&self, revocable: &Revocable) {
        let right = Arc::clone(&revocable.right);
        locked(&self.asked).rights.push(right);
    }

    /// Returns the rights that are asked about.
    pub(crate) fn asked(&self) -> Vec<Arc<Right>> {
        let Asked { rights, deleted } = &*locked(&self.asked);
        rights.iter().chain(deleted).cloned().collect()
    }

    /// Takes one of a kind; nothing when all are in use.
    pub(crate) fn take(&self, kind: Kind) -> Option<Revocable> {
        let mut idle = locked(&self.idle);
        let place = idle.iter().position(|revocable| revocable.kind == kind)?;
        idle.remove(place)
    }

    /// Takes back one whose right is there again.
    pub(crate) fn give_back(&self, revocable: Revocable) {
        locked(&self.idle).push_back(revocable);
    }

    /// Counts those of a kind that are not in use.
    pub(crate) fn count(&self, kind: Kind) -> usize {
        let idle = locked(&self.idle);
        idle.iter()
            .filter(|revocable| revocable.kind == kind)
            .count()
    }

    /// Keeps one whose state is unknown for later.
    pub(crate) fn set_aside(&self, revocable: Revocable) {
        locked(&self.undecided).push(revocable);
    }

    /// Takes those whose state is unknown.
    pub(crate) fn take_undecided(&self) -> Vec<Revocable> {
        std::mem::take(&mut locked(&self.undecided))
    }

    /// Takes a right that cannot be restored. It is asked about for some time still.
    pub(crate) fn retire(&self, gone: &Arc<Right>) {
        let mut asked = locked(&self.asked);
        asked.rights.retain(|right| !Arc::ptr_eq(right, gone));
        asked.deleted.push_back(Arc::clone(gone));
        if asked.deleted.len() > DELETED_AT_MOST {
            asked.deleted.pop_front();
        }
    }

    /// Asks no longer about what has ended by a clock: another one may show that it has not.
    pub(crate) fn forget_ends_by_clock(&self) {
        let mut asked = locked(&self.asked);
        asked.deleted.retain(|right| !right.ends_by_clock);
    }

    /// Returns some right to ask about.
    pub(crate) fn pick(&self, random: u64) -> Option<Arc<Right>> {
        let Asked { rights, deleted } = &*locked(&self.asked);
        let count = (rights.len() + deleted.len()) as u64;
        let place = random.checked_rem(count)?;
        rights.iter().chain(deleted).nth(place as usize).cloned()
    }
}
