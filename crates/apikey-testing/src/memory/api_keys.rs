//! Keys of the in-memory store.

use super::{
    Memory,
    state::{State, StoredKey, piece_of},
};
use apikey_domain::{
    access::{
        authority::Authority,
        policy::{ApiKeyFilter, KeyReach},
    },
    change::{Change, KeyEvent},
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
    timestamp::Timestamp,
    verification::{
        facts::{KeyFacts, KeyOwner},
        last_use::later_use,
        renewal_buffer::DigestRenewal,
    },
};
use async_trait::async_trait;
use std::sync::Arc;

#[async_trait]
impl ApiKeyRepository for Memory {
    async fn create(&self, by: Authority, new: NewApiKey) -> Result<ApiKey, PortError> {
        self.write(by, |state, changed| state.create_key(new, changed))
    }

    async fn credential(&self, access_key: &str) -> Result<Option<StoredCredential>, PortError> {
        let state = self.read();
        let find = |stored: &StoredKey| {
            let credentials = stored.api_key.credentials();
            let mut credentials = credentials.iter();
            credentials
                .find(|one| one.access_key.as_str() == access_key)
                .map(|one| one.number)
        };
        let mut keys = state.keys.values();
        let Some((stored, number)) = keys.find_map(|stored| Some((stored, find(stored)?))) else {
            return Ok(None);
        };
        let Some(secret_digest) = stored.secret_digests.get(&number).cloned() else {
            return Ok(None);
        };
        let user = state.users.get(&stored.api_key.user_id);
        Ok(user.map(|credential| StoredCredential {
            api_key: stored.api_key.clone(),
            number,
            secret_digest,
            user: credential.user.clone(),
        }))
    }

    async fn list(
        &self,
        filter: &ApiKeyFilter,
        order: &Order,
        window: Window,
    ) -> Result<Page<ApiKey>, PortError> {
        Ok(window.of(self.read().sorted_keys(filter, order)))
    }

    async fn list_after<'a>(
        &self,
        filter: &ApiKeyFilter,
        order: &Order,
        after: Option<&'a Place>,
        limit: u32,
    ) -> Result<KeyBatch, PortError> {
        let mut keys = self.read().sorted_keys(filter, order);
        let is_after = |key: &ApiKey, place| Place::of(key, order).compare(place, order).is_gt();
        keys.retain(|key| after.is_none_or(|place| is_after(key, place)));
        let is_last = keys.len() <= limit as usize;
        keys.truncate(limit as usize);
        let last = keys.last().filter(|_| !is_last);
        Ok(KeyBatch {
            next: last.map(|key| Place::of(key, order)),
            piece: Piece::of(keys),
        })
    }

    async fn total(&self, filter: &ApiKeyFilter) -> Result<u64, PortError> {
        let state = self.read();
        let keys = state.keys.values().map(|stored| &stored.api_key);
        Ok(keys.filter(|key| filter.admits(key)).count() as u64)
    }

    async fn keys(&self, ids: &[ApiKeyId]) -> Result<Piece<ApiKey>, PortError> {
        let state = self.read();
        let find = |id| state.keys.get(&id).map(|stored| stored.api_key.clone());
        Ok(piece_of(ids, find))
    }

    async fn find_named(
        &self,
        user_id: UserId,
        owner_principal_id: PrincipalId,
        name: &KeyName,
    ) -> Result<Option<ApiKeyId>, PortError> {
        Ok(self.read().named((user_id, owner_principal_id, name)))
    }

    async fn find(&self, id: ApiKeyId, reach: &KeyReach) -> Result<Option<ApiKey>, PortError> {
        let mut state = self.read();
        Ok(state
            .reachable_key(id, reach)
            .map(|stored| stored.api_key.clone()))
    }

    async fn update(
        &self,
        by: Authority,
        id: ApiKeyId,
        reach: KeyReach,
        changes: ApiKeyChanges,
    ) -> Result<Option<ApiKey>, PortError> {
        let at = by.at();
        self.write(by, |state, changed| {
            state.update_key((id, &reach), &changes, at, changed)
        })
    }

    async fn record_uses(&self, ids: &[ApiKeyId], at: Timestamp) -> Result<(), PortError> {
        let mut state = self.read();
        for id in ids {
            if let Some(stored) = state.keys.get_mut(id) {
                let key = &mut stored.api_key;
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
        let mut state = self.read();
        for (id, number) in credentials {
            let stored = state.keys.get_mut(id);
            let rotated = stored.map(|stored| &mut stored.api_key.rotated);
            for one in rotated.into_iter().flatten() {
                if one.number == *number {
                    one.last_used_at = later_use(one.last_used_at, at);
                }
            }
        }
        Ok(())
    }

    async fn renew_digest(&self, renewal: DigestRenewal) -> Result<bool, PortError> {
        let mut state = self.read();
        let newest = state.newest_pepper();
        if newest.is_some_and(|newest| newest != renewal.new.pepper_id()) {
            return Ok(false);
        }
        let Some(stored) = state.keys.get_mut(&renewal.id) else {
            return Ok(false);
        };
        let credentials = stored.api_key.credentials();
        let is_known = credentials.iter().any(|one| one.number == renewal.number);
        let digest = stored.secret_digests.get_mut(&renewal.number);
        let Some(digest) = digest.filter(|digest| is_known && **digest == renewal.old) else {
            return Ok(false);
        };
        *digest = renewal.new.into();
        Ok(true)
    }

    async fn delete(
        &self,
        by: Authority,
        id: ApiKeyId,
        reach: KeyReach,
    ) -> Result<Option<ApiKey>, PortError> {
        self.write(by, |state, changed| {
            let Some(stored) = state.reachable_key(id, &reach) else {
                return Ok(None);
            };
            let key = stored.api_key.clone();
            state.keys.remove(&id);
            changed.push(Change::Key(KeyEvent::Deleted(key.clone())));
            Ok(Some(key))
        })
    }
}

#[async_trait]
impl KeyFactsStore for Memory {
    async fn read(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        let Some(stored) = self.credential(access_key).await? else {
            return Ok(None);
        };
        let owner = stored.api_key.owner_principal_id;
        let standing = self.standing(stored.user.id, owner).await?;
        let owner = Arc::new(KeyOwner::of(&stored.user, owner, standing));
        Ok(Some(Arc::new(KeyFacts::new(stored, owner))))
    }
}

impl State {
    pub(super) fn reachable_key(
        &mut self,
        id: ApiKeyId,
        reach: &KeyReach,
    ) -> Option<&mut StoredKey> {
        self.keys
            .get_mut(&id)
            .filter(|stored| reach.admits(&stored.api_key))
    }

    fn sorted_keys(&self, filter: &ApiKeyFilter, order: &Order) -> Vec<ApiKey> {
        let keys = self.keys.values().map(|stored| &stored.api_key);
        let mut shown: Vec<_> = keys.filter(|key| filter.admits(key)).cloned().collect();
        shown.sort_by(|one, other| Place::of(one, order).compare(&Place::of(other, order), order));
        shown
    }
}
