//! Implements the ports of keys, the change feed and the event log.

use super::{
    backend,
    connection::{Connection, Source},
    event_pruning, events,
    far_pages::Anchors,
    health::StoreHealth,
    key_commands, key_counts, key_lookups, key_queries, key_quota,
    lock::Lock,
    publisher::CommitPublisher,
    readers::Readers,
    writer::Writer,
};
use crate::{supervision::Supervisor, unreadable_events::UnreadableEvents};
use apikey_domain::{
    access::{
        authority::Authority,
        policy::{ApiKeyFilter, KeyReach},
        quota::{Quota, Quotas},
    },
    change::{
        Position,
        cutoff::{Cutoff, Pruned},
        event::{EventFilter, EventPage},
        hub::{ChangeHub, Interest, Subscription},
        retention::RecordState,
    },
    error::PortError,
    identifier::ApiKeyId,
    key::{
        api_key::{ApiKey, ApiKeyChanges, NewApiKey, StoredCredential},
        creation::Creation,
        place::Place,
    },
    listing::{Order, Page, Piece, Window},
    port::{
        api_key_repository::{ApiKeyRepository, KeyBatch, KeySnapshot},
        change_feed::ChangeFeed,
        event_log::EventLog,
        health::{Health, PartReport},
        key_facts_store::KeyFactsStore,
    },
    timestamp::Timestamp,
    verification::facts::KeyFacts,
};
use async_trait::async_trait;
use std::{sync::Arc, thread::JoinHandle};

/// Implements the ports on one database.
pub(crate) struct Store {
    pub(super) readers: Readers,
    pub(super) writer: Writer,
    pub(super) hub: ChangeHub,
    pub(super) unreadable: UnreadableEvents,
    pub(super) key_quota: Quota,
    pub(super) health: StoreHealth,
    /// Places in long lists.
    pub(super) anchors: Anchors,
}

// === impl Store ===

impl Store {
    /// Starts the writer, with a connection of its own from `source`, and returns
    /// the store with the writer's thread.
    pub(crate) fn start(
        source: Source,
        readers: Readers,
        hub: ChangeHub,
        publisher: CommitPublisher,
        unreadable: UnreadableEvents,
        supervisor: &Supervisor,
    ) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (writer, thread) = Writer::start(source, publisher, supervisor)?;
        let store = Self {
            health: StoreHealth::new(readers.clone(), writer.clone()),
            readers,
            writer,
            hub,
            unreadable,
            anchors: Anchors::default(),
            key_quota: Quota::default(),
        };
        Ok((store, thread))
    }

    /// Bounds what each user and organization may have and change.
    pub(crate) fn bounded_by(self, quotas: Quotas) -> Self {
        Self {
            writer: self.writer.spending_within(quotas),
            key_quota: quotas.keys,
            ..self
        }
    }

    /// Returns whether there is no such key, as a write that shares its transaction with
    /// others finds: one that takes the lock of a row runs alone, and many of them would
    /// keep other writes waiting for nothing. On SQLite there are no such locks.
    async fn is_absent(
        &self,
        by: &Authority,
        id: ApiKeyId,
        reach: KeyReach,
    ) -> Result<bool, PortError> {
        if !backend::HAS_ROW_LOCKS {
            return Ok(false);
        }
        let is_there = self
            .readers
            .lookup(statement!(key_commands::is_there, id: id, reach: reach))
            .await?;
        if is_there {
            return Ok(false);
        }
        self.writer
            .write(
                by.clone(),
                Lock::None,
                statement!(key_commands::absent, id: id, reach: reach),
            )
            .await
    }
}

#[async_trait]
impl ApiKeyRepository for Store {
    async fn create(&self, by: Authority, new: NewApiKey) -> Result<ApiKey, PortError> {
        let name = new.name.as_str().to_owned();
        let (user_id, owner) = (new.user_id, new.owner_principal_id);
        if self.key_quota.is_unbounded() {
            let lock = Lock::NewKey(user_id, owner, name);
            return self
                .writer
                .write(by, lock, statement!(key_commands::create, new: &new))
                .await;
        }
        let quota = self.key_quota;
        let organization_id = by.grounds().and_then(|grounds| grounds.principal_id);
        let lock = Lock::CountedKey(user_id, owner, name);
        self.writer
            .write(
                by,
                lock,
                statement!(
                    key_quota::create,
                    quota: quota,
                    organization_id: organization_id,
                    new: &new
                ),
            )
            .await
    }

