//! What a store knows when it is asked for a row.

use super::{
    draft::{Draft, KeyDraft},
    state::RowState,
};
use crate::{
    identifier::{ApiKeyId, PrincipalId, UserId},
    identity::{
        organization::{Organization, Role},
        user::{User, UserCredential},
    },
    key::api_key::ApiKey,
    timestamp::Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};

/// The largest id that is kept: all others that are given are above it.
pub const MOST_ID: i64 = i32::MAX as i64;

/// How an import is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// Whether rows keep the ids that are free.
    pub keep_ids: bool,
    /// Which users of the source are which users here, by their usernames.
    pub map: BTreeMap<String, String>,
    /// The highest ids of the source.
    pub highest: HighestIds,
}

/// The highest ids of a source that may be kept. An id that is given to something else is
/// above them, so that it is not in the way of a row that comes later.
///
/// # Example
///
/// ```
/// use apikey_domain::import::facts::HighestIds;
///
/// let one = HighestIds { users: 8, principals: 8, keys: 0 };
/// let other = HighestIds { users: 1, principals: 9, keys: 386 };
/// assert_eq!(one.or(other), HighestIds { users: 8, principals: 9, keys: 386 });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HighestIds {
    /// Of users.
    pub users: i64,
    /// Of users and organizations.
    pub principals: i64,
    /// Of keys.
    pub keys: i64,
}

/// What is remembered of a row that was imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// What it became: the id of a user, of the principal of an organization, or of a key;
    /// of a membership that of the user.
    pub target: i64,
    /// What the row said.
    pub state: RowState,
    /// When what it became had last changed, as it was left.
    pub left_at: Option<Timestamp>,
    /// Whether it was there before, and the row was merged into it.
    pub is_merged: bool,
    /// When the source said that it was created, in microseconds.
    pub created_at: Option<i64>,
}

/// How many active administrators there are.
///
/// # Example
///
/// ```
/// use apikey_domain::import::facts::Administrators;
///
/// assert_eq!(Administrators::default().with_password, 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Administrators {
    /// Of the platform.
    pub all: u64,
    /// Those of them who have a password.
    pub with_password: u64,
}

/// What is known about a user.
#[derive(Clone, Debug, Default)]
pub struct UserFacts {
    /// What is remembered of the row.
    pub known: Option<Known>,
    /// The user that it became, if they are still here.
    pub current: Option<UserCredential>,
    /// The user who has the name.
    pub namesake: Option<UserId>,
    /// The user whom the options name for the row; the inner is absent if there is none.
    pub mapped: Option<Option<User>>,
    /// Whether the name looks like that of another user. Nobody asks about a name that its
    /// user has already.
    pub is_alike: bool,
    /// Whether the id is one that no user has or had.
    pub is_id_free: bool,
    /// Whether the id is one that no principal has or had.
    pub is_principal_free: bool,
}

/// What is known about an organization.
#[derive(Clone, Debug, Default)]
pub struct OrganizationFacts {
    /// What is remembered of the row.
    pub known: Option<Known>,
    /// The organization that it became, if it is still here.
    pub current: Option<Organization>,
    /// Which of its slugs are taken.
    pub taken: BTreeSet<String>,
    /// Whether the id is one that no principal has or had.
    pub is_id_free: bool,
}

/// What is known about a membership.
#[derive(Clone, Debug, Default)]
pub struct MembershipFacts {
    /// What is remembered of the row.
    pub known: Option<Known>,
    /// The organization, if it is here.
    pub organization: Option<PrincipalId>,
    /// The user, if they are here.
    pub user: Option<UserId>,
    /// What the user is there.
    pub current: Option<Role>,
}

