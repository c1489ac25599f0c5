//! How many of something one tenant may have.

use crate::identifier::PrincipalId;

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
}
