//! What an import would have done so far, that does nothing.

use super::{
    decision::{Action, Decision},
    draft::{Draft, Drafted},
    facts::{Facts, KeyFacts, MembershipFacts, OrganizationFacts, UserFacts},
    source::Reference,
};
use crate::{
    identifier::{ApiKeyId, PrincipalId, UserId},
    identity::{organization::Role, user::User},
    name::Likeness,
};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// What would be there by now, beside what is there. Of keys it keeps numbers alone: for a
/// million of them it takes less than 100 MB.
#[derive(Default)]
pub struct Pretended {
    users: BTreeMap<i64, User>,
    usernames: BTreeMap<String, UserId>,
    likenesses: BTreeMap<i64, Vec<String>>,
    organizations: BTreeMap<i64, PrincipalId>,
    slugs: BTreeSet<String>,
    members: BTreeMap<(PrincipalId, UserId), Role>,
    /// Names and access keys of keys, as numbers.
    taken: BTreeSet<u64>,
    ids: BTreeSet<(Space, i64)>,
    /// An id below all that there are.
    last_id: i64,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Space {
    Users,
    Principals,
    Keys,
}

impl Pretended {
    /// Adds to what a store knows of a row what would be there by now.
    pub fn add_to(&self, drafted: &Drafted, facts: &mut Facts) {
        match (&drafted.draft, facts) {
            (Draft::User(draft), Facts::User(facts)) => {
                self.add_user(draft.username.as_str(), draft.id, facts);
            }
            (Draft::Organization(draft), Facts::Organization(facts)) => {
                let slugs = draft.slugs.iter().map(|slug| slug.as_str().to_owned());
                self.add_organization(slugs, draft.id, facts);
            }
            (Draft::Membership(draft), Facts::Membership(facts)) => {
                self.add_membership(draft.organization, draft.user, facts);
            }
            (Draft::Key(draft), Facts::Key(facts)) => {
                self.add_holder((&draft.user, draft.owner.as_ref()), facts);
                let holder = holder(facts, draft.owner.is_none() || is_own(draft));
                let names = draft.names.iter().map(|name| name.as_str());
                let taken = names
                    .filter(|name| holder.is_some_and(|of| self.taken.contains(&named(of, name))));
                facts.taken.extend(taken.map(str::to_owned));
                let access_key = number(&["access key", draft.access_key.as_str()]);
                if self.taken.contains(&access_key) {
                    facts.holder = facts.holder.or(Some(ApiKeyId(0)));
                }
                let id = draft.id.unwrap_or_default();
                facts.is_id_free &= !self.ids.contains(&(Space::Keys, id));
            }
            _ => {}
        }
    }

    fn add_user(&self, name: &str, id: i64, facts: &mut UserFacts) {
        let namesake = self.usernames.get(name).copied();
        facts.namesake = facts.namesake.or(namesake);
        let likeness = Likeness::of(name);
        let keys = likeness.keys();
        let mut alike = keys.iter().filter_map(|key| self.likenesses.get(key));
        let is_alike = alike.any(|names| {
            let mut others = names.iter().filter(|other| *other != name);
            others.any(|other| likeness.is_like(&Likeness::of(other)))
        });
        facts.is_alike |= is_alike;
        facts.is_id_free &= !self.ids.contains(&(Space::Users, id));
        facts.is_principal_free &= !self.ids.contains(&(Space::Principals, id));
    }

    fn add_organization(
        &self,
        slugs: impl Iterator<Item = String>,
        id: i64,
        facts: &mut OrganizationFacts,
    ) {
        facts
            .taken
            .extend(slugs.filter(|slug| self.slugs.contains(slug)));
        facts.is_id_free &= !self.ids.contains(&(Space::Principals, id));
    }

