//! Imports into the in-memory store.

use super::{
    Memory,
    import_facts::Asked,
    state::{State, StoredKey, StoredMembership},
};
use apikey_domain::{
    access::{authority::Authority, policy::last_admin::is_active_admin},
    change::{Change, KeyEvent, Membership, Transition},
    error::PortError,
    identifier::{ApiKeyId, PrincipalId, UserId},
    identity::{organization::Role, user::UserCredential},
    import::{
        decision::{Action, decide, is_of_another_source},
        draft::{Draft, Drafted, NO_PASSWORD},
        facts::{Administrators, Facts, HighestIds, ImportOptions, Known},
        finding::Outcome,
        source::{RowId, RowKind, SourceName, SourceRow},
        state::RowState,
    },
    key::{api_key::ApiKey, credential::CredentialNumber},
    port::import_store::{Brought, ImportBatch, ImportStore, ImportView},
    timestamp::Timestamp,
};
use async_trait::async_trait;
use std::collections::BTreeMap;

#[async_trait]
impl ImportStore for Memory {
    async fn bring(&self, by: Authority, batch: ImportBatch) -> Result<Brought, PortError> {
        let at = by.at();
        self.write(by, |state, changed| state.bring(at, &batch, changed))
    }
}

#[async_trait]
impl ImportView for Memory {
    async fn facts(
        &self,
        source: &SourceName,
        options: &ImportOptions,
        drafted: &Drafted,
        merged: &BTreeMap<i64, UserId>,
    ) -> Result<Facts, PortError> {
        let asked = Asked { source, merged };
        Ok(self.read().import_facts(asked, options, drafted))
    }

    async fn administrators(&self) -> Result<Administrators, PortError> {
        let state = self.read();
        let stored = state.users.values();
        let admins = stored.filter(|stored| is_active_admin(&stored.user));
        let has_password = |stored: &&UserCredential| stored.password_hash.as_str() != NO_PASSWORD;
        Ok(Administrators {
            all: admins.clone().count() as u64,
            with_password: admins.filter(has_password).count() as u64,
        })
    }

    async fn organization_admins(&self, organization: PrincipalId) -> Result<u64, PortError> {
        let state = self.read();
        let all = state.memberships.iter();
        let admins = all
            .filter(|((of, _), membership)| *of == organization && membership.role == Role::Admin);
        Ok(admins.count() as u64)
    }

    async fn imported(
        &self,
        source: &SourceName,
        kind: RowKind,
        after: &str,
        most: u32,
    ) -> Result<Vec<RowId>, PortError> {
        let state = self.read();
        let is_listed = |((of, row), known): &(&(String, RowId), &Known)| {
            of == source.as_str()
                && row.kind == kind
                && row.text.as_str() > after
                && known.state != RowState::gone()
        };
        let rows = state.imported.iter().filter(is_listed);
        Ok(rows
            .map(|((_, row), _)| row.clone())
            .take(most as usize)
            .collect())
    }
}

impl State {
    fn bring(
        &mut self,
        at: Timestamp,
        batch: &ImportBatch,
        changed: &mut Vec<Change>,
    ) -> Result<Brought, PortError> {
        for row in &batch.rows {
            let known = self.imported(&batch.source, &row.id());
            if known.is_some_and(|known| is_of_another_source(known, row.created_at())) {
                return Ok(Brought::AnotherSource(row.id()));
            }
        }
        if batch.options.keep_ids {
            let drafted = batch.rows.iter().map(|row| Drafted::of(row, at));
            let drafts = Vec::from_iter(drafted.flatten().map(|drafted| drafted.draft));
            self.reserve(batch.options.highest.or(HighestIds::of(drafts.iter())));
        }
        let outcomes = batch.rows.iter();
        let outcomes = outcomes.map(|row| self.bring_one(at, batch, row, changed));
        Ok(Brought::Done(outcomes.collect()))
    }

    fn bring_one(
        &mut self,
        at: Timestamp,
        batch: &ImportBatch,
        row: &SourceRow,
        changed: &mut Vec<Change>,
    ) -> Outcome {
        let drafted = match Drafted::of(row, at) {
            Ok(drafted) => drafted,
            Err(skipped) => return skipped,
        };
        let asked = Asked {
            source: &batch.source,
            merged: &BTreeMap::new(),
        };
        let facts = self.import_facts(asked, &batch.options, &drafted);
        let before = facts.known().cloned();
        let (draft, state) = (drafted.draft.clone(), drafted.state.clone());
        let decision = decide(drafted, &facts, &batch.options, at);
        let became = match self.make(at, &draft, &decision.action, before.as_ref(), changed) {
            Ok(Some(became)) => became,
            Ok(None) => return decision.outcome(),
            Err(error) => return decision.refused(&error),
        };
        let target = became.target;
        let known = Known {
            state,
            created_at: row.created_at(),
            ..became
        };
        let key = (batch.source.as_str().to_owned(), row.id());
        self.imported.insert(key, known);
        match before {
            None => decision.became(target),
            Some(_) => decision.outcome(),
        }
    }

