//! The rows that a transaction locks, and their order.

use std::collections::BTreeMap;

/// A row that is locked, or what stands for several.
///
/// **The order of the variants, and then that of the ids, is the order of all locks.** A
/// transaction that needs several locks takes them in this order, each at once as strong
/// as it ever needs it. So no two transactions wait for each other.
///
/// What comes after these locks waits for none of them:
///
/// - the entries of unique indexes. A transaction of several writes gives names in their
///   order, and deletes, which frees names, after that (`store/lock.rs`);
/// - `api_key_uses`, whose rows are changed under a lock of their key, in the order of
///   the keys;
/// - `api_key_counts`, of which each connection that writes has rows of its own. Those of
///   slot 0 are shared, by an earlier release and beyond 64 connections: a transaction of
///   several writes gives way there;
/// - rows that are passed over while others hold them (`SKIP LOCKED`), and the event
///   floor, which only a transaction of one write locks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Row {
    /// Who administers the platform, and what its users are called: an advisory lock.
    PlatformAdmins,
    /// A user.
    User(i64),
    /// A principal.
    Principal(i64),
    /// A membership: the organization and the user.
    Membership(i64, i64),
    /// A key.
    ApiKey(i64),
    /// A session.
    Session(i64),
}

/// How strong a lock is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strength {
    /// The row cannot be deleted.
    KeyShare,
    /// Nor changed.
    Share,
    /// Nor locked by another.
    Update,
}

/// Locks of rows, in their order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct RowLocks(BTreeMap<Row, Strength>);

// === impl RowLocks ===

impl RowLocks {
    /// Adds a lock; of two locks of a row the stronger stays.
    pub(crate) fn add(&mut self, row: Row, strength: Strength) {
        let held = self.0.entry(row).or_insert(strength);
        *held = strength.max(*held);
    }

    /// Returns the locks in their order.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (Row, Strength)> {
        self.0.iter().map(|(row, strength)| (*row, *strength))
    }

    /// Returns the strength in which a row is locked, if it is.
    pub(crate) fn strength(&self, row: Row) -> Option<Strength> {
        self.0.get(&row).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_are_in_order_and_as_strong_as_needed() {
        let mut locks = RowLocks::default();
        locks.add(Row::ApiKey(3), Strength::Share);
        locks.add(Row::User(9), Strength::Share);
        locks.add(Row::ApiKey(3), Strength::Update);
        locks.add(Row::ApiKey(3), Strength::KeyShare);
        locks.add(Row::ApiKey(2), Strength::Share);
        locks.add(Row::Membership(1, 1), Strength::Share);
        locks.add(Row::PlatformAdmins, Strength::Update);
        let expected = [
            (Row::PlatformAdmins, Strength::Update),
            (Row::User(9), Strength::Share),
            (Row::Membership(1, 1), Strength::Share),
            (Row::ApiKey(2), Strength::Share),
            (Row::ApiKey(3), Strength::Update),
        ];
        assert_eq!(locks.iter().collect::<Vec<_>>(), expected);
    }
}
