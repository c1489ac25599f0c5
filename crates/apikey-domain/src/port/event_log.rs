//! The record of every change.

use crate::{
    access::policy::ApiKeyFilter,
    change::{
        Position,
        event::{EventFilter, EventPage},
    },
    error::PortError,
    timestamp::Timestamp,
};
use async_trait::async_trait;

/// Tells what was changed, by whom, as it was written with the changes.
///
/// The order of events is one, for all who ask on all nodes: when one commit
/// ended before another wrote its events, its own come first. An event MUST be
/// answered only when no event before it can still come; so whoever goes on
/// behind the last one they saw misses none and sees none twice.
///
/// An event that cannot be read, because a later release wrote it or it is damaged,
/// MUST be left out of a page, and MUST NOT keep the page or those behind it from
/// being read.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait EventLog: Send + Sync {
    /// Lists at most `limit` of the events that the filter admits, from behind
    /// `after` on, in order.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when the store cannot answer.
    async fn list_events(
        &self,
        filter: &EventFilter,
        after: Position,
        limit: u32,
    ) -> Result<EventPage, PortError>;

    /// Lists at most `limit` of the events about keys that the filter admits as
    /// they are after the event, or were before their deletion, from behind
    /// `after` on, in order.
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

    /// Deletes at most `limit` events from the start of the order that are older
    /// than `before`, up to the first one that is not, and answers how many.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when the store cannot answer.
    async fn prune_events(&self, before: Timestamp, limit: u32) -> Result<u64, PortError>;
}
