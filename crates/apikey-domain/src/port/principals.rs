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
///
/// # Example
///
/// ```
/// use apikey_domain::{identity::organization::Role, port::principals::Principals};
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// let acme = app.organization("acme", &[(&alice, Role::User)]).await;
/// let standing = app.memory.standing(alice.id, acme.id).await.unwrap();
/// assert_eq!((standing.is_organization, standing.role), (true, Some(Role::User)));
/// # });
/// ```
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