/// What is known about a key.
#[derive(Clone, Debug, Default)]
pub struct KeyFacts {
    /// What is remembered of the row.
    pub known: Option<Known>,
    /// The key that it became, if it is still here.
    pub current: Option<ApiKey>,
    /// Its user, if they are here.
    pub user: Option<User>,
    /// The organization that it acts for, if it acts for one that is here.
    pub organization: Option<PrincipalId>,
    /// Whether its user is in that organization.
    pub is_member: bool,
    /// Which key has its access key.
    pub holder: Option<ApiKeyId>,
    /// Which of its names are taken.
    pub taken: BTreeSet<String>,
    /// Whether the id is one that no key has or had.
    pub is_id_free: bool,
}

/// What is known about a row that the source has no longer.
#[derive(Clone, Debug, Default)]
pub struct GoneFacts {
    /// What is remembered of the row.
    pub known: Option<Known>,
    /// What it became, if it is still here.
    pub current: Option<Current>,
}

/// What a row became.
#[derive(Clone, Debug)]
pub enum Current {
    /// A user.
    User(UserCredential),
    /// An organization.
    Organization(Organization),
    /// What a user is in an organization.
    Membership(PrincipalId, UserId, Role),
    /// A key.
    Key(Box<ApiKey>),
}

/// What is known about a row.
#[derive(Clone, Debug)]
pub enum Facts {
    /// About a user.
    User(Box<UserFacts>),
    /// About an organization.
    Organization(Box<OrganizationFacts>),
    /// About a membership.
    Membership(Box<MembershipFacts>),
    /// About a key.
    Key(Box<KeyFacts>),
    /// About what the source has no longer.
    Gone(Box<GoneFacts>),
}

// === impl HighestIds ===

impl HighestIds {
    /// Returns the higher ones of both.
    pub fn or(self, other: Self) -> Self {
        Self {
            users: self.users.max(other.users),
            principals: self.principals.max(other.principals),
            keys: self.keys.max(other.keys),
        }
    }

    /// Returns those of some drafts, as far as they are kept.
    pub fn of<'a>(drafts: impl Iterator<Item = &'a Draft>) -> Self {
        let kept = |id: i64| if id <= MOST_ID { id } else { 0 };
        drafts.fold(Self::default(), |highest, draft| {
            highest.or(match draft {
                Draft::User(draft) => Self {
                    users: kept(draft.id),
                    principals: kept(draft.id),
                    keys: 0,
                },
                Draft::Organization(draft) => Self {
                    principals: kept(draft.id),
                    ..Self::default()
                },
                Draft::Key(draft) => Self {
                    keys: kept(draft.id.unwrap_or_default()),
                    ..Self::default()
                },
                Draft::Membership(_) | Draft::End => Self::default(),
            })
        })
    }
}

// === impl KeyFacts ===

impl KeyFacts {
    /// Returns whose a key is here: its user, and the principal that it acts for; `None` if
    /// one of them is not here.
    pub fn whose(&self, draft: &KeyDraft) -> Option<(UserId, PrincipalId)> {
        let user = self.user.as_ref()?;
        let owner = match draft.is_own() {
            true => Some(user.principal_id),
            false => self.organization,
        };
        Some((user.id, owner?))
    }
}

// === impl Facts ===

impl Facts {
    /// Returns what an empty store knows of a row.
    pub fn of_nothing(draft: &Draft, options: &ImportOptions) -> Self {
        match draft {
            Draft::User(user) => Self::User(Box::new(UserFacts {
                mapped: options.map.get(&user.source_name).map(|_| None),
                is_id_free: true,
                is_principal_free: true,
                ..UserFacts::default()
            })),
            Draft::Organization(_) => Self::Organization(Box::new(OrganizationFacts {
                is_id_free: true,
                ..OrganizationFacts::default()
            })),
            Draft::Membership(_) => Self::Membership(Box::default()),
            Draft::Key(_) => Self::Key(Box::new(KeyFacts {
                is_id_free: true,
                ..KeyFacts::default()
            })),
            Draft::End => Self::Gone(Box::default()),
        }
    }
}
