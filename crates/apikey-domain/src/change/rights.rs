//! Which changes are revocations, and whose access they end.

use super::{AccessLoss, Change, KeyEvent, Protocol, Transition};
use crate::{
    gpustack::Scope,
    identity::{organization::Role, user::User},
    key::{api_key::ApiKey, rights::KeyRights},
};

impl Change {
    /// Returns whether the change may revoke a right. A revocation is
    /// acknowledged only when no node uses the earlier data any more.
    pub fn is_revocation(&self) -> bool {
        match self {
            Self::Key(KeyEvent::Updated { before, after }) => {
                KeyRights::of(before)
                    .excess_over(&KeyRights::of(after))
                    .is_some()
                    || is_withdrawn(before, after)
                    || has_lost_credential(before, after)
            }
            Self::User(Transition::Updated { before, after }) => loses_rights(before, after),
            Self::Member(Transition::Updated { before, after }) => {
                is_demoted(before.role, after.role)
            }
            Self::Password(_)
            | Self::Key(Transition::Deleted(_))
            | Self::User(Transition::Deleted(_))
            | Self::Organization(Transition::Deleted(_))
            | Self::Member(Transition::Deleted(_)) => true,
            Self::Key(Transition::Created(_))
            | Self::User(Transition::Created(_))
            | Self::Organization(Transition::Created(_) | Transition::Updated { .. })
            | Self::Member(Transition::Created(_))
            | Self::Notice(_) => false,
        }
    }

    /// Returns which protocol the nodes must speak that share a database, for the change to
    /// end what it ends and nothing else, and for a new name to be found.
    pub fn protocol(&self) -> Protocol {
        match self {
            Self::Key(KeyEvent::Updated { before, after })
                if is_withdrawn(before, after)
                    || after.rotated != before.rotated
                    || after.expires_at < before.expires_at
                    || after.name != before.name =>
            {
                Protocol::WITHDRAWALS
            }
            Self::Notice(_) => Protocol::NOTICES,
            _ => Protocol::FIRST,
        }
    }

    /// Returns which subscriptions must end with the change.
    pub fn access_loss(&self) -> Option<AccessLoss> {
        match self {
            Self::Key(event) => key_loss(event),
            Self::User(Transition::Updated { before, after }) => {
                loses_rights(before, after).then_some(AccessLoss::User(after.id))
            }
            Self::User(Transition::Deleted(user)) | Self::Password(user) => {
                Some(AccessLoss::User(user.id))
            }
            Self::Organization(Transition::Deleted(organization)) => {
                Some(AccessLoss::Organization(organization.id))
            }
            Self::Member(Transition::Updated { before, after }) => {
                let loss = AccessLoss::Member(after.user_id, after.organization_id);
                is_demoted(before.role, after.role).then_some(loss)
            }
            Self::Member(Transition::Deleted(member)) => {
                Some(AccessLoss::Member(member.user_id, member.organization_id))
            }
            Self::User(Transition::Created(_))
            | Self::Organization(Transition::Created(_) | Transition::Updated { .. })
            | Self::Member(Transition::Created(_))
            | Self::Notice(_) => None,
        }
    }
}

/// Returns whether a key was disabled or revoked.
fn is_withdrawn(before: &ApiKey, after: &ApiKey) -> bool {
    let is_new = |before: Option<_>, after: Option<_>| before.is_none() && after.is_some();
    let (before, after) = (before.withdrawal(), after.withdrawal());
    is_new(before.disabled_at, after.disabled_at) || is_new(before.revoked_at, after.revoked_at)
}

/// Returns whether a credential of a key is accepted no longer, or less long.
fn has_lost_credential(before: &ApiKey, after: &ApiKey) -> bool {
    if before.rotated == after.rotated {
        return false;
    }
    let after = after.credentials();
    before.credentials().iter().any(|one| {
        let now = after.iter().find(|now| now.number == one.number);
        // What is forgotten was retired.
        now.is_some_and(|now| now.state.is_less_than(one.state))
    })
}

/// Returns whether a user lost the right to sign in or to administer, or must change their
/// password first.
fn loses_rights(before: &User, after: &User) -> bool {
    (before.is_active && !after.is_active)
        || (before.is_admin && !after.is_admin)
        || (!before.require_password_change && after.require_password_change)
}

/// Returns whether a member no longer administers the organization.
fn is_demoted(before: Role, after: Role) -> bool {
    before == Role::Admin && after != Role::Admin
}

