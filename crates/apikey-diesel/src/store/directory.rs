//! Implements the ports of users and organizations.

use super::{
    connection::Connection, judgment, lock::Lock, members, organizations, passwords, ports::Store,
    user_deletion, user_pages, users,
};
use apikey_domain::{
    access::authority::{Authority, CurrentRights, Grounds},
    change::Membership,
    error::PortError,
    identifier::{PrincipalId, UserId},
    identity::{
        organization::{
            Member, NewOrganization, Organization, OrganizationChanges, Role, Standing,
        },
        password::PasswordHash,
        user::{NewUser, User, UserChanges, UserCredential},
        user_list::{UserBatch, UserFilter, UserOrder, UserPlace},
    },
    listing::{Page, Piece, SearchTerm, Window},
    port::{directory::Directory, principals::Principals},
};
use async_trait::async_trait;

#[async_trait]
impl Principals for Store {
    async fn user(&self, id: UserId) -> Result<Option<User>, PortError> {
        self.readers.lookup(statement!(users::find, id: id)).await
    }

    async fn standing(
        &self,
        user_id: UserId,
        principal_id: PrincipalId,
    ) -> Result<Standing, PortError> {
        self.readers
            .lookup(statement!(members::standing, user_id: user_id, principal_id: principal_id))
            .await
    }

    async fn current_rights(&self, grounds: Grounds) -> Result<CurrentRights, PortError> {
        self.readers
            .lookup(statement!(judgment::current_rights, grounds: grounds))
            .await
    }
}

#[async_trait]
impl Directory for Store {
    async fn create_user(&self, by: Authority, new: NewUser) -> Result<User, PortError> {
        self.writer
            .write(
                by,
                Lock::PlatformAdmins,
                statement!(users::create, new: &new),
            )
            .await
    }

    async fn create_first_user(
        &self,
        by: Authority,
        new: NewUser,
    ) -> Result<Option<User>, PortError> {
        self.writer
            .write(
                by,
                Lock::PlatformAdmins,
                statement!(users::create_first, new: &new),
            )
            .await
    }

    async fn has_users(&self) -> Result<bool, PortError> {
        self.readers.lookup(statement!(users::has_any,)).await
    }

    async fn user_credential(&self, username: &str) -> Result<Option<UserCredential>, PortError> {
        let username = username.to_owned();
        self.readers
            .lookup(statement!(users::credential, username: &username))
            .await
    }

    async fn list_users(
        &self,
        filter: &UserFilter,
        order: &UserOrder,
        window: Window,
    ) -> Result<Page<User>, PortError> {
        let (filter, order, bounds) = (filter.clone(), order.clone(), self.search);
        self.readers
            .scan(statement!(user_pages::list, filter: &filter, order: &order, window: window, bounds: bounds))
            .await
    }

