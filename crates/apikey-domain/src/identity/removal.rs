//! Users and organizations that are deleted, while what they had is still going.

use crate::{
    identifier::{PrincipalId, UserId},
    listing::Listed,
    timestamp::Timestamp,
};

/// Who is being removed.
///
/// # Example
///
/// ```
/// use apikey_domain::{identity::removal::RemovedOwner, testing::fixture};
///
/// let owner = RemovedOwner::User(fixture::user_id(7));
/// assert_eq!(owner.kind(), "user");
/// assert_eq!(owner.id(), 7);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovedOwner {
    /// A user.
    User(UserId),
    /// An organization.
    Organization(PrincipalId),
}

/// The removal of a user or an organization that owned much: they are deleted, and the
/// keys and memberships that are left go in the background.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::removal::{Removal, RemovedOwner},
///     testing::fixture,
/// };
///
/// let removal = Removal {
///     principal_id: fixture::principal_id(70),
///     owner: RemovedOwner::User(fixture::user_id(7)),
///     name: "alice".to_owned(),
///     started_at: fixture::instant(),
///     keys: 700_000,
///     memberships: 2,
/// };
/// assert_eq!(removal.owner.kind(), "user");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// The principal of the user, or of the organization.
    pub principal_id: PrincipalId,
    /// Who is being removed.
    pub owner: RemovedOwner,
    /// The name that they had.
    pub name: String,
    /// When they were deleted.
    pub started_at: Timestamp,
    /// How many keys are left.
    pub keys: u64,
    /// How many memberships are left.
    pub memberships: u64,
}

/// What one transaction of a removal did.
///
/// # Example
///
/// ```
/// use apikey_domain::identity::removal::RemovalStep;
///
/// let step = RemovalStep::Deleted { keys: 500, memberships: 0 };
/// assert_ne!(step, RemovalStep::Idle);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovalStep {
    /// Nothing: nobody is being removed, or another node is at it.
    Idle,
    /// It deleted so many keys and memberships.
    Deleted {
        /// How many keys.
        keys: u32,
        /// How many memberships.
        memberships: u32,
    },
    /// It deleted the last that was left of this user or organization.
    Ended(RemovedOwner),
}

// === impl RemovedOwner ===

impl RemovedOwner {
    /// Returns what it is, as a word: `user` or `organization`.
    pub fn kind(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Organization(_) => "organization",
        }
    }

    /// Returns the id of the user, or of the organization.
    pub fn id(self) -> i64 {
        match self {
            Self::User(UserId(id)) | Self::Organization(PrincipalId(id)) => id,
        }
    }
}

// === impl Removal ===

impl Listed for Removal {
    type Id = PrincipalId;

    fn id(&self) -> PrincipalId {
        self.principal_id
    }

    fn text_bytes(&self) -> usize {
        self.name.len()
    }
}
