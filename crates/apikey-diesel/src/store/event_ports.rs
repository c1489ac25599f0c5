//! Implements the change feed and the event log.

use super::{
    connection::Connection, event_pruning, events, key_queries, lock::Lock, ports::Store,
    user_pages,
};
use apikey_domain::{
    access::{authority::Authority, policy::ApiKeyFilter},
    change::{
        Position,
        cutoff::{Cutoff, Pruned},
        event::{EventFilter, EventPage},
        hub::{Interest, Subscription, UserInterest},
        retention::RecordState,
        snapshot::{KeySnapshot, UserSnapshot},
    },
    error::PortError,
    identifier::UserId,
    identity::{user::User, user_list::UserFilter},
    key::creation::Creation,
    port::{change_feed::ChangeFeed, event_log::EventLog},
};
use async_trait::async_trait;

#[async_trait]
impl ChangeFeed for Store {
    async fn subscribe(&self, interest: Interest) -> Result<Subscription, PortError> {
        self.hub.subscribe(interest)
    }

    async fn subscribe_to_users(
        &self,
        interest: UserInterest,
    ) -> Result<Subscription<User>, PortError> {
        self.hub.subscribe_to_users(interest)
    }
}

#[async_trait]
impl EventLog for Store {
    async fn list_events(
        &self,
        filter: &EventFilter,
        after: Position,
        limit: u32,
    ) -> Result<EventPage, PortError> {
        let (filter, unreadable) = (filter.clone(), self.unreadable.clone());
        self.readers
            .scan(statement!(events::list, unreadable: &unreadable, filter: &filter, after: after, limit: limit))
            .await
    }

    async fn list_key_events(
        &self,
        filter: &ApiKeyFilter,
        after: Position,
        limit: u32,
    ) -> Result<EventPage, PortError> {
        let (filter, unreadable) = (filter.clone(), self.unreadable.clone());
        self.readers
            .scan(statement!(events::list_of_keys, unreadable: &unreadable, filter: &filter, after: after, limit: limit))
            .await
    }

    async fn snapshot_after(
        &self,
        filter: &ApiKeyFilter,
        after: Creation,
        limit: u32,
    ) -> Result<KeySnapshot, PortError> {
        let (filter, bounds) = (filter.clone(), self.search.in_batches());
        self.readers
            .scan(statement!(key_queries::snapshot_after, filter: &filter, after: after, limit: limit, bounds: bounds))
            .await
    }

    async fn list_user_events(
        &self,
        filter: &UserFilter,
        after: Position,
        limit: u32,
    ) -> Result<EventPage, PortError> {
        let (filter, unreadable) = (filter.clone(), self.unreadable.clone());
        self.readers
            .scan(statement!(events::list_of_users, unreadable: &unreadable, filter: &filter, after: after, limit: limit))
            .await
    }

    async fn user_snapshot_after(
        &self,
        filter: &UserFilter,
        after: UserId,
        limit: u32,
    ) -> Result<UserSnapshot, PortError> {
        let (filter, bounds) = (filter.clone(), self.search.in_batches());
        self.readers
            .scan(statement!(user_pages::snapshot_after, filter: &filter, after: after, limit: limit, bounds: bounds))
            .await
    }

    async fn record_state(&self) -> Result<RecordState, PortError> {
        self.readers.scan(statement!(event_pruning::state,)).await
    }

    async fn prune_events(
        &self,
        cutoff: Cutoff,
        after: Position,
        limit: u32,
    ) -> Result<Pruned, PortError> {
        let by = Authority::service(cutoff.now);
        self.writer
            .write(
                by,
                Lock::Alone,
                statement!(event_pruning::prune, cutoff: cutoff, after: after, limit: limit),
            )
            .await
    }
}
