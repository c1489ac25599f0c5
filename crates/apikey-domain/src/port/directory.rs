//! The directory of principals: people, organizations, memberships.

use super::principals::Principals;
use crate::{
    change::attribution::Attribution,
    error::PortError,
    identifier::{PrincipalId, UserId},
    identity::{
        organization::{
            Member, NewOrganization, Organization, OrganizationChanges, Role, Standing,
        },
        user::{NewUser, User, UserChanges, UserCredential},
    },
    listing::{Page, SearchTerm, Window},
};
use async_trait::async_trait;

/// Keeps users, organizations and memberships.
///
/// Every write MUST be atomic and durable when answered, and MUST write its events
/// and wait as those of an [`super::api_key_repository::ApiKeyRepository`] do. Ids only grow and are
/// not given again. Usernames and slugs compare bytewise; a look-up of text no
/// name can have (such as NUL) answers `None`. Rules over several rows
/// ([`PortError::Refused`]) MUST hold also when writes run at once. Lists are
/// in the order of ids. Any method returns [`PortError::Unavailable`] when the
/// store cannot answer and [`PortError::Corrupt`] when a row breaks the
/// domain's rules.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Directory: Principals {
    /// Stores a user and their own principal.
    ///
    /// # Errors
    ///
    /// MUST return [`PortError::Duplicate`] and store nothing when the
    /// username is taken.
    async fn create_user(&self, by: Attribution, new: NewUser) -> Result<User, PortError>;

    /// Stores the first user; `None`, storing nothing, when there is any user.
    /// Of two calls at once, at most one stores.
    async fn create_first_user(
        &self,
        by: Attribution,
        new: NewUser,
    ) -> Result<Option<User>, PortError>;

    /// Whether there is any user.
    async fn has_users(&self) -> Result<bool, PortError>;

    /// Finds a user and their password hash by username, compared bytewise.
    async fn user_credential(&self, username: &str) -> Result<Option<UserCredential>, PortError>;

    /// Lists users whose username contains the term.
    async fn list_users<'a>(
        &self,
        search: Option<&'a SearchTerm>,
        window: Window,
    ) -> Result<Page<User>, PortError>;

    /// Changes a user; `None` when there is none.
    ///
    /// When the user loses the right to sign in or to administer, the
    /// subscriptions they hold MUST end.
    ///
    /// # Errors
    ///
    /// MUST return [`PortError::Duplicate`] when the username is taken, and
    /// [`crate::error::Refusal::LastPlatformAdmin`] when no active platform
    /// admin would be left.
    async fn update_user(
        &self,
        by: Attribution,
        id: UserId,
        changes: UserChanges,
    ) -> Result<Option<User>, PortError>;

    /// Deletes a user with their principal, their memberships, their keys and
    /// the keys their principal owns, in one transaction; `false` when there is
    /// none. The keys' deletions reach the change feed.
    ///
    /// # Errors
    ///
    /// MUST return [`crate::error::Refusal::LastPlatformAdmin`] or
    /// [`crate::error::Refusal::LastOrganizationAdmin`] when the user is one.
    async fn delete_user(&self, by: Attribution, id: UserId) -> Result<bool, PortError>;

    /// Stores an organization and its principal.
    ///
    /// # Errors
    ///
    /// MUST return [`PortError::Duplicate`] and store nothing when the slug is
    /// taken.
    async fn create_organization(
        &self,
        by: Attribution,
        new: NewOrganization,
    ) -> Result<Organization, PortError>;

    /// Finds an organization.
    async fn organization(&self, id: PrincipalId) -> Result<Option<Organization>, PortError>;

    /// Lists organizations whose name contains the term; with a `member`, only
    /// those the user belongs to.
    async fn list_organizations<'a>(
        &self,
        search: Option<&'a SearchTerm>,
        member: Option<UserId>,
        window: Window,
    ) -> Result<Page<Organization>, PortError>;

    /// Changes an organization; `None` when there is none.
    ///
    /// # Errors
    ///
    /// MUST return [`PortError::Duplicate`] when the slug is taken.
    async fn update_organization(
        &self,
        by: Attribution,
        id: PrincipalId,
        changes: OrganizationChanges,
    ) -> Result<Option<Organization>, PortError>;

    /// Deletes an organization with its memberships; `false` when there is
    /// none. Subscriptions held for it MUST end.
    ///
    /// # Errors
    ///
    /// MUST return [`crate::error::Refusal::OrganizationOwnsKeys`] when it
    /// owns keys, also against a creation at the same time: one of the two
    /// comes first.
    async fn delete_organization(
        &self,
        by: Attribution,
        id: PrincipalId,
    ) -> Result<bool, PortError>;

    /// Makes a user a member; `None` when the organization or the user does not
    /// exist.
    ///
    /// # Errors
    ///
    /// MUST return [`PortError::Duplicate`] when they are one.
    async fn add_member(
        &self,
        by: Attribution,
        organization_id: PrincipalId,
        user_id: UserId,
        role: Role,
    ) -> Result<Option<Member>, PortError>;

    /// Lists the members of an organization.
    async fn list_members(
        &self,
        organization_id: PrincipalId,
        window: Window,
    ) -> Result<Page<Member>, PortError>;

    /// Changes the role of a member; `None` when they are none.
    ///
    /// # Errors
    ///
    /// MUST return [`crate::error::Refusal::LastOrganizationAdmin`] when the
    /// organization would lose its last admin.
    async fn update_member(
        &self,
        by: Attribution,
        organization_id: PrincipalId,
        user_id: UserId,
        role: Role,
    ) -> Result<Option<Member>, PortError>;

    /// Ends a membership; `false` when there is none. Subscriptions the user
    /// holds for the organization MUST end.
    ///
    /// # Errors
    ///
    /// MUST return [`crate::error::Refusal::LastOrganizationAdmin`] when the
    /// organization would lose its last admin.
    async fn remove_member(
        &self,
        by: Attribution,
        organization_id: PrincipalId,
        user_id: UserId,
    ) -> Result<bool, PortError>;
}

/// A mocked directory knows nobody: tests that ask for principals mock
/// [`Principals`] itself.
#[cfg(feature = "mock")]
#[async_trait]
impl Principals for MockDirectory {
    async fn user(&self, _: UserId) -> Result<Option<User>, PortError> {
        Err(PortError::Unavailable("no principals are mocked".into()))
    }

    async fn standing(&self, _: UserId, _: PrincipalId) -> Result<Standing, PortError> {
        Err(PortError::Unavailable("no principals are mocked".into()))
    }
}
