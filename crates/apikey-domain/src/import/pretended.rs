//! What an import would have done so far, that does nothing.

mod admins;
mod keys;
mod taken;

pub use admins::LastAdmin;

use super::{
    decision::Action,
    draft::{Draft, Drafted, KeyDraft, MembershipDraft, OrganizationDraft, UserDraft},
    facts::{
        Administrators, Facts, ImportOptions, KeyFacts, MembershipFacts, OrganizationFacts,
        UserFacts,
    },
    source::Reference,
};
use crate::{
    error::Refusal,
    identifier::{PrincipalId, UserId},
    identity::{organization::Role, user::User},
    name::Likeness,
    timestamp::Timestamp,
};
use admins::Admins;
use keys::Keys;
use std::collections::{BTreeMap, BTreeSet};
use taken::Taken;

/// What would be there by now, beside what is there. Of keys it keeps numbers alone: for a
/// million of them it takes less than 100 MB.
#[derive(Default)]
pub struct Pretended {
    /// Which users of the source would be which users that are here.
    merged: BTreeMap<i64, UserId>,
    /// Which would be which users that would be created.
    created: BTreeMap<i64, UserId>,
    /// The users that would be created or changed, as they would be.
    users: BTreeMap<UserId, User>,
    usernames: BTreeMap<String, UserId>,
    likenesses: BTreeMap<i64, Vec<String>>,
    organizations: BTreeMap<i64, PrincipalId>,
    slugs: Taken<String>,
    members: BTreeMap<(PrincipalId, UserId), Role>,
    user_ids: BTreeSet<i64>,
    principal_ids: BTreeSet<i64>,
    keys: Keys,
    admins: Admins,
    /// An id below all that there are.
    last_id: i64,
}

// === impl Pretended ===

impl Pretended {
    /// Returns which users of the source would be which users that are here, by their ids
    /// there, as far as no store remembers it.
    pub fn merged(&self) -> &BTreeMap<i64, UserId> {
        &self.merged
    }

    /// Adds to what a store knows of a row what would be there by now.
    pub fn add_to(&self, drafted: &Drafted, options: &ImportOptions, facts: &mut Facts) {
        match (&drafted.draft, facts) {
            (Draft::User(draft), Facts::User(facts)) => self.add_user(draft, options, facts),
            (Draft::Organization(draft), Facts::Organization(facts)) => {
                self.add_organization(draft, facts);
            }
            (Draft::Membership(draft), Facts::Membership(facts)) => {
                self.add_membership(draft, facts);
            }
            (Draft::Key(draft), Facts::Key(facts)) => {
                self.add_holder(draft, facts);
                self.keys.add_to(draft, facts);
            }
            _ => {}
        }
    }

    fn add_user(&self, draft: &UserDraft, options: &ImportOptions, facts: &mut UserFacts) {
        let name = draft.username.as_str();
        facts.namesake = self.named(name, facts.namesake);
        if let Some(name) = options.map.get(&draft.source_name)
            && let Some(mapped) = &mut facts.mapped
        {
            let id = self.named(name, mapped.as_ref().map(|user| user.id));
            let other = id.and_then(|id| self.users.get(&id)).cloned();
            *mapped = other.or_else(|| mapped.take().filter(|user| Some(user.id) == id));
        }
        let likeness = Likeness::of(name);
        let keys = likeness.keys();
        let mut alike = keys.iter().filter_map(|key| self.likenesses.get(key));
        let is_alike = alike.any(|names| {
            let mut others = names.iter().filter(|other| *other != name);
            others.any(|other| likeness.is_like(&Likeness::of(other)))
        });
        facts.is_alike |= is_alike;
        facts.is_id_free &= !self.user_ids.contains(&draft.id);
        facts.is_principal_free &= !self.principal_ids.contains(&draft.id);
    }

    /// Returns who has a name by now.
    fn named(&self, name: &str, stored: Option<UserId>) -> Option<UserId> {
        let keeps_it = |id: &UserId| {
            let changed = self.users.get(id);
            changed.is_none_or(|user| user.username.as_str() == name)
        };
        let stored = stored.filter(keeps_it);
        stored.or_else(|| self.usernames.get(name).copied())
    }

    fn add_organization(&self, draft: &OrganizationDraft, facts: &mut OrganizationFacts) {
        let slugs = draft.slugs.iter().map(|slug| slug.as_str().to_owned());
        let is_taken = |slug: &String| self.slugs.has(slug, facts.taken.contains(slug));
        facts.taken = slugs.filter(is_taken).collect();
        facts.is_id_free &= !self.principal_ids.contains(&draft.id);
    }

