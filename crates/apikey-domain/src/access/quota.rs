//! How much each user, and each organization, may have and change.

pub mod spending;

use crate::{
    access::authority::Grounds,
    error::Bound,
    identifier::{PrincipalId, UserId},
};
use std::num::NonZeroU64;

/// A bound for each user, and one for each organization; `None` for no bound.
///
/// # Example
///
/// ```
/// use apikey_domain::access::quota::{OwnedKeys, Quota};
/// use std::num::NonZeroU64;
///
/// let quota = Quota { per_user: NonZeroU64::new(2), per_organization: None };
/// assert!(quota.check_one_more_key(OwnedKeys { by_user: 1, by_organization: None }).is_ok());
/// let refused = quota.check_one_more_key(OwnedKeys { by_user: 2, by_organization: None });
/// assert_eq!(refused.unwrap_err().to_string(), "this user has 2 keys already");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// The bound for one user.
    pub per_user: Option<NonZeroU64>,
    /// The bound for one organization.
    pub per_organization: Option<NonZeroU64>,
}

/// What each user, and each organization, may have and change. By default there are no
/// bounds.
///
/// # Example
///
/// ```
/// use apikey_domain::access::quota::{Quota, Quotas};
///
/// assert_eq!(Quotas::default().keys, Quota::default());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quotas {
    /// How many keys there may be: those that a user created, wherever, and those that an
    /// organization owns.
    pub keys: Quota,
    /// How many changes a user may make in a second, and how many may be made on behalf of
    /// an organization. Each node counts for itself.
    pub changes: Quota,
    /// How many bytes of events these may write in a second. Each node counts for itself.
    pub event_bytes: Quota,
}

/// How many keys there are of those who will own one more.
///
/// # Example
///
/// ```
/// use apikey_domain::access::quota::OwnedKeys;
/// use apikey_domain::identifier::PrincipalId;
///
/// let owned = OwnedKeys { by_user: 3, by_organization: Some((PrincipalId(7), 40)) };
/// assert!(owned.by_user < 40);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnedKeys {
    /// Those that the user created, in any principal.
    pub by_user: u64,
    /// The organization that will own the key, if one will, and how many it owns.
    pub by_organization: Option<(PrincipalId, u64)>,
}

/// Who makes a change, and on behalf of which organization.
///
/// # Example
///
/// ```
/// use apikey_domain::access::quota::Spender;
/// use apikey_domain::testing::fixture;
///
/// let by = fixture::by(&fixture::caller(1, 11), fixture::instant());
/// let spender = Spender::from(by.grounds().unwrap());
/// assert_eq!((spender.user_id.0, spender.organization_id), (1, None));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spender {
    /// The user.
    pub user_id: UserId,
    /// The organization.
    pub organization_id: Option<PrincipalId>,
}

// === impl Quota ===

impl Quota {
    /// Returns whether nobody is bounded.
    pub fn is_unbounded(&self) -> bool {
        *self == Self::default()
    }

    /// Checks whether those who own so many keys may own one more.
    ///
    /// # Errors
    ///
    /// [`Bound::KeysOfUser`] or [`Bound::KeysOfOrganization`], the first one that is
    /// reached.
    pub fn check_one_more_key(&self, owned: OwnedKeys) -> Result<(), Bound> {
        let reached = |bound: Option<NonZeroU64>, count| {
            bound.map(NonZeroU64::get).filter(|bound| count >= *bound)
        };
        if let Some(bound) = reached(self.per_user, owned.by_user) {
            return Err(Bound::KeysOfUser(bound));
        }
        match owned.by_organization {
            Some((id, count)) => reached(self.per_organization, count)
                .map_or(Ok(()), |bound| Err(Bound::KeysOfOrganization(bound, id))),
            None => Ok(()),
        }
    }
}

impl From<Grounds> for Spender {
    fn from(grounds: Grounds) -> Self {
        Self {
            user_id: grounds.user_id,
            // Those who act for themselves need a standing nowhere.
            organization_id: grounds.principal_id,
        }
    }
}