    fn add_membership(&self, organization: i64, user: i64, facts: &mut MembershipFacts) {
        let organization = self.organizations.get(&organization).copied();
        facts.organization = facts.organization.or(organization);
        facts.user = facts.user.or(self.users.get(&user).map(|user| user.id));
        if let (Some(organization), Some(user)) = (facts.organization, facts.user) {
            let role = self.members.get(&(organization, user)).copied();
            facts.current = facts.current.or(role);
        }
    }

    fn add_holder(&self, (user, owner): (&Reference, Option<&Reference>), facts: &mut KeyFacts) {
        if facts.user.is_none()
            && let Reference::Row(id) = user
        {
            facts.user = self.users.get(id).cloned();
        }
        if facts.organization.is_none()
            && let Some(Reference::Row(id)) = owner
        {
            facts.organization = self.organizations.get(id).copied();
        }
        if let (Some(user), Some(organization)) = (&facts.user, facts.organization) {
            facts.is_member |= self.members.contains_key(&(organization, user.id));
        }
    }

    /// Takes what was decided as done.
    pub fn note(&mut self, drafted: &Drafted, facts: &Facts, decision: &Decision) {
        match (&drafted.draft, &decision.action) {
            (Draft::User(draft), Action::MergeUser(_)) => {
                if let Facts::User(facts) = facts
                    && let Some(Some(user)) = &facts.mapped
                {
                    self.users.insert(draft.id, user.clone());
                }
            }
            (Draft::User(draft), Action::CreateUser { id, principal }) => {
                let id = id.unwrap_or_else(|| self.next_id());
                let principal = principal.unwrap_or_else(|| self.next_id());
                self.ids.insert((Space::Users, id));
                self.ids.insert((Space::Principals, principal));
                let user = draft.stored(UserId(id), PrincipalId(principal));
                let name = user.username.as_str().to_owned();
                for key in Likeness::of(&name).keys() {
                    self.likenesses.entry(key).or_default().push(name.clone());
                }
                self.usernames.insert(name, user.id);
                self.users.insert(draft.id, user);
            }
            (Draft::Organization(draft), Action::CreateOrganization { id, slug }) => {
                let id = id.unwrap_or_else(|| self.next_id());
                self.ids.insert((Space::Principals, id));
                self.slugs.insert(slug.as_str().to_owned());
                self.organizations.insert(draft.id, PrincipalId(id));
            }
            (Draft::Membership(_), Action::AddMember(organization, user, role)) => {
                self.members.insert((*organization, *user), *role);
            }
            (Draft::Key(draft), Action::CreateKey { id, name, holder }) => {
                let of = (holder.user_id, holder.owner);
                self.taken.insert(named(of, name.as_str()));
                let access_key = number(&["access key", draft.access_key.as_str()]);
                self.taken.insert(access_key);
                if let Some(id) = id {
                    self.ids.insert((Space::Keys, *id));
                }
            }
            _ => {}
        }
    }

    fn next_id(&mut self) -> i64 {
        self.last_id -= 1;
        self.last_id
    }
}

/// Returns whether a key acts for its user.
fn is_own(draft: &super::draft::KeyDraft) -> bool {
    draft.owner.as_ref() == Some(&draft.user)
}

fn holder(facts: &KeyFacts, is_own: bool) -> Option<(UserId, PrincipalId)> {
    let user = facts.user.as_ref()?;
    let owner = match is_own {
        true => Some(user.principal_id),
        false => facts.organization,
    };
    Some((user.id, owner?))
}

fn named((user, owner): (UserId, PrincipalId), name: &str) -> u64 {
    number(&[&user.to_string(), &owner.to_string(), name])
}

/// Returns a number that no two texts share, but for one in many millions.
fn number(texts: &[&str]) -> u64 {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update((text.len() as u64).to_be_bytes());
        digest.update(text.as_bytes());
    }
    let digest = digest.finalize();
    let first = digest.iter().take(8);
    first.fold(0, |number, byte| number << 8 | u64::from(*byte))
}
