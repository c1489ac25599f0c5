//! What the in-memory store knows about rows that are to be imported.

use super::state::State;
use apikey_domain::{
    change::event::Event,
    identifier::{ApiKeyId, PrincipalId, UserId},
    identity::user::User,
    import::{
        draft::{Draft, Drafted, KeyDraft},
        facts::{
            Current, Facts, GoneFacts, ImportOptions, KeyFacts, Known, MembershipFacts,
            OrganizationFacts, UserFacts,
        },
        source::{Reference, RowId, RowKind, SourceName},
    },
    name::Likeness,
};
use std::collections::BTreeMap;

/// What is asked about.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) source: &'a SourceName,
    /// Which users of it are which users here, though that is not remembered.
    pub(super) merged: &'a BTreeMap<i64, UserId>,
}

impl State {
    pub(super) fn import_facts(
        &self,
        asked: Asked<'_>,
        options: &ImportOptions,
        drafted: &Drafted,
    ) -> Facts {
        let source = asked.source;
        let known = self.imported(source, drafted.row()).cloned();
        match &drafted.draft {
            Draft::User(draft) => {
                let name = draft.username.as_str();
                let current = known.as_ref().map(|known| UserId(known.target));
                let likeness = Likeness::of(name);
                let is_alike = |(id, other): (&UserId, &Likeness)| {
                    Some(*id) != current && likeness.is_like(other)
                };
                Facts::User(Box::new(UserFacts {
                    current: current.and_then(|id| self.users.get(&id).cloned()),
                    namesake: self.user_named(name).map(|user| user.id),
                    mapped: options
                        .map
                        .get(&draft.source_name)
                        .map(|name| self.user_named(name).cloned()),
                    is_alike: self.likenesses.iter().any(is_alike),
                    is_id_free: self.is_user_id_free(draft.id),
                    is_principal_free: self.is_principal_free(draft.id),
                    known,
                }))
            }
            Draft::Organization(draft) => {
                let current = known.as_ref().map(|known| PrincipalId(known.target));
                let organizations = self.organizations.values();
                let slugs = organizations.map(|one| one.slug.as_str().to_owned());
                Facts::Organization(Box::new(OrganizationFacts {
                    current: current.and_then(|id| self.organizations.get(&id).cloned()),
                    taken: slugs.collect(),
                    is_id_free: self.is_principal_free(draft.id),
                    known,
                }))
            }
            Draft::Membership(draft) => {
                let organization = self.organization_of(source, draft.organization);
                let user = self.user_of(asked, draft.user).map(|user| user.id);
                let current = organization.zip(user);
                let current = current.and_then(|of| self.memberships.get(&of));
                Facts::Membership(Box::new(MembershipFacts {
                    known,
                    organization,
                    user,
                    current: current.map(|membership| membership.role),
                }))
            }
            Draft::Key(draft) => Facts::Key(Box::new(self.key_facts_of(asked, draft, known))),
            Draft::End => Facts::Gone(Box::new(self.gone_facts(source, drafted.row(), known))),
        }
    }

