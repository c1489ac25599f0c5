//! The record of every change, and reads that fit it.

use crate::{
    access::policy::ApiKeyFilter,
    change::{
        Position,
        cutoff::{Cutoff, Pruned},
        event::{EventFilter, EventPage},
        retention::RecordState,
        snapshot::{KeySnapshot, UserSnapshot},
    },
    error::PortError,
    identifier::UserId,
    identity::user_list::UserFilter,
    key::creation::Creation,
};
use async_trait::async_trait;

/// The transactional outbox: the events that were written with the changes.
///
/// All readers on all nodes see the events in the same order. If one commit ended
/// before another wrote its events, its events come first. An event MUST be
/// returned only once no event before it can still appear, so a reader that
/// continues after the last event it saw misses none and sees none twice.
///
/// An event that cannot be read, because a later release wrote it or it is
/// damaged, MUST be left out of a page, and MUST NOT keep other events of this
/// page or later ones from being read.
///
/// # Example
///
/// ```
/// use apikey_domain::{change::Position, port::event_log::EventLog};
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// app.user("alice").await;
/// let all = Default::default();
/// let first = app.memory.list_events(&all, Position::START, 100).await.unwrap();
/// assert_eq!(first.events.len(), 1);
/// let next = app.memory.list_events(&all, first.next, 100).await.unwrap();
/// assert!(next.events.is_empty() && !next.has_more);
/// # });
/// ```
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait EventLog: Send + Sync {
    /// Lists at most `limit` of the events after `after` that the filter admits,
    /// in order, as many as fit a piece. The others MUST NOT be read, and the page
    /// has more then.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] if the store is unavailable.
    async fn list_events(
        &self,
        filter: &EventFilter,
        after: Position,
        limit: u32,
    ) -> Result<EventPage, PortError>;

    /// Lists at most `limit` of the events after `after` about keys that the
    /// filter admits, in order, as many as fit a piece: as the key is after the event, or
    /// was before it ([`ApiKeyFilter::concerns`]).
    ///
    /// # Errors
    ///
    /// As [`list_events`](Self::list_events).
    async fn list_key_events(
        &self,
        filter: &ApiKeyFilter,
        after: Position,
        limit: u32,
    ) -> Result<EventPage, PortError>;

    /// Lists at most `limit` of the keys that `filter` admits and that were created
    /// after `after`, in the order of their creation, as many as fit a piece, together
    /// with the snapshot they were read from, which says which events they reflect.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] if the store is unavailable, and
    /// [`PortError::Corrupt`] if a row breaks the domain's rules.
    async fn snapshot_after(
        &self,
        filter: &ApiKeyFilter,
        after: Creation,
        limit: u32,
    ) -> Result<KeySnapshot, PortError>;

    /// Lists at most `limit` of the events after `after` that change users whom the filter
    /// admits, in order, as many as fit a piece: as the user is after the event, or was
    /// before it ([`UserFilter::concerns`]).
    ///
    /// # Errors
    ///
    /// As [`list_events`](Self::list_events).
    async fn list_user_events(
        &self,
        filter: &UserFilter,
        after: Position,
        limit: u32,
    ) -> Result<EventPage, PortError>;

    /// Lists at most `limit` of the users whom `filter` admits and whose ids are above
    /// `after`, by their ids, as many as fit a piece, together with the snapshot they were
    /// read from, which says which events they reflect.
    ///
    /// # Errors
    ///
    /// As [`snapshot_after`](Self::snapshot_after).
    async fn user_snapshot_after(
        &self,
        filter: &UserFilter,
        after: UserId,
        limit: u32,
    ) -> Result<UserSnapshot, PortError>;

    /// Returns what is known of the record, to decide what may be deleted.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] if the store is unavailable.
    async fn record_state(&self) -> Result<RecordState, PortError>;

    /// Deletes at most `limit` events after `after` that are old: of the
    /// [old part](Cutoff::old_part), the first ones that are
    /// [old](Cutoff::is_old). It MAY look at only so many events at once, and then MUST
    /// say where to go on. From then on a page MUST say that events up to the last that
    /// was deleted may be missing, also if some before it are left.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] if the store is unavailable.
    async fn prune_events(
        &self,
        cutoff: Cutoff,
        after: Position,
        limit: u32,
    ) -> Result<Pruned, PortError>;
}
