//! Stores with one fault each.

use crate::hash_map_store::HashMapStore;
use apikey_domain::{
    access::{
        authority::Authority,
        policy::{ApiKeyFilter, KeyReach},
    },
    error::PortError,
    identifier::{ApiKeyId, PrincipalId, UserId},
    key::{
        api_key::{ApiKey, NewApiKey, StoredCredential},
        changes::ApiKeyChanges,
        credential::CredentialNumber,
        key_name::KeyName,
        place::Place,
    },
    listing::{Order, Page, Piece, Window},
    port::{
        api_key_repository::{ApiKeyRepository, KeyBatch},
        key_facts_store::KeyFactsStore,
        principals::Principals,
    },
    testing::fixture,
    timestamp::Timestamp,
    verification::{facts::KeyFacts, renewal_buffer::DigestRenewal},
};
use async_trait::async_trait;
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// What is wrong with a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// What was once read of a key is found when it is gone.
    KeepsFacts,
    /// Totals never fall.
    CountsTheDeleted,
    /// Anybody's key is changed and deleted.
    IgnoresTheReach,
    /// Rights are as they were when the request came.
    JudgesNobody,
    /// Lists are sorted by creation, whatever is asked for.
    IgnoresTheOrder,
    /// No use is recorded.
    LosesUses,
    /// No digest is renewed.
    LosesRenewals,
}

/// A [`HashMapStore`] with a fault.
pub(crate) struct FaultyStore {
    inner: HashMapStore,
    fault: Fault,
    seen: Mutex<HashMap<String, Arc<KeyFacts>>>,
    deleted: AtomicU64,
}

// === impl FaultyStore ===

impl FaultyStore {
    pub(crate) fn new(users: Arc<dyn Principals>, fault: Fault) -> Self {
        Self {
            inner: HashMapStore::new(users),
            fault,
            seen: Mutex::default(),
            deleted: AtomicU64::new(0),
        }
    }

    fn by(&self, by: Authority) -> Authority {
        match self.fault {
            Fault::JudgesNobody => Authority::service(by.at()),
            _ => by,
        }
    }

    fn reach(&self, reach: KeyReach) -> KeyReach {
        match self.fault {
            Fault::IgnoresTheReach => fixture::reach(None, None),
            _ => reach,
        }
    }

    fn total(&self, total: u64) -> u64 {
        match self.fault {
            Fault::CountsTheDeleted => total + self.deleted.load(Ordering::Relaxed),
            _ => total,
        }
    }
}

#[async_trait]
impl ApiKeyRepository for FaultyStore {
    async fn create(&self, by: Authority, new: NewApiKey) -> Result<ApiKey, PortError> {
        self.inner.create(self.by(by), new).await
    }

    async fn credential(&self, access_key: &str) -> Result<Option<StoredCredential>, PortError> {
        self.inner.credential(access_key).await
    }

    async fn list(
        &self,
        filter: &ApiKeyFilter,
        order: &Order,
        window: Window,
    ) -> Result<Page<ApiKey>, PortError> {
        let by_creation = Order::default();
        let order = match self.fault {
            Fault::IgnoresTheOrder => &by_creation,
            _ => order,
        };
        let page = self.inner.list(filter, order, window).await?;
        Ok(Page {
            total: self.total(page.total),
            ..page
        })
    }

    async fn list_after<'a>(
        &self,
        filter: &ApiKeyFilter,
        order: &Order,
        after: Option<&'a Place>,
        limit: u32,
    ) -> Result<KeyBatch, PortError> {
        self.inner.list_after(filter, order, after, limit).await
    }

    async fn total(&self, filter: &ApiKeyFilter) -> Result<u64, PortError> {
        let total = self.inner.total(filter).await?;
        Ok(self.total(total))
    }

    async fn keys(&self, ids: &[ApiKeyId]) -> Result<Piece<ApiKey>, PortError> {
        self.inner.keys(ids).await
    }

    async fn find_named(
        &self,
        user_id: UserId,
        owner_principal_id: PrincipalId,
        name: &KeyName,
    ) -> Result<Option<ApiKeyId>, PortError> {
        self.inner
            .find_named(user_id, owner_principal_id, name)
            .await
    }

    async fn find(&self, id: ApiKeyId, reach: &KeyReach) -> Result<Option<ApiKey>, PortError> {
        self.inner.find(id, &self.reach(reach.clone())).await
    }

    async fn update(
        &self,
        by: Authority,
        id: ApiKeyId,
        reach: KeyReach,
        changes: ApiKeyChanges,
    ) -> Result<Option<ApiKey>, PortError> {
        let (by, reach) = (self.by(by), self.reach(reach));
        self.inner.update(by, id, reach, changes).await
    }

    async fn record_uses(&self, ids: &[ApiKeyId], at: Timestamp) -> Result<(), PortError> {
        let recorded = match self.fault {
            Fault::LosesUses => &[],
            _ => ids,
        };
        self.inner.record_uses(recorded, at).await
    }

    async fn record_credential_uses(
        &self,
        credentials: &[(ApiKeyId, CredentialNumber)],
        at: Timestamp,
    ) -> Result<(), PortError> {
        self.inner.record_credential_uses(credentials, at).await
    }

    async fn renew_digest(&self, renewal: DigestRenewal) -> Result<bool, PortError> {
        match self.fault {
            Fault::LosesRenewals => Ok(true),
            _ => self.inner.renew_digest(renewal).await,
        }
    }

    async fn delete(
        &self,
        by: Authority,
        id: ApiKeyId,
        reach: KeyReach,
    ) -> Result<Option<ApiKey>, PortError> {
        let (by, reach) = (self.by(by), self.reach(reach));
        let deleted = self.inner.delete(by, id, reach).await?;
        self.deleted
            .fetch_add(u64::from(deleted.is_some()), Ordering::Relaxed);
        Ok(deleted)
    }
}

#[async_trait]
impl KeyFactsStore for FaultyStore {
    async fn read(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        let facts = self.inner.read(access_key).await?;
        if self.fault != Fault::KeepsFacts {
            return Ok(facts);
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(facts) = facts {
            seen.insert(access_key.to_owned(), facts);
        }
        Ok(seen.get(access_key).cloned())
    }
}
