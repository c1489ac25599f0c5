//! Keys in a map, of users who are elsewhere.

use crate::rows::Rows;
use apikey_domain::{
    access::{
        authority::{Authority, CurrentRights},
        policy::{ApiKeyFilter, KeyReach},
    },
    error::PortError,
    identifier::{ApiKeyId, PrincipalId, UserId},
    identity::user::User,
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
    timestamp::Timestamp,
    verification::{
        facts::{KeyFacts, KeyOwner},
        last_use::later_use,
        renewal_buffer::DigestRenewal,
    },
};
use async_trait::async_trait;
use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Keys in a map. Who their users are it asks the principals whenever it reads.
pub(crate) struct HashMapStore {
    rows: Mutex<Rows>,
    users: Arc<dyn Principals>,
}

// === impl HashMapStore ===

impl HashMapStore {
    pub(crate) fn new(users: Arc<dyn Principals>) -> Self {
        Self {
            rows: Mutex::default(),
            users,
        }
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the rights of who writes, without those of a key: it is here.
    async fn rights(&self, by: &Authority) -> Result<CurrentRights, PortError> {
        match by.grounds() {
            Some(grounds) => self.users.current_rights(grounds).await,
            None => Ok(CurrentRights::default()),
        }
    }

    /// Returns the user of a new key, if they and the principal exist.
    async fn owner(&self, new: &NewApiKey) -> Result<Option<User>, PortError> {
        let Some(user) = self.users.user(new.user_id).await? else {
            return Ok(None);
        };
        let principal_id = new.owner_principal_id;
        let standing = self.users.standing(user.id, principal_id).await?;
        let exists = principal_id == user.principal_id || standing.is_organization;
        Ok(exists.then_some(user))
    }

    /// Returns the key with the name that its user has now; a key whose user is gone is
    /// gone with them.
    async fn named(&self, key: ApiKey) -> Result<Option<ApiKey>, PortError> {
        let user = self.users.user(key.user_id).await?;
        Ok(user.map(|user| with_user(key, &user)))
    }

    /// Returns the keys that the filter admits.
    async fn admitted(&self, filter: &ApiKeyFilter) -> Result<Vec<ApiKey>, PortError> {
        let keys: Vec<_> = self.rows().keys.values().cloned().collect();
        let (mut users, mut admitted) = (HashMap::<UserId, Option<User>>::new(), Vec::new());
        for (key, _) in keys {
            if let Entry::Vacant(unknown) = users.entry(key.user_id) {
                unknown.insert(self.users.user(key.user_id).await?);
            }
            let user = users.get(&key.user_id).and_then(Option::as_ref);
            let key = user.map(|user| with_user(key, user));
            admitted.extend(key.filter(|key| filter.admits(key)));
        }
        Ok(admitted)
    }

    async fn sorted(&self, filter: &ApiKeyFilter, order: &Order) -> Result<Vec<ApiKey>, PortError> {
        let mut keys = self.admitted(filter).await?;
        keys.sort_by(|one, other| Place::of(one, order).compare(&Place::of(other, order), order));
        Ok(keys)
    }
}

#[async_trait]
impl ApiKeyRepository for HashMapStore {
    async fn create(&self, by: Authority, new: NewApiKey) -> Result<ApiKey, PortError> {
        let (rights, owner) = (self.rights(&by).await?, self.owner(&new).await?);
        let mut rows = self.rows();
        rows.judge(&by, rights)?;
        let superseded = rows.check_unique(&new)?;
        let user = owner.ok_or(PortError::OwnerGone)?;
        if let Some(superseded) = superseded
            && let Some((key, _)) = rows.keys.get_mut(&superseded.id)
        {
            *key = superseded;
        }
        rows.last_id += 1;
        let (id, digest) = (ApiKeyId(rows.last_id), new.secret_digest.clone());
        let key = new.stored(id, user.username.as_str().to_owned(), user.is_system);
        let digests = HashMap::from([(CredentialNumber::FIRST, digest)]);
        rows.keys.insert(id, (key.clone(), digests));
        Ok(key)
    }

    async fn credential(&self, access_key: &str) -> Result<Option<StoredCredential>, PortError> {
        let row = {
            let rows = self.rows();
            let mut keys = rows.keys.values();
            keys.find_map(|(key, digests)| {
                let mut credentials = key.credentials().into_iter();
                let one = credentials.find(|one| one.access_key.as_str() == access_key)?;
                let digest = digests.get(&one.number)?;
                Some((key.clone(), one.number, digest.clone()))
            })
        };
        let Some((key, number, secret_digest)) = row else {
            return Ok(None);
        };
        let user = self.users.user(key.user_id).await?;
        Ok(user.map(|user| StoredCredential {
            api_key: with_user(key, &user),
            number,
            secret_digest,
            user,
        }))
    }

    async fn list(
        &self,
        filter: &ApiKeyFilter,
        order: &Order,
        window: Window,
    ) -> Result<Page<ApiKey>, PortError> {
        Ok(window.of(self.sorted(filter, order).await?))
    }