    fn add_membership(&self, draft: &MembershipDraft, facts: &mut MembershipFacts) {
        let organization = self.organizations.get(&draft.organization).copied();
        facts.organization = facts.organization.or(organization);
        facts.user = facts.user.or(self.created.get(&draft.user).copied());
        if let (Some(organization), Some(user)) = (facts.organization, facts.user) {
            let role = self.members.get(&(organization, user)).copied();
            facts.current = role.or(facts.current);
        }
    }

    fn add_holder(&self, draft: &KeyDraft, facts: &mut KeyFacts) {
        let id = match (&facts.user, &draft.user) {
            (Some(user), _) => Some(user.id),
            (None, Reference::Row(id)) => self.created.get(id).copied(),
            (None, Reference::Name(_)) => None,
        };
        if let Some(user) = id.and_then(|id| self.users.get(&id)) {
            facts.user = Some(user.clone());
        }
        if facts.organization.is_none()
            && let Some(Reference::Row(id)) = &draft.owner
            && !draft.is_own()
        {
            facts.organization = self.organizations.get(id).copied();
        }
        if let (Some(user), Some(organization)) = (&facts.user, facts.organization) {
            facts.is_member |= self.members.contains_key(&(organization, user.id));
        }
    }

    /// Returns why one of so many administrators that there are must remain, if it is the
    /// last one by now.
    pub fn refusal(&self, admin: LastAdmin, stored: u64) -> Option<Refusal> {
        self.admins.refusal(admin, stored)
    }

    /// Returns how many administrators there would be by now.
    pub fn administrators(&self, stored: Administrators) -> Administrators {
        self.admins.with(stored)
    }

    /// Takes what was decided as done.
    pub fn note(&mut self, drafted: &Drafted, facts: &Facts, action: &Action, now: Timestamp) {
        self.admins.note(&drafted.draft, facts, action, now);
        match (&drafted.draft, action) {
            (Draft::User(draft), Action::MergeUser(id)) => {
                let of_these = match self.user_ids.contains(&id.0) {
                    true => &mut self.created,
                    false => &mut self.merged,
                };
                of_these.insert(draft.id, *id);
            }
            (Draft::User(draft), Action::CreateUser { id, principal }) => {
                let id = id.unwrap_or_else(|| self.next_id());
                let principal = principal.unwrap_or_else(|| self.next_id());
                self.user_ids.insert(id);
                self.principal_ids.insert(principal);
                self.created.insert(draft.id, UserId(id));
                self.become_user(draft.stored(UserId(id), PrincipalId(principal)));
            }
            (_, Action::ChangeUser(_, changes)) => {
                if let Some(before) = facts.user() {
                    self.become_user(changes.applied_to(&before.user, now));
                }
            }
            (Draft::Organization(draft), Action::CreateOrganization { id, slug }) => {
                let id = id.unwrap_or_else(|| self.next_id());
                self.principal_ids.insert(id);
                self.slugs.take(slug.as_str().to_owned());
                self.organizations.insert(draft.id, PrincipalId(id));
            }
            (_, Action::ChangeOrganization(_, changes)) => {
                if let Facts::Organization(facts) = facts
                    && let (Some(before), Some(slug)) = (&facts.current, &changes.slug)
                {
                    self.slugs.free(before.slug.as_str().to_owned());
                    self.slugs.take(slug.as_str().to_owned());
                }
            }
            (_, Action::AddMember(organization, user, role))
            | (_, Action::ChangeMember(organization, user, role)) => {
                self.members.insert((*organization, *user), *role);
            }
            (Draft::Key(draft), Action::CreateKey { id, name, holder }) => {
                let given = id.unwrap_or_else(|| self.next_id());
                self.keys.create(draft, (*id, given), name, holder);
            }
            (_, Action::ChangeKey(after)) => self.keys.change(facts, after),
            _ => {}
        }
    }

    fn become_user(&mut self, user: User) {
        let name = user.username.as_str().to_owned();
        for key in Likeness::of(&name).keys() {
            self.likenesses.entry(key).or_default().push(name.clone());
        }
        self.usernames.insert(name, user.id);
        self.users.insert(user.id, user);
    }

    fn next_id(&mut self) -> i64 {
        self.last_id -= 1;
        self.last_id
    }
}