/// Returns the loss of access with a key that is deleted, disabled or revoked, no longer
/// grants management, expires earlier, or loses a credential: it ends the streams opened
/// with it.
fn key_loss(event: &KeyEvent) -> Option<AccessLoss> {
    match event {
        KeyEvent::Created(_) => None,
        KeyEvent::Updated { before, after }
            if after.scope.grants(Scope::Management)
                && !after.withdrawal().is_in_force()
                && !has_lost_credential(before, after)
                && before.expires_at <= after.expires_at =>
        {
            None
        }
        KeyEvent::Updated { after: key, .. } | KeyEvent::Deleted(key) => {
            Some(AccessLoss::Key(key.id))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        change::{
            Membership,
            notice::{KeyNotice, Notice},
        },
        gpustack::AllowedModelNames,
        key::{
            changes::ApiKeyChanges,
            credential::{Activation, CredentialNumber, GracePeriod, NewCredential},
            expiry::Lifetime,
            revocation::{NewRevocation, RevocationReason},
            rotation::Step,
        },
        testing::fixture,
    };

    fn limited_to(models: Option<&[&str]>) -> AllowedModelNames {
        let names = models.map(|models| models.iter().map(ToString::to_string).collect());
        AllowedModelNames::parse(names).unwrap()
    }

    #[test]
    fn allowing_fewer_models_is_a_revocation_and_allowing_more_is_not() {
        let table = [
            (None, Some(&["a"][..]), true),
            (Some(&["a"][..]), None, false),
            (Some(&["a"][..]), Some(&["a", "b"][..]), false),
            (Some(&["a", "b"][..]), Some(&["b"][..]), true),
            (Some(&["a"][..]), Some(&["b"][..]), true),
            (Some(&["a"][..]), Some(&[][..]), false),
            (Some(&[][..]), Some(&["a"][..]), true),
        ];
        for (before, after, expected) in table {
            let [before, after] = [before, after].map(|models| ApiKey {
                allowed_model_names: limited_to(models),
                ..fixture::api_key(7, "ci")
            });
            let change = Change::Key(Transition::Updated { before, after });
            assert_eq!(change.is_revocation(), expected, "{change:?}");
        }
    }

    #[test]
    fn deactivating_or_demoting_a_user_is_a_revocation_and_other_updates_are_not() {
        let before = User {
            is_admin: true,
            ..fixture::user(1, 11)
        };
        let inactive = User {
            is_active: false,
            ..before.clone()
        };
        let no_admin = User {
            is_admin: false,
            ..before.clone()
        };
        let waits = User {
            require_password_change: true,
            ..before.clone()
        };
        let other = User {
            is_system: true,
            ..before.clone()
        };
        let table = [
            (inactive, true),
            (no_admin, true),
            (waits, true),
            (other, false),
        ];
        for (after, expected) in table {
            let before = before.clone();
            let change = Change::User(Transition::Updated { before, after });
            assert_eq!(change.is_revocation(), expected);
            assert_eq!(change.access_loss().is_some(), expected);
        }
    }

    #[test]
    fn a_key_that_ends_or_loses_a_secret_is_a_revocation_that_older_nodes_must_know() {
        let (key, now) = (fixture::api_key(7, "ci"), fixture::instant());
        let rotate = |activation, seconds| {
            Step::Rotate(NewCredential {
                activation,
                grace: GracePeriod::parse(seconds).unwrap(),
                ..fixture::new_credential("fedcba9876543210")
            })
        };
        let step = |step| ApiKeyChanges {
            step: Some(step),
            ..ApiKeyChanges::default()
        };
        let disabled = |is_disabled| ApiKeyChanges {
            is_disabled: Some(is_disabled),
            ..ApiKeyChanges::default()
        };
        let until = |seconds| ApiKeyChanges {
            lifetime: Some(Lifetime::Until(now.plus_seconds(seconds).unwrap())),
            ..ApiKeyChanges::default()
        };
        let (reason, comment) = (RevocationReason::Other, None);
        let revoked = ApiKeyChanges {
            revocation: Some(NewRevocation { reason, comment }),
            ..ApiKeyChanges::default()
        };
        let applied =
            |key: &ApiKey, changes: &ApiKeyChanges| changes.applied_to(key, now).unwrap().unwrap();
        let off = applied(&key, &disabled(true));
        let pending = applied(&key, &step(rotate(Activation::FirstUse, 60)));
        let active = CredentialNumber(2);
        let (first, current) = (Protocol::FIRST, Protocol::WITHDRAWALS);
        for (before, changes, is_revocation, protocol) in [
            (&key, disabled(true), true, current),
            (&off, disabled(false), false, first),
            (&key, revoked.clone(), true, current),
            (&off, revoked, true, current),
            (&key, until(60), true, current),
            (&applied(&key, &until(60)), until(90), false, first),
            (&key, step(rotate(Activation::Now, 0)), true, current),
            (&key, step(rotate(Activation::Now, 60)), true, current),
            (&key, step(rotate(Activation::FirstUse, 0)), false, current),
            (&pending, step(Step::Activate(active)), true, current),
            (&pending, step(Step::End(active)), true, current),
        ] {
            let after = applied(before, &changes);
            let before = before.clone();
            let change = Change::Key(Transition::Updated { before, after });
            assert_eq!(change.is_revocation(), is_revocation, "{changes:?}");
            assert_eq!(change.protocol(), protocol, "{changes:?}");
            if is_revocation {
                assert!(change.access_loss().is_some(), "{changes:?}");
            }
        }
    }

    #[test]
    fn a_notice_ends_nothing_and_is_for_nodes_that_know_it() {
        let (notice, key) = (Notice::EXPIRED, fixture::api_key(7, "ci"));
        let change = Change::Notice(KeyNotice { notice, key });
        assert!(!change.is_revocation());
        assert_eq!(change.access_loss(), None);
        assert_eq!(change.protocol(), Protocol::NOTICES);
        let event = fixture::event(1, change);
        assert_eq!(event.change.api_key_id().unwrap().0, 7);
        assert_eq!(event.into_key_change(), None);
    }

    #[test]
    fn a_deletion_is_a_revocation_and_a_creation_is_not() {
        let member = Membership {
            organization_id: fixture::principal_id(40),
            user_id: fixture::user_id(1),
            role: Role::User,
        };
        let user = fixture::user(1, 11);
        let key = fixture::api_key(7, "ci");
        let table = [
            (Change::Member(Transition::Created(member)), false),
            (Change::Member(Transition::Deleted(member)), true),
            (Change::User(Transition::Created(user.clone())), false),
            (Change::User(Transition::Deleted(user.clone())), true),
            (Change::Password(user), true),
            (Change::Key(Transition::Created(key.clone())), false),
            (Change::Key(Transition::Deleted(key)), true),
        ];
        for (change, expected) in table {
            assert_eq!(change.is_revocation(), expected, "{change:?}");
        }
    }
}
