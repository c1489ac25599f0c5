//! Changes to keys, users and organizations, in the order of commits.

pub mod cutoff;
pub mod ended;
pub mod event;
pub mod hub;
pub mod invalidator;
pub mod notice;
mod position;
mod protocol;
pub mod recorded;
pub mod retention;
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
use notice::KeyNotice;
pub use position::Position;
pub use protocol::Protocol;

/// The creation, update or deletion of something.
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
    /// It was created with this value.
    Created(T),
    /// It was updated.
    Updated {
        /// The value before the update.
        before: T,
        /// The value after the update.
        after: T,
    },
    /// It was deleted; this was its last value.
    Deleted(T),
}

/// The creation, update or deletion of a key.
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

/// A user's membership in an organization.
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
    /// Their role there.
    pub role: Role,
}

/// One of the changes of a commit.
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
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all changes are of keys, so a box would save no memory"
)]
pub enum Change {
    /// A change to a key.
    Key(KeyEvent),
    /// A change to a user.
    User(Transition<User>),
    /// A change to the password of this user.
    Password(User),
    /// A change to an organization.
    Organization(Transition<Organization>),
    /// A change to a membership.
    Member(Transition<Membership>),
    /// No change, but what is said of a key that expires.
    Notice(KeyNotice),
}

/// One committed change.
///
/// # Example
///
/// ```
/// use apikey_domain::change::{Committed, Transition};
/// use apikey_domain::testing::fixture;
///
/// let user = fixture::user(1, 11);
/// let (position, transaction) = (fixture::position(7), 7);
/// let change = Committed { position, transaction, event: Transition::Created(user) };
/// assert_eq!(change.event.subject().id.0, 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed<T> {
    /// Its position in the order of events.
    pub position: Position,
    /// The transaction that committed it.
    pub transaction: i64,
    /// The change.
    pub event: Transition<T>,
}

/// One committed change to one key.
///
/// # Example
///
/// ```
/// use apikey_domain::change::{Change, KeyEvent};
/// use apikey_domain::testing::fixture;
///
/// let created = Change::Key(KeyEvent::Created(fixture::api_key(7, "ci")));
/// let change = fixture::event(1, created).into_key_change().unwrap();
/// assert_eq!(change.event.key().id.0, 7);
/// ```
pub type KeyChange = Committed<ApiKey>;

/// One committed change to one user.
///
/// # Example
///
/// ```
/// use apikey_domain::change::{Change, Transition};
/// use apikey_domain::testing::fixture;
///
/// let created = Change::User(Transition::Created(fixture::user(1, 11)));
/// let change = fixture::event(1, created).into_user_change().unwrap();
/// assert_eq!(change.event.subject().id.0, 1);
/// ```
pub type UserChange = Committed<User>;

/// Which subscriptions must end.
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
    /// All of them, because it is not known which.
    Everyone,
}

// === impl Transition ===

impl<T> Transition<T> {
    /// Returns the value after the change, or before its deletion.
    pub fn subject(&self) -> &T {
        match self {
            Self::Created(subject)
            | Self::Updated { after: subject, .. }
            | Self::Deleted(subject) => subject,
        }
    }

    /// Returns the value before the change, unless it was created.
    pub fn before(&self) -> Option<&T> {
        match self {
            Self::Created(_) => None,
            Self::Updated { before, .. } | Self::Deleted(before) => Some(before),
        }
    }

    /// Returns the value after the change, unless it was deleted.
    pub fn after(&self) -> Option<&T> {
        match self {
            Self::Created(after) | Self::Updated { after, .. } => Some(after),
            Self::Deleted(_) => None,
        }
    }
}

impl KeyEvent {
    /// Returns the key after the change, or before its deletion.
    pub fn key(&self) -> &ApiKey {
        self.subject()
    }
}
