//! How many administrators there would be by now.

use crate::{
    access::policy::last_admin::{self, ends_administration, is_active_admin},
    error::Refusal,
    identifier::PrincipalId,
    identity::{
        organization::Role,
        password::PasswordHash,
        user::{User, UserCredential},
    },
    import::{
        decision::Action,
        draft::{Draft, NO_PASSWORD},
        facts::{Administrators, Current, Facts},
    },
    timestamp::Timestamp,
};
use std::collections::BTreeMap;

/// How many more administrators there would be by now than there are.
#[derive(Default)]
pub(super) struct Admins {
    all: i64,
    with_password: i64,
    of_organizations: BTreeMap<PrincipalId, i64>,
}

/// An administrator who would be one no longer, of whom one must remain.
///
/// # Example
///
/// ```
/// use apikey_domain::import::pretended::LastAdmin;
/// use apikey_domain::testing::fixture::principal_id;
///
/// assert_ne!(LastAdmin::OfPlatform, LastAdmin::OfOrganization(principal_id(40)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastAdmin {
    /// Of the platform.
    OfPlatform,
    /// Of an organization.
    OfOrganization(PrincipalId),
}

// === impl LastAdmin ===

impl LastAdmin {
    /// Returns which administrator would be one no longer, if any.
    pub fn ended_by(facts: &Facts, action: &Action) -> Option<Self> {
        match action {
            Action::ChangeUser(_, changes) => {
                let ends = ends_administration(&facts.user()?.user, changes);
                ends.then_some(Self::OfPlatform)
            }
            Action::ChangeMember(id, _, Role::User) | Action::EndMember(id, _) => {
                let is_admin = facts.role()? == Role::Admin;
                is_admin.then_some(Self::OfOrganization(*id))
            }
            _ => None,
        }
    }
}

// === impl Admins ===

impl Admins {
    /// Returns why one of so many administrators that there are must remain, if it is the
    /// last one by now.
    pub(super) fn refusal(&self, admin: LastAdmin, stored: u64) -> Option<Refusal> {
        match admin {
            LastAdmin::OfPlatform => last_admin::of_platform(sum(stored, self.all - 1)).err(),
            LastAdmin::OfOrganization(id) => {
                let more = self.of_organizations.get(&id).copied();
                let others = sum(stored, more.unwrap_or_default() - 1);
                last_admin::of_organization(id, Role::Admin, others).err()
            }
        }
    }

    /// Returns how many administrators there would be by now.
    pub(super) fn with(&self, stored: Administrators) -> Administrators {
        Administrators {
            all: sum(stored.all, self.all),
            with_password: sum(stored.with_password, self.with_password),
        }
    }

    pub(super) fn note(&mut self, draft: &Draft, facts: &Facts, action: &Action, now: Timestamp) {
        match (draft, action) {
            (Draft::User(draft), Action::CreateUser { .. }) => {
                let is_admin = draft.is_admin && draft.is_active;
                self.count((is_admin, &draft.password_hash), 1);
            }
            (_, Action::ChangeUser(_, changes)) => {
                if let Some(UserCredential {
                    user,
                    password_hash,
                }) = facts.user()
                {
                    self.count((is_active_admin(user), password_hash), -1);
                    let after: User = changes.applied_to(user, now);
                    let hash = changes.password_hash.as_ref().unwrap_or(password_hash);
                    self.count((is_active_admin(&after), hash), 1);
                }
            }
            (_, Action::AddMember(id, _, role) | Action::ChangeMember(id, _, role)) => {
                let is_admin = |role: Role| i64::from(role == Role::Admin);
                let before = facts.role().map_or(0, is_admin);
                *self.of_organizations.entry(*id).or_default() += is_admin(*role) - before;
            }
            (_, Action::EndMember(id, _)) if facts.role() == Some(Role::Admin) => {
                *self.of_organizations.entry(*id).or_default() -= 1;
            }
            _ => {}
        }
    }

    fn count(&mut self, (is_admin, hash): (bool, &PasswordHash), number: i64) {
        if is_admin {
            self.all += number;
            if hash.as_str() != NO_PASSWORD {
                self.with_password += number;
            }
        }
    }
}

// === impl Facts ===

impl Facts {
    /// Returns the user that a row became before.
    pub(super) fn user(&self) -> Option<&UserCredential> {
        match self {
            Self::User(facts) => facts.current.as_ref(),
            Self::Gone(facts) => match &facts.current {
                Some(Current::User(user)) => Some(user),
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns what a membership is.
    fn role(&self) -> Option<Role> {
        match self {
            Self::Membership(facts) => facts.current,
            Self::Gone(facts) => match &facts.current {
                Some(Current::Membership(_, _, role)) => Some(*role),
                _ => None,
            },
            _ => None,
        }
    }
}

fn sum(stored: u64, more: i64) -> u64 {
    stored.saturating_add_signed(more)
}
