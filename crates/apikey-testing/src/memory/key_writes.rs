//! Creates and changes keys of the in-memory store.

use super::state::{State, StoredKey};
use apikey_domain::{
    access::policy::KeyReach,
    change::{Change, KeyEvent},
    error::{PortError, Unique},
    identifier::{ApiKeyId, PrincipalId, UserId},
    key::{
        api_key::{ApiKey, NewApiKey},
        changes::ApiKeyChanges,
        credential::CredentialNumber,
        key_name::KeyName,
        rotation::Step,
        token::AccessKey,
    },
    timestamp::Timestamp,
};
use std::collections::BTreeMap;

impl State {
    /// Stores a key. One that it replaces is revoked.
    pub(super) fn create_key(
        &mut self,
        new: NewApiKey,
        changed: &mut Vec<Change>,
    ) -> Result<ApiKey, PortError> {
        let replaced = new.replaces.and_then(|id| self.keys.get(&id));
        let replaced = replaced.and_then(|stored| {
            let before = stored.api_key.clone();
            let after = new.superseded(&before)?;
            Some((before, after))
        });
        let holder = (new.user_id, new.owner_principal_id, &new.name);
        if replaced.is_none() && self.named(holder).is_some() {
            return Err(PortError::Duplicate(Unique::KeyName));
        }
        if self.has_access_key(&new.access_key) {
            return Err(PortError::Duplicate(Unique::AccessKey));
        }
        let user = self.users.get(&new.user_id).map(|stored| &stored.user);
        let Some(user) = user.filter(|_| self.is_principal(new.owner_principal_id)) else {
            return Err(PortError::OwnerGone);
        };
        let (user_name, user_is_system) = (user.username.as_str().to_owned(), user.is_system);
        if let Some((before, after)) = replaced {
            self.become_new(before, after, None, changed);
        }
        let secret_digest = new.secret_digest.clone();
        let key = new.stored(self.next_key_id(), user_name, user_is_system);
        let stored = StoredKey {
            api_key: key.clone(),
            secret_digests: BTreeMap::from([(CredentialNumber::FIRST, secret_digest)]),
        };
        self.keys.insert(key.id, stored);
        changed.push(Change::Key(KeyEvent::Created(key.clone())));
        Ok(key)
    }

    /// Changes the key `id` if it lies within `reach`.
    pub(super) fn update_key(
        &mut self,
        (id, reach): (ApiKeyId, &KeyReach),
        changes: &ApiKeyChanges,
        at: Timestamp,
        changed: &mut Vec<Change>,
    ) -> Result<Option<ApiKey>, PortError> {
        let Some(stored) = self.reachable_key(id, reach) else {
            return Ok(None);
        };
        let before = stored.api_key.clone();
        let Some(after) = reach.changed(&before, changes, at)? else {
            return Ok(Some(before));
        };
        let holder = (after.user_id, after.owner_principal_id, &after.name);
        if after.name != before.name && self.named(holder).is_some() {
            return Err(PortError::Duplicate(Unique::KeyName));
        }
        if let Some(Step::Rotate(new)) = &changes.step
            && self.has_access_key(&new.access_key)
        {
            return Err(PortError::Duplicate(Unique::AccessKey));
        }
        self.become_new(before, after.clone(), changes.step.as_ref(), changed);
        Ok(Some(after))
    }

    pub(super) fn become_new(
        &mut self,
        before: ApiKey,
        after: ApiKey,
        step: Option<&Step>,
        changed: &mut Vec<Change>,
    ) {
        if let Some(stored) = self.keys.get_mut(&after.id) {
            stored.api_key = after.clone();
            if let (Some(Step::Rotate(new)), Some(last)) = (step, after.rotated.last()) {
                let digest = new.secret_digest.clone().into();
                stored.secret_digests.insert(last.number, digest);
            }
        }
        changed.push(Change::Key(KeyEvent::Updated { before, after }));
    }

    fn has_access_key(&self, access_key: &AccessKey) -> bool {
        let keys = self.keys.values();
        let mut credentials = keys.flat_map(|stored| stored.api_key.credentials());
        credentials.any(|one| one.access_key == *access_key)
    }

    /// Returns the key that has a name for a user and a principal.
    pub(super) fn named(
        &self,
        (user, owner, name): (UserId, PrincipalId, &KeyName),
    ) -> Option<ApiKeyId> {
        let mut keys = self.keys.values().map(|stored| &stored.api_key);
        let named = keys.find(|key| {
            key.holds_name()
                && (key.user_id, key.owner_principal_id) == (user, owner)
                && key.name == *name
        });
        named.map(|key| key.id)
    }
}
