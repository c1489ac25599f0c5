//! Which commits a read reflects.

use crate::{identity::user::User, key::api_key::ApiKey};

/// Which transactions had committed at the time of a read.
///
/// # Example
///
/// ```
/// use apikey_domain::change::snapshot::Snapshot;
///
/// let snapshot = Snapshot { open_from: 5, unborn_from: 8, open: vec![5, 6] };
/// assert!(snapshot.holds(4) && snapshot.holds(7));
/// assert!(!snapshot.holds(5) && !snapshot.holds(8));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// All transactions below this one had ended.
    pub open_from: i64,
    /// This transaction and all above it had not begun, or not ended.
    pub unborn_from: i64,
    /// The transactions between the two that were in progress.
    pub open: Vec<i64>,
}

/// Keys, and the snapshot they were read from.
///
/// # Example
///
/// ```
/// use apikey_domain::{change::snapshot::{KeySnapshot, Snapshot}, testing::fixture};
///
/// let snapshot = KeySnapshot {
///     snapshot: Snapshot::in_order(7),
///     keys: vec![fixture::api_key(1, "ci")],
///     has_more: false,
/// };
/// assert!(snapshot.snapshot.holds(6));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySnapshot {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// The keys, in the order of their creation.
    pub keys: Vec<ApiKey>,
    /// Whether the snapshot may have keys that come after them. There is at least
    /// one key then.
    pub has_more: bool,
}

/// Users, and the snapshot they were read from.
///
/// # Example
///
/// ```
/// use apikey_domain::{change::snapshot::{Snapshot, UserSnapshot}, testing::fixture};
///
/// let snapshot = UserSnapshot {
///     snapshot: Snapshot::in_order(7),
///     users: vec![fixture::user(1, 11)],
///     has_more: false,
/// };
/// assert!(snapshot.snapshot.holds(6));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserSnapshot {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// The users, by their ids.
    pub users: Vec<User>,
    /// Whether the snapshot may have users that come after them. There is at least one
    /// user then.
    pub has_more: bool,
}

// === impl Snapshot ===

impl Snapshot {
    /// Returns the snapshot of a store that commits transactions in order, where
    /// `next` is the next transaction.
    pub fn in_order(next: i64) -> Self {
        Self {
            open_from: next,
            unborn_from: next,
            open: Vec::new(),
        }
    }

    /// Returns whether the snapshot holds what this transaction wrote, if it
    /// committed.
    pub fn holds(&self, transaction: i64) -> bool {
        transaction < self.open_from
            || (transaction < self.unborn_from && !self.open.contains(&transaction))
    }
}
