//! The removal of users and organizations that own much.

use crate::{
    error::PortError,
    identifier::{PrincipalId, UserId},
    listing::{Listed, Page, Piece, Window},
    timestamp::Timestamp,
};
use async_trait::async_trait;

/// Who is being removed.
///
/// # Example
///
/// ```
/// use apikey_domain::{port::removals::RemovedOwner, testing::fixture};
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
/// use apikey_domain::{port::removals::{Removal, RemovedOwner}, testing::fixture};
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
/// use apikey_domain::port::removals::RemovalStep;
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

/// Removes in pieces what deleted users and organizations
/// had.
///
/// A store MAY delete a user or an organization with all they have at once. If they have
/// too much for one short transaction it MUST mark them instead. From the commit of the
/// mark on they are gone: nothing finds, lists or counts them or their memberships, no
/// right rests on them, their keys are not found by their access keys, and their name and
/// slug are free. Their deletion is recorded with the mark. The keys and memberships that
/// are left MUST be deleted by [`Removals::continue_removals`] only, and recorded when
/// they are; until then lists of keys, and their totals, have the keys.
///
/// Any method returns [`PortError::Unavailable`] if the store is unavailable and
/// [`PortError::Corrupt`] if a row breaks the domain's rules.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     port::{clock::Clock, removals::{RemovalStep, Removals}},
/// };
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let step = app.memory.continue_removals(app.clock.now(), 1_000).await.unwrap();
/// assert_eq!(step, RemovalStep::Idle); // Nobody is being removed.
/// # });
/// ```
#[async_trait]
pub trait Removals: Send + Sync {
    /// Lists the removals under way, those that began first before others.
    async fn list_removals(&self, window: Window) -> Result<Page<Removal>, PortError>;

    /// Reads the removals with these ids, which a list named, as those of a
    /// [`super::directory::Directory`] are read.
    async fn removals(&self, ids: &[PrincipalId]) -> Result<Piece<Removal>, PortError>;

    /// Deletes at most `most` keys or memberships of those who are being removed, in one
    /// short transaction, or, if none are left, the rest. MUST bound what it reads by its
    /// bytes, too. Nodes MAY call it at the same time. The events are recorded at `at`.
    async fn continue_removals(&self, at: Timestamp, most: u32) -> Result<RemovalStep, PortError>;
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
