//! How many of something one tenant may have.

use crate::identifier::PrincipalId;
use std::time::Duration;

/// A bound that a tenant has reached, with what it is.
///
/// # Example
///
/// ```
/// use apikey_domain::error::Bound;
///
/// let reached = Bound::WatchesOfUser(10);
/// assert_eq!(reached.to_string(), "this user has 10 watches already");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Bound {
    /// The streams that one user has at once.
    #[error("this user has {0} watches already")]
    WatchesOfUser(usize),
    /// The streams that are open on behalf of one principal at once.
    #[error("principal {1} has {0} watches already")]
    WatchesOfPrincipal(usize, PrincipalId),
    /// The keys that one user has created.
    #[error("this user has {0} keys already")]
    KeysOfUser(u64),
    /// The keys that one organization owns.
    #[error("organization {1} has {0} keys already")]
    KeysOfOrganization(u64, PrincipalId),
    /// What one user changes in a second, and how long to wait until they may change more.
    #[error("this user may make {1} {0} a second")]
    RateOfUser(Rate, u64, Duration),
    /// What is changed on behalf of one organization in a second, and how long to wait
    /// until more may be.
    #[error("organization {2} may make {1} {0} a second")]
    RateOfOrganization(Rate, u64, PrincipalId, Duration),
}

/// What is counted by the second.
///
/// # Example
///
/// ```
/// assert_eq!(apikey_domain::error::Rate::Changes.to_string(), "changes");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// Changes.
    Changes,
    /// Bytes of the events of changes.
    EventBytes,
}

impl std::fmt::Display for Rate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Changes => "changes",
            Self::EventBytes => "bytes of events",
        })
    }
}
