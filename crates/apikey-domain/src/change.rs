//! What happened to keys, in the order in which it was committed.

pub mod hub;
pub mod observer;

use crate::{
    api_key::ApiKey,
    identifier::{ApiKeyId, PrincipalId, UserId},
};

/// A place in the order of commits. Later commits have higher positions; the
/// changes of one commit share theirs.
///
/// # Example
///
/// ```
/// use apikey_domain::change::Position;
///
/// assert!(Position(2) > Position(1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(pub i64);

/// One committed change to one key.
///
/// # Example
///
/// ```
/// use apikey_domain::change::{KeyChange, KeyEvent, Position};
/// use apikey_domain::testing::fixture;
///
/// let event = KeyEvent::Created(fixture::api_key(7, "ci"));
/// let change = KeyChange { position: Position(1), event };
/// assert_eq!(change.event.key().id.0, 7);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyChange {
    /// When, in the order of commits.
    pub position: Position,
    /// What happened.
    pub event: KeyEvent,
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyEvent {
    /// It was created, so.
    Created(ApiKey),
    /// It was changed.
    Updated {
        /// As it was.
        before: ApiKey,
        /// As it is.
        after: ApiKey,
    },
    /// It was deleted; so it was.
    Deleted(ApiKey),
}

impl KeyEvent {
    /// The key as it is after the change, or was before its deletion.
    pub fn key(&self) -> &ApiKey {
        match self {
            Self::Created(key) | Self::Updated { after: key, .. } | Self::Deleted(key) => key,
        }
    }
}

/// Something a commit did that the feed must act on.
///
/// # Example
///
/// ```
/// use apikey_domain::change::{AccessLoss, Effect};
/// use apikey_domain::testing::fixture;
///
/// let effect = Effect::AccessLost(AccessLoss::User(fixture::user_id(1)));
/// assert!(matches!(effect, Effect::AccessLost(_)));
/// ```
#[expect(
    clippy::large_enum_variant,
    reason = "held one at a time, and most are the large one"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A key changed.
    Key(KeyEvent),
    /// Someone changed on whom the rights of keys depend.
    Standing(StandingChange),
    /// Someone lost the right to watch.
    AccessLost(AccessLoss),
}

/// Whose keys may now do more or less than before, or are called otherwise.
///
/// # Example
///
/// ```
/// use apikey_domain::change::StandingChange;
/// use apikey_domain::testing::fixture;
///
/// let change = StandingChange::User(fixture::user_id(1));
/// assert_ne!(change, StandingChange::User(fixture::user_id(2)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StandingChange {
    /// Those of a user, who was changed or deleted.
    User(UserId),
    /// Those of a user that an organization owns: the user came or went.
    Member(UserId, PrincipalId),
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
}
