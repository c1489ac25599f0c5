//! What is watched.

use crate::{
    change::{
        Committed, Position,
        event::{Event, EventPage},
        snapshot::Snapshot,
    },
    error::PortError,
};
use async_trait::async_trait;

/// What can be watched: keys, or users.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     change::{Change, Transition}, testing::fixture,
///     use_case::{identity::watch_users::WatchedUsers, watch::WatchSource},
/// };
///
/// let created = Change::User(Transition::Created(fixture::user(1, 11)));
/// let change = WatchedUsers::change(fixture::event(1, created)).unwrap();
/// assert_eq!(WatchedUsers::place(change.event.subject()), fixture::user_id(1));
/// ```
#[async_trait]
pub trait WatchSource: Send + Sync {
    /// One of what is watched.
    type Entry: Send + Sync + 'static;

    /// Where an entry stands among all others, which never changes.
    type Place: Copy + Ord + Send + Sync;

    /// Comes before every entry.
    const FIRST: Self::Place;

    /// Comes after every entry.
    const LAST: Self::Place;

    /// Returns the place of an entry.
    fn place(entry: &Self::Entry) -> Self::Place;

    /// Returns the change of an entry, if the event is one.
    fn change(event: Event) -> Option<Committed<Self::Entry>>;

    /// Returns events after a position.
    ///
    /// # Errors
    ///
    /// Those of the event log.
    async fn events(&self, after: Position, limit: u32) -> Result<EventPage, PortError>;

    /// Returns entries after a place.
    ///
    /// # Errors
    ///
    /// Those of the event log.
    async fn existing(
        &self,
        after: Self::Place,
        limit: u32,
    ) -> Result<Existing<Self::Entry>, PortError>;
}

/// Entries, and the snapshot they were read from.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     change::snapshot::Snapshot, testing::fixture, use_case::watch::Existing,
/// };
///
/// let (snapshot, entries) = (Snapshot::in_order(7), vec![fixture::user(1, 11)]);
/// let existing = Existing { snapshot, entries, has_more: false };
/// assert!(existing.snapshot.holds(6));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Existing<T> {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// The entries, in the order of their places.
    pub entries: Vec<T>,
    /// Whether the snapshot may have entries that come after them. There is at least one
    /// entry then.
    pub has_more: bool,
}
