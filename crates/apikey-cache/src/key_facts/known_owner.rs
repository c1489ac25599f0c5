//! The owner of a key that is loaded, if other keys in the cache have it.

use super::{fingerprint::Fingerprint, owners::Owners, revisions::Revisions};
use apikey_domain::{
    identifier::{PrincipalId, UserId},
    port::key_facts_store::KnownOwners,
    verification::facts::KeyOwner,
};
use std::sync::{Arc, OnceLock};

/// Hands out the owner of one key to the load of its row.
///
/// The owner carries the number that was the latest change when its own load began, and
/// is handed out only while nothing that it depends on has a higher one. Facts that are
/// made of it and of a row that was read later carry the number of the owner, as if
/// both had been read then: so a change of either makes them stale. A key that changed
/// since then would be stale at once, so its owner is read with it.
pub(crate) struct KnownOwner<'a> {
    owners: &'a Owners,
    revisions: &'a Revisions,
    key: Fingerprint,
    revision: OnceLock<u64>,
}

// === impl KnownOwner ===

impl<'a> KnownOwner<'a> {
    /// Returns what hands out the owner of `key`.
    pub(crate) fn of(key: Fingerprint, owners: &'a Owners, revisions: &'a Revisions) -> Self {
        Self {
            owners,
            revisions,
            key,
            revision: OnceLock::new(),
        }
    }

    /// Returns the number that facts carry whose load began when `revision` was the
    /// latest.
    pub(crate) fn revision_of_facts(&self, revision: u64) -> u64 {
        let owners = self.revision.get().copied();
        owners.map_or(revision, |owners| owners.min(revision))
    }
}

impl KnownOwners for KnownOwner<'_> {
    fn owner(&self, user_id: UserId, owner_principal_id: PrincipalId) -> Option<Arc<KeyOwner>> {
        let (owner, revision) = self.owners.get(user_id, owner_principal_id)?;
        if !self.revisions.is_owner_current(revision, self.key, &owner) {
            return None;
        }
        let used = *self.revision.get_or_init(|| revision);
        (used == revision).then_some(owner)
    }
}