    /// Makes what was decided. Returns what the row became, without its state.
    fn make(
        &mut self,
        at: Timestamp,
        draft: &Draft,
        action: &Action,
        before: Option<&Known>,
        changed: &mut Vec<Change>,
    ) -> Result<Option<Known>, PortError> {
        let known = |target: i64, left_at: Option<Timestamp>, is_merged: bool| {
            let state = RowState::gone();
            Ok(Some(Known {
                target,
                state,
                left_at,
                is_merged,
                created_at: None,
            }))
        };
        match (action, draft) {
            (Action::Nothing, _) => Ok(None),
            (Action::Remember, _) => Ok(before.cloned()),
            (Action::CreateUser { id, principal }, Draft::User(draft)) => {
                let id = self.user_id(*id);
                let user = draft.stored(id, self.principal_id(*principal));
                let stored = UserCredential {
                    user: user.clone(),
                    password_hash: draft.password_hash.clone(),
                };
                self.users.insert(id, stored);
                self.remember_likeness(&user);
                let left_at = user.updated_at;
                changed.push(Change::User(Transition::Created(user)));
                known(id.0, Some(left_at), false)
            }
            (Action::CreateOrganization { id, slug }, Draft::Organization(draft)) => {
                let id = self.principal_id(*id);
                let organization = draft.stored(id, slug.clone());
                self.organizations.insert(id, organization.clone());
                let left_at = organization.updated_at;
                changed.push(Change::Organization(Transition::Created(organization)));
                known(id.0, Some(left_at), false)
            }
            (Action::AddMember(organization, user, role), Draft::Membership(draft)) => {
                let stored = StoredMembership {
                    role: *role,
                    created_at: draft.created_at,
                };
                self.memberships.insert((*organization, *user), stored);
                let created = membership(*organization, *user, *role);
                changed.push(Change::Member(Transition::Created(created)));
                known(user.0, None, false)
            }
            (Action::CreateKey { id, name, holder }, Draft::Key(draft)) => {
                let id = self.key_id(*id);
                let key = draft.stored(id, name.clone(), holder.clone());
                let digests = [(CredentialNumber::FIRST, draft.digest.clone())];
                let stored = StoredKey {
                    api_key: key.clone(),
                    secret_digests: BTreeMap::from(digests),
                };
                self.keys.insert(id, stored);
                let left_at = key.updated_at;
                changed.push(Change::Key(KeyEvent::Created(key)));
                known(id.0, Some(left_at), false)
            }
            (Action::MergeUser(user) | Action::MergeMember(user), _) => known(user.0, None, true),
            (Action::ChangeUser(id, changes), _) => {
                let user = self.update_user(at, (*id, None), changes.as_ref().clone(), changed)?;
                known(id.0, user.map(|user| user.updated_at), false)
            }
            (Action::ChangeOrganization(id, changes), _) => {
                let one = self.update_organization(at, *id, changes.clone(), changed)?;
                known(id.0, one.map(|one| one.updated_at), false)
            }
            (Action::ChangeMember(organization, user, role), _) => {
                let after = membership(*organization, *user, *role);
                self.update_member(after, changed)?;
                known(user.0, None, false)
            }
            (Action::EndMember(organization, user), _) => {
                self.remove_member(*organization, *user, changed)?;
                known(user.0, None, false)
            }
            (Action::ChangeKey(after), _) => {
                self.replace_key(after.as_ref().clone(), changed);
                known(after.id.0, Some(after.updated_at), false)
            }
            _ => Ok(None),
        }
    }

    fn replace_key(&mut self, after: ApiKey, changed: &mut Vec<Change>) {
        if let Some(stored) = self.keys.get(&after.id) {
            let before = stored.api_key.clone();
            self.become_new(before, after, None, changed);
        }
    }

    /// Sees to it that the ids which are given are above these.
    fn reserve(&mut self, highest: HighestIds) {
        self.keep_user_id(UserId(highest.users));
        self.keep_principal_id(PrincipalId(highest.principals));
        self.keep_key_id(ApiKeyId(highest.keys));
    }

    fn user_id(&mut self, kept: Option<i64>) -> UserId {
        match kept {
            Some(id) => self.keep_user_id(UserId(id)),
            None => self.next_user_id(),
        }
    }

    fn principal_id(&mut self, kept: Option<i64>) -> PrincipalId {
        match kept {
            Some(id) => self.keep_principal_id(PrincipalId(id)),
            None => self.next_principal_id(),
        }
    }

    fn key_id(&mut self, kept: Option<i64>) -> ApiKeyId {
        match kept {
            Some(id) => self.keep_key_id(ApiKeyId(id)),
            None => self.next_key_id(),
        }
    }

    pub(super) fn imported(&self, source: &SourceName, row: &RowId) -> Option<&Known> {
        let key = (source.as_str().to_owned(), row.clone());
        self.imported.get(&key)
    }
}

fn membership(organization_id: PrincipalId, user_id: UserId, role: Role) -> Membership {
    Membership {
        organization_id,
        user_id,
        role,
    }
}
