//! Implements the ports of keys, the change feed and the event log.

use super::{
    backend,
    connection::{Connection, Source},
    event_pruning, events,
    health::StoreHealth,
    key_commands, key_lookups, key_queries, key_quota,
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
    },
    listing::{Order, Page, Piece, Window},
    port::{
        api_key_repository::{ApiKeyRepository, KeySnapshot},
        change_feed::ChangeFeed,
        event_log::EventLog,
        health::{Health, PartReport},
        key_facts_store::{KeyFactsStore, KnownOwners},
    },
    timestamp::Timestamp,
    verification::facts::KeyFacts,
};
use async_trait::async_trait;
use std::{sync::Arc, thread::JoinHandle};
use tokio::time::Instant;

/// Implements the ports on one database.
pub(crate) struct Store {
    pub(super) readers: Readers,
    pub(super) writer: Writer,
    pub(super) hub: ChangeHub,
    pub(super) unreadable: UnreadableEvents,
    pub(super) key_quota: Quota,
    pub(super) health: StoreHealth,
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

    /// Reads a key with its owner, for a verification that began at `since`.
    async fn whole_facts(
        &self,
        access_key: &str,
        since: Instant,
    ) -> Result<Option<Arc<KeyFacts>>, PortError> {
        let text = access_key.to_owned();
        self.readers
            .verification(since, statement!(key_lookups::key_facts, text: &text))
            .await
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
        if self.key_quota.is_unbounded() {
            return self.writer.create_key(by, new).await;
        }
        let name = new.name.as_str().to_owned();
        let lock = Lock::CountedKey(new.user_id, new.owner_principal_id, name);
        let quota = self.key_quota;
        let organization_id = by.grounds().and_then(|grounds| grounds.principal_id);
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
        let (filter, order) = (filter.clone(), order.clone());
        self.readers
            .scan(statement!(key_queries::list, filter: &filter, order: &order, window: window))
            .await
    }

    async fn list_after<'a>(
        &self,
        filter: &ApiKeyFilter,
        order: &Order,
        previous: Option<&'a ApiKey>,
        limit: u32,
    ) -> Result<Piece<ApiKey>, PortError> {
        let (filter, order, previous) = (filter.clone(), order.clone(), previous.cloned());
        self.readers
            .scan(statement!(key_queries::list_after, filter: &filter, order: &order, previous: previous.as_ref(), limit: limit))
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
        self.whole_facts(access_key, Instant::now()).await
    }

    async fn read_with_owners(
        &self,
        access_key: &str,
        known: &dyn KnownOwners,
    ) -> Result<Option<Arc<KeyFacts>>, PortError> {
        let since = Instant::now();
        let text = access_key.to_owned();
        let row = self
            .readers
            .verification(since, statement!(key_lookups::key_row, text: &text));
        let Some(row) = row.await? else {
            return Ok(None);
        };
        let (user_id, owner_principal_id) = row.owner_ids();
        if self.readers.has_lease()
            && let Some(owner) = known.owner(user_id, owner_principal_id)
        {
            return Ok(Some(Arc::new(row.with_owner(owner, None)?)));
        }
        self.whole_facts(access_key, since).await
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