    async fn list_after<'a>(
        &self,
        filter: &ApiKeyFilter,
        order: &Order,
        after: Option<&'a Place>,
        limit: u32,
    ) -> Result<KeyBatch, PortError> {
        let mut keys = self.sorted(filter, order).await?;
        if let Some(after) = after {
            keys.retain(|key| Place::of(key, order).compare(after, order).is_gt());
        }
        let has_more = keys.len() > limit as usize;
        keys.truncate(limit as usize);
        let last = keys.last().filter(|_| has_more);
        Ok(KeyBatch {
            next: last.map(|key| Place::of(key, order)),
            piece: Piece::of(keys),
        })
    }

    async fn total(&self, filter: &ApiKeyFilter) -> Result<u64, PortError> {
        Ok(self.admitted(filter).await?.len() as u64)
    }

    async fn keys(&self, ids: &[ApiKeyId]) -> Result<Piece<ApiKey>, PortError> {
        let mut keys = Vec::new();
        for id in ids {
            let key = self.rows().keys.get(id).map(|(key, _)| key.clone());
            if let Some(key) = key {
                keys.extend(self.named(key).await?);
            }
        }
        Ok(Piece::of(keys))
    }

    async fn find_named(
        &self,
        user_id: UserId,
        owner_principal_id: PrincipalId,
        name: &KeyName,
    ) -> Result<Option<ApiKeyId>, PortError> {
        Ok(self.rows().named(user_id, owner_principal_id, name))
    }

    async fn find(&self, id: ApiKeyId, reach: &KeyReach) -> Result<Option<ApiKey>, PortError> {
        let rows = self.rows();
        let key = rows.keys.get(&id).map(|(key, _)| key);
        Ok(key.filter(|key| reach.admits(key)).cloned())
    }

    async fn update(
        &self,
        by: Authority,
        id: ApiKeyId,
        reach: KeyReach,
        changes: ApiKeyChanges,
    ) -> Result<Option<ApiKey>, PortError> {
        let rights = self.rights(&by).await?;
        let updated = {
            let mut rows = self.rows();
            rows.judge(&by, rights)?;
            let key = rows.keys.get(&id).map(|(key, _)| key);
            let key = key.filter(|key| reach.admits(key)).cloned();
            key.map(|key| {
                let after = reach.changed(&key, &changes, by.at())?;
                rows.update(&key, after, changes.step.as_ref())
            })
            .transpose()?
        };
        match updated {
            Some(key) => self.named(key).await,
            None => Ok(None),
        }
    }

    async fn record_uses(&self, ids: &[ApiKeyId], at: Timestamp) -> Result<(), PortError> {
        let mut rows = self.rows();
        for id in ids {
            if let Some((key, _)) = rows.keys.get_mut(id) {
                key.last_used_at = later_use(key.last_used_at, at);
            }
        }
        Ok(())
    }

    async fn record_credential_uses(
        &self,
        credentials: &[(ApiKeyId, CredentialNumber)],
        at: Timestamp,
    ) -> Result<(), PortError> {
        let mut rows = self.rows();
        for (id, number) in credentials {
            let rotated = rows.keys.get_mut(id).map(|(key, _)| &mut key.rotated);
            for one in rotated.into_iter().flatten() {
                if one.number == *number {
                    one.last_used_at = later_use(one.last_used_at, at);
                }
            }
        }
        Ok(())
    }

    async fn renew_digest(&self, renewal: DigestRenewal) -> Result<bool, PortError> {
        let mut rows = self.rows();
        let DigestRenewal {
            id,
            number,
            old,
            new,
        } = renewal;
        let Some((key, digests)) = rows.keys.get_mut(&id) else {
            return Ok(false);
        };
        let is_known = key.credentials().iter().any(|one| one.number == number);
        match digests.get_mut(&number) {
            Some(digest) if is_known && *digest == old => {
                *digest = new.into();
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    async fn delete(
        &self,
        by: Authority,
        id: ApiKeyId,
        reach: KeyReach,
    ) -> Result<Option<ApiKey>, PortError> {
        let rights = self.rights(&by).await?;
        let deleted = {
            let mut rows = self.rows();
            rows.judge(&by, rights)?;
            let is_within = rows.keys.get(&id).is_some_and(|(key, _)| reach.admits(key));
            is_within.then(|| rows.keys.remove(&id)).flatten()
        };
        match deleted {
            Some((key, _)) => self.named(key).await,
            None => Ok(None),
        }
    }
}

#[async_trait]
impl KeyFactsStore for HashMapStore {
    async fn read(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        let Some(stored) = self.credential(access_key).await? else {
            return Ok(None);
        };
        let principal_id = stored.api_key.owner_principal_id;
        let standing = self.users.standing(stored.user.id, principal_id).await?;
        let owner = KeyOwner::of(&stored.user, principal_id, standing);
        let facts = KeyFacts::new(stored, Arc::new(owner));
        Ok(Some(Arc::new(facts)))
    }
}

// === impl Rows ===

fn with_user(key: ApiKey, user: &User) -> ApiKey {
    ApiKey {
        user_name: user.username.as_str().to_owned(),
        user_is_system: user.is_system,
        ..key
    }
}
