//! What a transaction that imports reads for all rows of its batch at once.

use super::{
    connection::Connection,
    import_lookups::{Ids, holders, present, taken},
    users,
};
use apikey_domain::{
    error::PortError,
    identifier::{ApiKeyId, PrincipalId, UserId},
    identity::user::User,
    import::{
        decision::Action,
        draft::{Draft, KeyDraft},
        facts::HighestIds,
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// What was read, and what has become of it since.
#[derive(Default)]
pub(super) struct Seen {
    users: BTreeMap<UserId, Option<User>>,
    organizations: BTreeMap<PrincipalId, bool>,
    holders: BTreeMap<String, Option<ApiKeyId>>,
    free: BTreeMap<(Ids, i64), bool>,
}

// === impl Seen ===

impl Seen {
    /// Reads which keys have the access keys of drafts, and with `keep_ids` which of their
    /// ids are free.
    pub(super) async fn read(
        &mut self,
        connection: &mut Connection,
        drafts: &[&Draft],
        keep_ids: bool,
    ) -> Result<(), PortError> {
        let keys = drafts.iter().filter_map(|draft| match draft {
            Draft::Key(draft) => Some(draft.access_key.as_str()),
            _ => None,
        });
        let access_keys = Vec::from_iter(keys);
        let mut found = holders(connection, &access_keys).await?;
        for access_key in access_keys {
            let holder = found.remove(access_key);
            self.holders.insert(access_key.to_owned(), holder);
        }
        if keep_ids {
            for space in [Ids::Users, Ids::Principals, Ids::Keys] {
                let ids = drafts.iter().filter_map(|draft| id_of(draft, space));
                let ids = Vec::from_iter(ids);
                let taken = taken(connection, space, &ids).await?;
                let free = ids.iter().map(|id| ((space, *id), !taken.contains(id)));
                self.free.extend(free);
            }
        }
        Ok(())
    }

    /// Reads users, and which of these organizations are here.
    pub(super) async fn read_holders(
        &mut self,
        connection: &mut Connection,
        of_users: BTreeSet<i64>,
        of_organizations: BTreeSet<i64>,
    ) -> Result<(), PortError> {
        self.users
            .extend(of_users.iter().map(|id| (UserId(*id), None)));
        for user in users::find_all(connection, of_users).await? {
            self.users.insert(user.id, Some(user));
        }
        let found = present(connection, &of_organizations).await?;
        let known = of_organizations.into_iter();
        self.organizations
            .extend(known.map(|id| (PrincipalId(id), found.contains(&id))));
        Ok(())
    }

    pub(super) async fn user(
        &mut self,
        connection: &mut Connection,
        id: UserId,
    ) -> Result<Option<User>, PortError> {
        if let Some(known) = self.users.get(&id) {
            return Ok(known.clone());
        }
        let found = users::find(connection, id).await?;
        self.users.insert(id, found.clone());
        Ok(found)
    }

    /// Returns whether an organization is here.
    pub(super) async fn has_organization(
        &mut self,
        connection: &mut Connection,
        id: PrincipalId,
    ) -> Result<bool, PortError> {
        if let Some(known) = self.organizations.get(&id) {
            return Ok(*known);
        }
        let found = !present(connection, &BTreeSet::from([id.0]))
            .await?
            .is_empty();
        self.organizations.insert(id, found);
        Ok(found)
    }

    /// Returns the key that has an access key.
    pub(super) async fn holder(
        &mut self,
        connection: &mut Connection,
        draft: &KeyDraft,
    ) -> Result<Option<ApiKeyId>, PortError> {
        let access_key = draft.access_key.as_str();
        match self.holders.get(access_key) {
            Some(holder) => Ok(*holder),
            None => Ok(holders(connection, &[access_key]).await?.remove(access_key)),
        }
    }

    /// Returns whether nothing has an id, or had it.
    pub(super) async fn is_free(
        &mut self,
        connection: &mut Connection,
        space: Ids,
        id: i64,
    ) -> Result<bool, PortError> {
        match self.free.get(&(space, id)) {
            Some(is_free) => Ok(*is_free),
            None => Ok(taken(connection, space, &[id]).await?.is_empty()),
        }
    }

    /// Takes what was done into account.
    pub(super) fn note(&mut self, draft: &Draft, action: &Action, target: i64) {
        match (draft, action) {
            (_, Action::CreateUser { id, principal }) => {
                self.take(Ids::Users, *id);
                self.take(Ids::Principals, *principal);
            }
            (_, Action::CreateOrganization { id, .. }) => self.take(Ids::Principals, *id),
            (Draft::Key(draft), Action::CreateKey { id, .. }) => {
                self.take(Ids::Keys, *id);
                let access_key = draft.access_key.as_str().to_owned();
                self.holders.insert(access_key, Some(ApiKeyId(target)));
            }
            (_, Action::ChangeUser(id, _)) => {
                self.users.remove(id);
            }
            _ => {}
        }
    }

    fn take(&mut self, space: Ids, id: Option<i64>) {
        self.free.extend(id.map(|id| ((space, id), false)));
    }
}

/// Returns the id of this kind that a row may keep.
fn id_of(draft: &Draft, space: Ids) -> Option<i64> {
    let HighestIds {
        users,
        principals,
        keys,
    } = HighestIds::of(std::iter::once(draft));
    let id = match space {
        Ids::Users => users,
        Ids::Principals => principals,
        Ids::Keys => keys,
    };
    Some(id).filter(|id| *id > 0)
}