    async fn list_users_after<'a>(
        &self,
        filter: &UserFilter,
        order: &UserOrder,
        after: Option<&'a UserPlace>,
        limit: u32,
    ) -> Result<UserBatch, PortError> {
        let (filter, order, after) = (filter.clone(), order.clone(), after.cloned());
        let bounds = self.search.in_batches();
        self.readers
            .scan(statement!(user_pages::list_after, filter: &filter, order: &order, after: after.as_ref(), limit: limit, bounds: bounds))
            .await
    }

    async fn users(&self, ids: &[UserId]) -> Result<Piece<User>, PortError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        self.readers
            .scan(statement!(user_pages::some, ids: &ids))
            .await
    }

    async fn update_user(
        &self,
        by: Authority,
        id: UserId,
        changes: UserChanges,
    ) -> Result<Option<User>, PortError> {
        let (at, subject) = (by.at(), (id, by.kept_session(id)));
        let ends_rights = changes.is_revocation() || changes.password_hash.is_some();
        self.writer
            .write_or_end(
                ends_rights,
                by,
                Lock::User(id),
                statement!(users::update, at: at, subject: subject, changes: &changes),
            )
            .await
    }

    async fn renew_password_hash(
        &self,
        by: Authority,
        id: UserId,
        old: PasswordHash,
        new: PasswordHash,
    ) -> Result<bool, PortError> {
        self.writer
            .end(
                by,
                Lock::User(id),
                statement!(passwords::renew, id: id, old: &old, new: &new),
            )
            .await
    }

    async fn delete_user(&self, by: Authority, id: UserId) -> Result<bool, PortError> {
        let (at, lock) = (by.at(), Lock::EndOfUser(id));
        self.writer
            .end(by, lock, statement!(user_deletion::delete, at: at, id: id))
            .await
    }

    async fn create_organization(
        &self,
        by: Authority,
        new: NewOrganization,
    ) -> Result<Organization, PortError> {
        self.writer
            .write(
                by,
                Lock::Alone,
                statement!(organizations::create, new: &new),
            )
            .await
    }

    async fn organization(&self, id: PrincipalId) -> Result<Option<Organization>, PortError> {
        self.readers
            .lookup(statement!(organizations::find, id: id))
            .await
    }

    async fn list_organizations<'a>(
        &self,
        search: Option<&'a SearchTerm>,
        member: Option<UserId>,
        window: Window,
    ) -> Result<Page<Organization>, PortError> {
        let (search, bounds) = (search.cloned(), self.search);
        self.readers
            .scan(statement!(organizations::list, search: search.as_ref(), member: member, window: window, bounds: bounds))
            .await
    }

    async fn organizations(&self, ids: &[PrincipalId]) -> Result<Piece<Organization>, PortError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        self.readers
            .scan(statement!(organizations::some, ids: &ids))
            .await
    }

    async fn update_organization(
        &self,
        by: Authority,
        id: PrincipalId,
        changes: OrganizationChanges,
    ) -> Result<Option<Organization>, PortError> {
        let (at, lock) = (by.at(), Lock::Principal(id));
        self.writer
            .write(
                by,
                lock,
                statement!(organizations::update, at: at, id: id, changes: &changes),
            )
            .await
    }

    async fn delete_organization(&self, by: Authority, id: PrincipalId) -> Result<bool, PortError> {
        let (at, lock) = (by.at(), Lock::Principal(id));
        self.writer
            .end(by, lock, statement!(organizations::delete, at: at, id: id))
            .await
    }

    async fn add_member(
        &self,
        by: Authority,
        organization_id: PrincipalId,
        user_id: UserId,
        role: Role,
    ) -> Result<Option<Member>, PortError> {
        let membership = Membership {
            organization_id,
            user_id,
            role,
        };
        let at = by.at();
        let added: Result<Option<Member>, PortError> = self
            .writer
            .write(
                by,
                Lock::NewMember(organization_id, user_id),
                statement!(members::add, at: at, membership: membership),
            )
            .await;
        match added {
            // Another node deleted one of them between the lookup and the insert.
            Err(PortError::OwnerGone) => Ok(None),
            added => added,
        }
    }

    async fn list_members(
        &self,
        organization_id: PrincipalId,
        window: Window,
    ) -> Result<Page<Member>, PortError> {
        self.readers
            .scan(statement!(members::list, organization_id: organization_id, window: window))
            .await
    }

    async fn list_members_after(
        &self,
        organization_id: PrincipalId,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<(Piece<Member>, Option<UserId>), PortError> {
        self.readers
            .scan(statement!(
                members::list_after,
                organization_id: organization_id,
                after: after,
                limit: limit
            ))
            .await
    }

    async fn members(
        &self,
        organization_id: PrincipalId,
        ids: &[UserId],
    ) -> Result<Piece<Member>, PortError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        self.readers
            .scan(statement!(members::some, organization_id: organization_id, ids: &ids))
            .await
    }

    async fn update_member(
        &self,
        by: Authority,
        organization_id: PrincipalId,
        user_id: UserId,
        role: Role,
    ) -> Result<Option<Member>, PortError> {
        let membership = Membership {
            organization_id,
            user_id,
            role,
        };
        let lock = Lock::Principal(organization_id);
        self.writer
            .write_or_end(
                role == Role::User,
                by,
                lock,
                statement!(members::update, membership: membership),
            )
            .await
    }

    async fn remove_member(
        &self,
        by: Authority,
        organization_id: PrincipalId,
        user_id: UserId,
    ) -> Result<bool, PortError> {
        self.writer
            .end(
                by,
                Lock::Principal(organization_id),
                statement!(members::remove, organization_id: organization_id, user_id: user_id),
            )
            .await
    }
}
