//! What happened: to keys, people and organizations, in the order of commits.

pub mod attribution;
pub mod event;
pub mod hub;
pub mod invalidator;
pub mod position;
pub mod recorded;
mod rights;
pub mod snapshot;

use crate::{
    identifier::{ApiKeyId, PrincipalId, UserId},
    identity::{
        organization::{Organization, Role},
        user::User,
    },
    key::api_key::ApiKey,
};
pub use position::Position;

/// Something came, changed or went.
///
/// # Example
///
/// ```
/// use apikey_domain::change::Transition;
///
/// let change = Transition::Updated { before: 1, after: 2 };
/// assert_eq!((change.before(), change.after()), (Some(&1), Some(&2)));
/// assert_eq!(Transition::Deleted(2).subject(), &2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transition<T> {
    /// It was created, so.
    Created(T),
    /// It was changed.
    Updated {
        /// As it was.
        before: T,
        /// As it is.
        after: T,
    },
    /// It was deleted; so it was.
    Deleted(T),
}

/// What happened to a key.
///
/// # Example
///
/// ```
/// use apikey_domain::change::KeyEvent;
/// use apikey_domain::testing::fixture;
///
/// let key = fixture::api_key(7, "ci");
/// assert_eq!(KeyEvent::Deleted(key.clone()).key(), &key);
/// ```
pub type KeyEvent = Transition<ApiKey>;

/// A user's place in an organization.
///
/// # Example
///
/// ```
/// use apikey_domain::{change::Membership, identity::organization::Role, testing::fixture};
///
/// let (organization_id, user_id) = (fixture::principal_id(40), fixture::user_id(1));
/// let membership = Membership { organization_id, user_id, role: Role::User };
/// assert_ne!(membership.role, Role::Admin);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The organization.
    pub organization_id: PrincipalId,
    /// The user.
    pub user_id: UserId,
    /// What they may do there.
    pub role: Role,
}

/// One change of a commit.
///
/// # Example
///
/// ```
/// use apikey_domain::change::{Change, KeyEvent};
/// use apikey_domain::testing::fixture;
///
/// let change = Change::Key(KeyEvent::Deleted(fixture::api_key(7, "ci")));
/// assert!(change.is_revocation());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Of a key.
    Key(KeyEvent),
    /// Of a user.
    User(Transition<User>),
    /// Of the password of this user.
    Password(User),
    /// Of an organization.
    Organization(Transition<Organization>),
    /// Of a membership.
    Member(Transition<Membership>),
}

/// One committed change to one key.
///
/// # Example
///
/// ```
/// use apikey_domain::change::KeyEvent;
/// use apikey_domain::testing::fixture;
///
/// let change = fixture::key_change(1, KeyEvent::Created(fixture::api_key(7, "ci")));
/// assert_eq!(change.event.key().id.0, 7);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyChange {
    /// Where it stands in the order of events.
    pub position: Position,
    /// The transaction that committed it.
    pub transaction: i64,
    /// What happened.
    pub event: KeyEvent,
}

/// Whose subscriptions must end.
///
/// # Example
///
/// ```
/// use apikey_domain::change::AccessLoss;
/// use apikey_domain::testing::fixture;
///
/// let loss = AccessLoss::Organization(fixture::principal_id(40));
/// assert_ne!(loss, AccessLoss::User(fixture::user_id(40)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessLoss {
    /// Those of a user.
    User(UserId),
    /// Those opened with a key.
    Key(ApiKeyId),
    /// Those of a user for an organization.
    Member(UserId, PrincipalId),
    /// Those for an organization.
    Organization(PrincipalId),
    /// All, because it is not known whose.
    Everyone,
}

// === impl Transition ===

impl<T> Transition<T> {
    /// What it happened to: as it is after the change, or was before its
    /// deletion.
    pub fn subject(&self) -> &T {
        match self {
            Self::Created(subject)
            | Self::Updated { after: subject, .. }
            | Self::Deleted(subject) => subject,
        }
    }

    /// As it was before, unless it was created.
    pub fn before(&self) -> Option<&T> {
        match self {
            Self::Created(_) => None,
            Self::Updated { before, .. } | Self::Deleted(before) => Some(before),
        }
    }

    /// As it is after, unless it was deleted.
    pub fn after(&self) -> Option<&T> {
        match self {
            Self::Created(after) | Self::Updated { after, .. } => Some(after),
            Self::Deleted(_) => None,
        }
    }
}

impl KeyEvent {
    /// The key as it is after the change, or was before its deletion.
    pub fn key(&self) -> &ApiKey {
        self.subject()
    }
}
