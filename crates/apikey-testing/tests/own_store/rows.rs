//! The rows of keys, and what must hold of all of them.

use apikey_domain::{
    access::authority::{Authority, CurrentKey, CurrentRights},
    error::{PortError, Unique},
    identifier::{ApiKeyId, PrincipalId, UserId},
    key::{
        api_key::{ApiKey, NewApiKey},
        credential::CredentialNumber,
        digest::StoredDigest,
        key_name::KeyName,
        rotation::Step,
        token::AccessKey,
    },
};
use std::collections::HashMap;

/// The digests of the credentials of a key.
pub(super) type Digests = HashMap<CredentialNumber, StoredDigest>;

/// The keys, with the highest id that one was given.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) keys: HashMap<ApiKeyId, (ApiKey, Digests)>,
    pub(super) last_id: i64,
}

impl Rows {
    pub(super) fn judge(&self, by: &Authority, rights: CurrentRights) -> Result<(), PortError> {
        let grounds = by.grounds();
        let key = grounds.and_then(|grounds| {
            let (key, _) = self.keys.get(&grounds.key_id?)?;
            Some(CurrentKey::of(key, grounds.credential))
        });
        let rights = CurrentRights { key, ..rights };
        let judged = by.judge(&rights);
        judged.map(|_| ()).map_err(PortError::Denied)
    }

    /// Returns what becomes of the key that a new one replaces, if there is one.
    pub(super) fn check_unique(&self, new: &NewApiKey) -> Result<Option<ApiKey>, PortError> {
        let named = self.named(new.user_id, new.owner_principal_id, &new.name);
        let named = named.and_then(|id| self.keys.get(&id));
        let superseded = named.and_then(|(key, _)| new.superseded(key));
        if named.is_some() && superseded.is_none() {
            return Err(PortError::Duplicate(Unique::KeyName));
        }
        if self.has_access_key(&new.access_key) {
            return Err(PortError::Duplicate(Unique::AccessKey));
        }
        Ok(superseded)
    }

    pub(super) fn has_access_key(&self, access_key: &AccessKey) -> bool {
        let keys = self.keys.values();
        let mut credentials = keys.flat_map(|(key, _)| key.credentials());
        credentials.any(|one| one.access_key == *access_key)
    }

    pub(super) fn named(
        &self,
        user: UserId,
        owner: PrincipalId,
        name: &KeyName,
    ) -> Option<ApiKeyId> {
        let has_name = |key: &&ApiKey| {
            let is_of_owner = (key.user_id, key.owner_principal_id) == (user, owner);
            is_of_owner && key.name == *name && key.holds_name()
        };
        let mut keys = self.keys.values().map(|(key, _)| key);
        keys.find(has_name).map(|key| key.id)
    }

    pub(super) fn update(
        &mut self,
        before: &ApiKey,
        after: Option<ApiKey>,
        step: Option<&Step>,
    ) -> Result<ApiKey, PortError> {
        let Some(after) = after else {
            return Ok(before.clone());
        };
        let named = self.named(after.user_id, after.owner_principal_id, &after.name);
        if named.is_some_and(|id| id != after.id) {
            return Err(PortError::Duplicate(Unique::KeyName));
        }
        if let Some(Step::Rotate(new)) = step
            && self.has_access_key(&new.access_key)
        {
            return Err(PortError::Duplicate(Unique::AccessKey));
        }
        if let Some((key, digests)) = self.keys.get_mut(&after.id) {
            key.clone_from(&after);
            if let (Some(Step::Rotate(new)), Some(last)) = (step, after.rotated.last()) {
                digests.insert(last.number, new.secret_digest.clone().into());
            }
        }
        Ok(after)
    }
}
