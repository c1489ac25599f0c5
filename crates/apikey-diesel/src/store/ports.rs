//! The store, and the ports of keys that it implements.

use super::{
    backend,
    connection::{Connection, Source},
    far_pages::Anchors,
    health::StoreHealth,
    key_commands, key_digests, key_lookups, key_queries,
    lock::Lock,
    publisher::CommitPublisher,
    readers::Readers,
    removal_progress::SharedProgress,
    writer::Writer,
};
use crate::{
    announcement::Announcement, failure::unavailable, supervision::Supervisor,
    unreadable_events::UnreadableEvents,
};
use apikey_domain::{
    access::{
        authority::Authority,
        policy::{ApiKeyFilter, KeyReach},
        quota::{Quota, Quotas},
    },
    change::hub::ChangeHub,
    error::PortError,
    identifier::{ApiKeyId, PrincipalId, UserId},
    key::{
        api_key::{ApiKey, NewApiKey, StoredCredential},
        changes::ApiKeyChanges,
        credential::CredentialNumber,
        key_name::KeyName,
        place::Place,
    },
    listing::{Order, Page, Piece, SearchBounds, Window},
    port::{
        api_key_repository::{ApiKeyRepository, KeyBatch},
        health::{Health, PartReport},
        key_facts_store::{KeyFactsStore, KnownOwners},
    },
    timestamp::Timestamp,
    verification::{facts::KeyFacts, renewal_buffer::DigestRenewal},
};
use async_trait::async_trait;
use std::{sync::Arc, thread::JoinHandle};
use tokio::time::{Instant, timeout};

/// Implements the ports on one database.
pub(crate) struct Store {
    pub(super) readers: Readers,
    pub(super) writer: Writer,
    pub(super) hub: ChangeHub,
    pub(super) announcement: Announcement,
    pub(super) unreadable: UnreadableEvents,
    pub(super) health: StoreHealth,
    /// Places in long lists.
    pub(super) anchors: Anchors,
    /// How much a search reads.
    pub(super) search: SearchBounds,
    pub(super) key_quota: Quota,
    /// Where the last batch of a removal ended.
    pub(super) removal_progress: SharedProgress,
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
        search: SearchBounds,
        supervisor: &Supervisor,
    ) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (writer, thread) = Writer::start(source, publisher, supervisor)?;
        let store = Self {
            health: StoreHealth::new(readers.clone(), writer.clone()),
            readers,
            writer,
            hub,
            announcement: Announcement::default(),
            unreadable,
            anchors: Anchors::default(),
            search,
            key_quota: Quota::default(),
            removal_progress: SharedProgress::default(),
        };
        Ok((store, thread))
    }

    /// Tells other nodes of itself in this way.
    pub(crate) fn announcing(self, announcement: Announcement) -> Self {
        Self {
            announcement,
            ..self
        }
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
    pub(super) async fn is_absent(
        &self,
        by: &Authority,
        id: ApiKeyId,
        reach: &KeyReach,
    ) -> Result<bool, PortError> {
        if !backend::HAS_ROW_LOCKS {
            return Ok(false);
        }
        if self.find(id, reach).await?.is_some() {
            return Ok(false);
        }
        let reach = reach.clone();
        self.writer
            .end(
                by.clone(),
                Lock::None,
                statement!(key_commands::absent, id: id, reach: &reach),
            )
            .await
    }
}

#[async_trait]
impl ApiKeyRepository for Store {
    async fn create(&self, by: Authority, new: NewApiKey) -> Result<ApiKey, PortError> {
        self.writer.create_key(by, new, self.key_quota).await
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
        let (anchors, filter, order, bounds) = (
            self.anchors.clone(),
            filter.clone(),
            order.clone(),
            self.search,
        );
        self.readers
            .scan(statement!(key_queries::list, anchors: &anchors, filter: &filter, order: &order, window: window, bounds: bounds))
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
        let bounds = self.search.in_batches();
        self.readers
            .scan(statement!(key_queries::list_after, filter: &filter, order: &order, after: after.as_ref(), limit: limit, bounds: bounds))
            .await
    }

    async fn total(&self, filter: &ApiKeyFilter) -> Result<u64, PortError> {
        let (filter, bounds) = (filter.clone(), self.search);
        self.readers
            .scan(statement!(key_queries::total, filter: &filter, bounds: bounds))
            .await
    }

    async fn keys(&self, ids: &[ApiKeyId]) -> Result<Piece<ApiKey>, PortError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        self.readers
            .scan(statement!(key_queries::some, ids: &ids))
            .await
    }

    async fn find_named(
        &self,
        user_id: UserId,
        owner_principal_id: PrincipalId,
        name: &KeyName,
    ) -> Result<Option<ApiKeyId>, PortError> {
        let (holder, name) = ((user_id, owner_principal_id), name.clone());
        self.readers
            .lookup(statement!(key_commands::find_named, holder: holder, name: &name))
            .await
    }

    async fn find(&self, id: ApiKeyId, reach: &KeyReach) -> Result<Option<ApiKey>, PortError> {
        let reach = reach.clone();
        self.readers
            .lookup(statement!(key_commands::find, id: id, reach: &reach))
            .await
    }

    async fn update(
        &self,
        by: Authority,
        id: ApiKeyId,
        reach: KeyReach,
        changes: ApiKeyChanges,
    ) -> Result<Option<ApiKey>, PortError> {
        if self.is_absent(&by, id, &reach).await? {
            return Ok(None);
        }
        let (at, ends_right) = (by.at(), changes.ends_use());
        let lock = Lock::of_changes(id, &changes);
        self.writer
            .write_or_end(
                ends_right,
                by,
                lock,
                statement!(key_commands::update, at: at, id: id, reach: &reach, changes: &changes),
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

    async fn record_credential_uses(
        &self,
        credentials: &[(ApiKeyId, CredentialNumber)],
        at: Timestamp,
    ) -> Result<(), PortError> {
        let used = credentials.to_vec();
        let by = Authority::service(at);
        self.writer
            .write(
                by,
                Lock::Alone,
                statement!(key_commands::record_credential_uses, used: &used, at: at),
            )
            .await
    }

    async fn renew_digest(&self, renewal: DigestRenewal) -> Result<bool, PortError> {
        let renewal = self.writer.write(
            // It is written nowhere when and by whom.
            Authority::service(Timestamp::MIN),
            Lock::ApiKey(renewal.id),
            statement!(key_digests::renew, renewal: &renewal),
        );
        let renewed = timeout(key_digests::RENEWAL_TIMEOUT, renewal).await;
        renewed.unwrap_or_else(|_| Err(unavailable("the renewal of a digest took too long")))
    }

    async fn delete(
        &self,
        by: Authority,
        id: ApiKeyId,
        reach: KeyReach,
    ) -> Result<Option<ApiKey>, PortError> {
        if self.is_absent(&by, id, &reach).await? {
            return Ok(None);
        }
        self.writer
            .end(
                by,
                Lock::EndOfKey(id),
                statement!(key_commands::delete, id: id, reach: &reach),
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
            .verification(since, statement!(key_lookups::key_row, text: &text))
            .await?;
        let Some((row, credential)) = row else {
            return Ok(None);
        };
        let (user_id, owner_principal_id) = row.owner_ids();
        if self.readers.has_lease()
            && let Some(owner) = known.owner(user_id, owner_principal_id)
        {
            return Ok(Some(Arc::new(row.with_owner(owner, None, credential)?)));
        }
        self.whole_facts(access_key, since).await
    }
}

#[async_trait]
impl Health for Store {
    async fn check(&self) -> Vec<PartReport> {
        self.health.check().await
    }
}