    async fn credential(&self, access_key: &str) -> Result<Option<StoredCredential>, PortError> {
        let access_key = access_key.to_owned();
        self.readers
            .lookup(statement!(key_lookups::credential, access_key: &access_key))
            .await
    }

    async fn list(
        &self,
        filter: &ApiKeyFilter,
        order: &Order,
        window: Window,
    ) -> Result<Page<ApiKey>, PortError> {
        let (anchors, filter, order) = (self.anchors.clone(), filter.clone(), order.clone());
        self.readers
            .scan(statement!(key_queries::list, anchors: &anchors, filter: &filter, order: &order, window: window))
            .await
    }

    async fn list_after<'a>(
        &self,
        filter: &ApiKeyFilter,
        order: &Order,
        after: Option<&'a Place>,
        limit: u32,
    ) -> Result<KeyBatch, PortError> {
        let (filter, order, after) = (filter.clone(), order.clone(), after.cloned());
        self.readers
            .scan(statement!(key_queries::list_after, filter: &filter, order: &order, after: after.as_ref(), limit: limit))
            .await
    }

    async fn total(&self, filter: &ApiKeyFilter) -> Result<u64, PortError> {
        let filter = filter.clone();
        self.readers
            .scan(statement!(key_counts::total, filter: &filter))
            .await
    }

    async fn keys(&self, ids: &[ApiKeyId]) -> Result<Piece<ApiKey>, PortError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        self.readers
            .scan(statement!(key_queries::some, ids: &ids))
            .await
    }

    async fn snapshot_after(
        &self,
        filter: &ApiKeyFilter,
        after: Creation,
        limit: u32,
    ) -> Result<KeySnapshot, PortError> {
        let filter = filter.clone();
        self.readers
            .scan(statement!(key_queries::snapshot_after, filter: &filter, after: after, limit: limit))
            .await
    }

    async fn update(
        &self,
        by: Authority,
        id: ApiKeyId,
        reach: KeyReach,
        changes: ApiKeyChanges,
    ) -> Result<Option<ApiKey>, PortError> {
        if self.is_absent(&by, id, reach).await? {
            return Ok(None);
        }
        let (at, lock) = (by.at(), Lock::ApiKey(id));
        self.writer
            .write(
                by,
                lock,
                statement!(key_commands::update, at: at, id: id, reach: reach, changes: &changes),
            )
            .await
    }

    async fn record_uses(&self, ids: &[ApiKeyId], at: Timestamp) -> Result<(), PortError> {
        let ids = ids.to_vec();
        let by = Authority::service(at);
        self.writer
            .write(
                by,
                Lock::Alone,
                statement!(key_commands::record_uses, ids: &ids, at: at),
            )
            .await
    }

    async fn delete(
        &self,
        by: Authority,
        id: ApiKeyId,
        reach: KeyReach,
    ) -> Result<Option<ApiKey>, PortError> {
        if self.is_absent(&by, id, reach).await? {
            return Ok(None);
        }
        self.writer
            .end(
                by,
                Lock::EndOfKey(id),
                statement!(key_commands::delete, id: id, reach: reach),
            )
            .await
    }
}

#[async_trait]
impl KeyFactsStore for Store {
    async fn read(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        let access_key = access_key.to_owned();
        self.readers
            .verification(statement!(key_lookups::key_facts, access_key: &access_key))
            .await
    }
}

#[async_trait]
impl ChangeFeed for Store {
    async fn subscribe(&self, interest: Interest) -> Result<Subscription, PortError> {
        self.hub.subscribe(interest)
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

#[async_trait]
impl Health for Store {
    async fn check(&self) -> Vec<PartReport> {
        self.health.check().await
    }
}
