//! Who a user is, and how they stand towards a principal.

use crate::{
    error::PortError,
    identifier::{PrincipalId, UserId},
    identity::{organization::Standing, user::User},
};
use async_trait::async_trait;

/// What the use cases of keys need to know of people and organizations.
///
/// Any method returns [`PortError::Unavailable`] when the store cannot answer
/// and [`PortError::Corrupt`] when a row breaks the domain's rules.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Principals: Send + Sync {
    /// Finds a user.
    async fn user(&self, id: UserId) -> Result<Option<User>, PortError>;

    /// How a user stands towards a principal.
    async fn standing(
        &self,
        user_id: UserId,
        principal_id: PrincipalId,
    ) -> Result<Standing, PortError>;
}
