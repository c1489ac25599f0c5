//! How far removals are, as this node knows it.

use apikey_domain::identifier::PrincipalId;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a removal is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The keys of the user.
    Keys,
    /// The keys that the principal owns.
    OwnedKeys,
    /// The memberships.
    Memberships,
}

/// The last row that a batch deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The principal that is being removed.
    pub(super) principal: PrincipalId,
    pub(super) stage: Stage,
    /// When the key was created.
    pub(super) created_at: i64,
    /// The id of the key, or of the other one of the membership.
    pub(super) id: i64,
}

/// What is kept from one transaction to the next. Without it one begins anew, and finds
/// the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    /// Where the next batch begins.
    pub(super) place: Option<Place>,
    /// Whose removals failed, because something that is stored for them cannot be read:
    /// the others go first.
    pub(super) failed: Vec<PrincipalId>,
}

/// The progress that the transactions of a node share.
#[derive(Debug, Default)]
pub(super) struct SharedProgress(Mutex<Progress>);

// === impl SharedProgress ===

impl SharedProgress {
    pub(super) fn get(&self) -> Progress {
        self.locked().clone()
    }

    /// Keeps where the next batch begins.
    pub(super) fn set(&self, place: Option<Place>) {
        self.locked().place = place;
    }

    /// Lets the others go first, until all of these have ended or failed.
    pub(super) fn postpone(&self, principal: PrincipalId) {
        self.locked().failed.push(principal);
    }

    /// Begins with the first one again.
    pub(super) fn retry(&self) {
        self.locked().failed.clear();
    }

    fn locked(&self) -> MutexGuard<'_, Progress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