    fn key_facts_of(&self, asked: Asked<'_>, draft: &KeyDraft, known: Option<Known>) -> KeyFacts {
        let keys = || self.keys.values().map(|stored| &stored.api_key);
        let current = known.as_ref().map(|known| ApiKeyId(known.target));
        let current = current.and_then(|id| keys().find(|key| key.id == id).cloned());
        let user = match &draft.user {
            Reference::Row(id) => self.user_of(asked, *id),
            Reference::Name(name) => self.user_named(name),
        };
        let is_own = draft.is_own();
        let organization = match &draft.owner {
            _ if is_own => None,
            Some(Reference::Row(id)) => self.organization_of(asked.source, *id),
            Some(Reference::Name(slug)) => {
                let mut organizations = self.organizations.values();
                let found = organizations.find(|one| one.slug.as_str() == slug);
                found.map(|organization| organization.id)
            }
            None => None,
        };
        let membership = organization.zip(user.map(|user| user.id));
        let own = user.map(|user| user.principal_id);
        let owner = if is_own { own } else { organization };
        let of = match &current {
            Some(key) => Some((key.user_id, key.owner_principal_id)),
            None => user.map(|user| user.id).zip(owner),
        };
        let has_name = |key: &&apikey_domain::key::api_key::ApiKey| {
            key.holds_name() && Some((key.user_id, key.owner_principal_id)) == of
        };
        let names = keys()
            .filter(has_name)
            .map(|key| key.name.as_str().to_owned());
        let has_access_key = |key: &&apikey_domain::key::api_key::ApiKey| {
            let credentials = key.credentials();
            let mut credentials = credentials.iter();
            credentials.any(|one| one.access_key == draft.access_key)
        };
        KeyFacts {
            known,
            user: user.cloned(),
            organization,
            is_member: membership.is_some_and(|of| self.memberships.contains_key(&of)),
            holder: keys().find(has_access_key).map(|key| key.id),
            taken: names.collect(),
            is_id_free: draft.id.is_some_and(|id| self.is_key_id_free(id)),
            current,
        }
    }

    fn gone_facts(&self, source: &SourceName, row: &RowId, known: Option<Known>) -> GoneFacts {
        let target = known.as_ref().map(|known| known.target);
        let current = target.and_then(|target| match row.kind {
            RowKind::User => {
                let stored = self.users.get(&UserId(target))?;
                Some(Current::User(stored.clone()))
            }
            RowKind::Organization => {
                let organization = self.organizations.get(&PrincipalId(target))?;
                Some(Current::Organization(organization.clone()))
            }
            RowKind::Membership => {
                let (organization, _) = row.as_membership()?;
                let organization = self.organization_of(source, organization)?;
                let user = UserId(target);
                let role = self.memberships.get(&(organization, user))?.role;
                Some(Current::Membership(organization, user, role))
            }
            RowKind::Key => {
                let stored = self.keys.get(&ApiKeyId(target))?;
                Some(Current::Key(Box::new(stored.api_key.clone())))
            }
        });
        GoneFacts { known, current }
    }

    fn user_of(&self, Asked { source, merged }: Asked<'_>, id: i64) -> Option<&User> {
        let row = RowId::numbered(RowKind::User, id);
        let id = match merged.get(&id) {
            Some(id) => *id,
            None => UserId(self.imported(source, &row)?.target),
        };
        self.users.get(&id).map(|stored| &stored.user)
    }

    fn organization_of(&self, source: &SourceName, id: i64) -> Option<PrincipalId> {
        let row = RowId::numbered(RowKind::Organization, id);
        let id = PrincipalId(self.imported(source, &row)?.target);
        self.organizations.contains_key(&id).then_some(id)
    }

    fn user_named(&self, name: &str) -> Option<&User> {
        let mut users = self.users.values().map(|stored| &stored.user);
        users.find(|user| user.username.as_str() == name)
    }

    fn has_event(&self, is_about: impl Fn(&Event) -> bool) -> bool {
        self.events.iter().any(is_about)
    }

    fn is_user_id_free(&self, id: i64) -> bool {
        let is_about = |event: &Event| event.change.user_id() == Some(UserId(id));
        !self.users.contains_key(&UserId(id)) && !self.has_event(is_about)
    }

    fn is_principal_free(&self, id: i64) -> bool {
        let is_about = |event: &Event| event.change.principal_id() == Some(PrincipalId(id));
        !self.is_principal(PrincipalId(id)) && !self.has_event(is_about)
    }

    fn is_key_id_free(&self, id: i64) -> bool {
        let is_about = |event: &Event| event.change.api_key_id() == Some(ApiKeyId(id));
        !self.keys.contains_key(&ApiKeyId(id)) && !self.has_event(is_about)
    }
}
