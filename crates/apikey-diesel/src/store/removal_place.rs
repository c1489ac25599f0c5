//! Where the last batch of a removal ended, as this node knows it.

use apikey_domain::identifier::PrincipalId;
use std::sync::{Mutex, PoisonError};

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

/// Keeps the place from one transaction to the next. Without it one begins anew, and
/// finds the same.
#[derive(Debug, Default)]
pub(super) struct KeptPlace(Mutex<Option<Place>>);

// === impl KeptPlace ===

impl KeptPlace {
    pub(super) fn get(&self) -> Option<Place> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set(&self, place: Option<Place>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = place;
    }
}
