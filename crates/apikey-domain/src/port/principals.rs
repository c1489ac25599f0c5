//! Lookups of users and their standing.

use crate::{
    access::authority::{CurrentRights, Grounds},
    error::PortError,
    identifier::{PrincipalId, UserId},
    identity::{organization::Standing, user::User},
};
use async_trait::async_trait;

/// The part of the directory that the use cases of keys need.
///
/// Any method returns [`PortError::Unavailable`] if the store is unavailable and
/// [`PortError::Corrupt`] if a row breaks the domain's rules.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Principals: Send + Sync {
    /// Finds a user.
    async fn user(&self, id: UserId) -> Result<Option<User>, PortError>;

    /// Returns a user's standing in a principal.
    async fn standing(
        &self,
        user_id: UserId,
        principal_id: PrincipalId,
    ) -> Result<Standing, PortError>;

    /// Returns the rights for these grounds. MUST read them all at one instant, and
    /// reflect every write that returned before the call.
    async fn current_rights(&self, grounds: Grounds) -> Result<CurrentRights, PortError>;
}
