//! Storage of users, organizations and memberships.

use super::principals::Principals;
use crate::{
    access::authority::Authority,
    error::PortError,
    identifier::{PrincipalId, UserId},
    identity::{
        organization::{Member, NewOrganization, Organization, OrganizationChanges, Role},
        password::PasswordHash,
        user::{NewUser, User, UserChanges, UserCredential},
        user_list::{UserBatch, UserFilter, UserOrder, UserPlace},
    },
    listing::{Page, Piece, SearchTerm, Window},
};
#[cfg(feature = "mock")]
use crate::{
    access::authority::{CurrentRights, Grounds},
    identity::organization::Standing,
};
use async_trait::async_trait;

/// Stores users, organizations and memberships.
///
/// Every write MUST be atomic, and durable when the call returns, and MUST judge
/// `by`, write its events and wait as those of an
/// [`super::api_key_repository::ApiKeyRepository`] do. Ids only grow and are
/// never reused. Slugs are compared bytewise; a lookup of text that no name can contain
/// (such as NUL) finds nothing. Rules over several rows
/// ([`PortError::Refused`]) MUST hold even if writes run concurrently. Lists
/// but those of users are sorted by id; entries that do not fit a piece MUST be named and MUST NOT be read.
/// What is read by the ids of a list comes in their order, as much as fits a piece
/// by its present size; the others MUST be named again, and what was deleted is left
/// out. Any method returns [`PortError::Unavailable`] if the store is
/// unavailable and [`PortError::Corrupt`] if a row breaks the domain's rules.
///
/// # Example
///
/// ```
/// use apikey_domain::{port::directory::Directory, testing::fixture};
/// use apikey_testing::Memory;
///
/// # futures_executor::block_on(async {
/// let (memory, by) = (Memory::new(), fixture::by_service());
/// let alice = memory.create_user(by, fixture::new_user("alice")).await.unwrap();
/// let stored = memory.user_credential("alice").await.unwrap().unwrap();
/// assert_eq!(stored.user, alice);
/// # });
/// ```
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Directory: Principals {
    /// Creates a user and their own principal.
    ///
    /// # Errors
    ///
    /// MUST return [`PortError::Duplicate`] and store nothing if the username is
    /// taken ([`crate::error::Unique::Username`]) or looks like another user's
    /// ([`crate::error::Unique::LikeUsername`], [`Likeness::is_like`]), even if two
    /// such creations run concurrently.
    ///
    /// [`Likeness::is_like`]: crate::name::Likeness::is_like
    async fn create_user(&self, by: Authority, new: NewUser) -> Result<User, PortError>;

    /// Creates the first user. Returns `None` and stores nothing if any user
    /// exists. Of two concurrent calls, at most one creates a user.
    async fn create_first_user(
        &self,
        by: Authority,
        new: NewUser,
    ) -> Result<Option<User>, PortError>;

    /// Returns whether any user exists.
    async fn has_users(&self) -> Result<bool, PortError>;

    /// Finds a user and their password hash by username, compared bytewise. If there is
    /// none, the username in its composed form finds them ([`crate::name::composed`]).
    async fn user_credential(&self, username: &str) -> Result<Option<UserCredential>, PortError>;

    /// Lists one window of the users that `filter` admits, in `order`, with their total,
    /// which is never less than the number of users in the window. Names sort bytewise, and
    /// a user without a full name after every other.
    ///
    /// # Errors
    ///
    /// [`PortError::TooBroad`] if it could be found only by looking at more than a store
    /// allows.
    async fn list_users(
        &self,
        filter: &UserFilter,
        order: &UserOrder,
        window: Window,
    ) -> Result<Page<User>, PortError>;

    /// Lists at most `limit` of the users that `filter` admits and that come after `after`
    /// in `order`, or from the start without it. Where the next batch begins MUST be read
    /// together with which users this one has: the last of them may change their place at
    /// any time, and no other user may be passed over for that.
    ///
    /// # Errors
    ///
    /// As [`list_users`](Self::list_users).
    async fn list_users_after<'a>(
        &self,
        filter: &UserFilter,
        order: &UserOrder,
        after: Option<&'a UserPlace>,
        limit: u32,
    ) -> Result<UserBatch, PortError>;

    /// Reads the users with these ids, which a list named.
    async fn users(&self, ids: &[UserId]) -> Result<Piece<User>, PortError>;

    /// Updates a user. Returns `None` if they do not exist.
    ///
    /// If the user loses the right to sign in or to administer, their
    /// subscriptions MUST end.
    ///
    /// # Errors
    ///
    /// MUST return [`PortError::Duplicate`] if the username is another one than before,
    /// and taken or like another user's, as for [`Directory::create_user`], and
    /// [`crate::error::Refusal::LastPlatformAdmin`] if no active platform
    /// admin would be left.
    async fn update_user(
        &self,
        by: Authority,
        id: UserId,
        changes: UserChanges,
    ) -> Result<Option<User>, PortError>;

    /// Replaces the stored hash of a password by another hash of the same password, in
    /// another form. Returns `false` and changes nothing if the user does not exist or
    /// the stored hash is not `old`, so that a change of the password wins.
    ///
    /// This is no change of the password: it MUST NOT write an event or end a
    /// subscription, and MUST NOT change when the user was last updated.
    async fn renew_password_hash(
        &self,
        by: Authority,
        id: UserId,
        old: PasswordHash,
        new: PasswordHash,
    ) -> Result<bool, PortError>;

    /// Deletes a user with their principal, their memberships, their keys and
    /// the keys their principal owns, in one transaction, or marks them and lets the
    /// rest go in pieces (the port `removals`). Returns `false` if they do not exist. The keys'
    /// deletions reach the change feed.
    ///
    /// # Errors
    ///
    /// MUST return [`crate::error::Refusal::LastPlatformAdmin`] or
    /// [`crate::error::Refusal::LastOrganizationAdmin`] if the user is one.
    async fn delete_user(&self, by: Authority, id: UserId) -> Result<bool, PortError>;

    /// Creates an organization and its principal.
    ///
    /// # Errors
    ///
    /// MUST return [`PortError::Duplicate`] and store nothing if the slug is
    /// taken.
    async fn create_organization(
        &self,
        by: Authority,
        new: NewOrganization,
    ) -> Result<Organization, PortError>;

    /// Finds an organization.
    async fn organization(&self, id: PrincipalId) -> Result<Option<Organization>, PortError>;

    /// Lists organizations whose name contains the term, and to which `member`
    /// belongs, if given.
    async fn list_organizations<'a>(
        &self,
        search: Option<&'a SearchTerm>,
        member: Option<UserId>,
        window: Window,
    ) -> Result<Page<Organization>, PortError>;

    /// Reads the organizations with these ids, which a list named.
    async fn organizations(&self, ids: &[PrincipalId]) -> Result<Piece<Organization>, PortError>;

    /// Updates an organization. Returns `None` if it does not exist.
    ///
    /// # Errors
    ///
    /// MUST return [`PortError::Duplicate`] if the slug is taken.
    async fn update_organization(
        &self,
        by: Authority,
        id: PrincipalId,
        changes: OrganizationChanges,
    ) -> Result<Option<Organization>, PortError>;

    /// Deletes an organization with its memberships, or marks it and lets them go in
    /// pieces (the port `removals`). Returns `false` if it does not exist. Subscriptions held
    /// for it MUST end.
    ///
    /// # Errors
    ///
    /// MUST return [`crate::error::Refusal::OrganizationOwnsKeys`] if it owns
    /// keys. The deletion and a concurrent creation are serialized.
    async fn delete_organization(&self, by: Authority, id: PrincipalId) -> Result<bool, PortError>;

    /// Adds a user as a member. Returns `None` if the organization or the user
    /// does not exist.
    ///
    /// # Errors
    ///
    /// MUST return [`PortError::Duplicate`] if they are already a member.
    async fn add_member(
        &self,
        by: Authority,
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

    /// Lists at most `limit` members of an organization by the ids of their users, those
    /// after `after` alone, if given. Returns where the next batch begins, if any member
    /// follows. It MUST cost as much as it lists, however many come before.
    async fn list_members_after(
        &self,
        organization_id: PrincipalId,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<(Piece<Member>, Option<UserId>), PortError>;

    /// Reads the members of an organization with these user ids, which a list named.
    async fn members(
        &self,
        organization_id: PrincipalId,
        ids: &[UserId],
    ) -> Result<Piece<Member>, PortError>;

    /// Changes the role of a member. Returns `None` if they are not a member.
    ///
    /// # Errors
    ///
    /// MUST return [`crate::error::Refusal::LastOrganizationAdmin`] if the
    /// organization would lose its last admin.
    async fn update_member(
        &self,
        by: Authority,
        organization_id: PrincipalId,
        user_id: UserId,
        role: Role,
    ) -> Result<Option<Member>, PortError>;

    /// Removes a member. Returns `false` if they are not a member. Subscriptions
    /// the user holds for the organization MUST end.
    ///
    /// # Errors
    ///
    /// MUST return [`crate::error::Refusal::LastOrganizationAdmin`] if the
    /// organization would lose its last admin.
    async fn remove_member(
        &self,
        by: Authority,
        organization_id: PrincipalId,
        user_id: UserId,
    ) -> Result<bool, PortError>;
}

/// A mocked directory has no principals: tests that need them mock
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

    async fn current_rights(&self, _: Grounds) -> Result<CurrentRights, PortError> {
        Err(PortError::Unavailable("no principals are mocked".into()))
    }
}
