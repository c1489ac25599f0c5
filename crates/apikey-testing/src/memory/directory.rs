//! Users and organizations of the in-memory store.

use super::{Memory, state::piece_of};
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
    name::composed,
    port::{directory::Directory, principals::Principals},
};
use async_trait::async_trait;

#[async_trait]
impl Directory for Memory {
    async fn create_user(&self, by: Authority, new: NewUser) -> Result<User, PortError> {
        self.write(by, |state, changed| state.create_user(new, changed))
    }

    async fn create_first_user(
        &self,
        by: Authority,
        new: NewUser,
    ) -> Result<Option<User>, PortError> {
        self.write(by, |state, changed| {
            if state.users.is_empty() {
                state.create_user(new, changed).map(Some)
            } else {
                Ok(None)
            }
        })
    }

    async fn has_users(&self) -> Result<bool, PortError> {
        Ok(!self.read().users.is_empty())
    }

    async fn user_credential(&self, username: &str) -> Result<Option<UserCredential>, PortError> {
        let state = self.read();
        let find = |name: &str| {
            let mut users = state.users.values();
            users.find(|stored| stored.user.username.as_str() == name)
        };
        let found = find(username).or_else(|| find(&composed(username)));
        Ok(found.cloned())
    }

    async fn list_users(
        &self,
        filter: &UserFilter,
        order: &UserOrder,
        window: Window,
    ) -> Result<Page<User>, PortError> {
        Ok(self.read().list_users(filter, order, window))
    }

    async fn list_users_after<'a>(
        &self,
        filter: &UserFilter,
        order: &UserOrder,
        after: Option<&'a UserPlace>,
        limit: u32,
    ) -> Result<UserBatch, PortError> {
        Ok(self.read().list_users_after(filter, order, after, limit))
    }

    async fn users(&self, ids: &[UserId]) -> Result<Piece<User>, PortError> {
        let state = self.read();
        let find = |id| state.users.get(&id).map(|stored| stored.user.clone());
        Ok(piece_of(ids, find))
    }

    async fn update_user(
        &self,
        by: Authority,
        id: UserId,
        changes: UserChanges,
    ) -> Result<Option<User>, PortError> {
        let (at, subject) = (by.at(), (id, by.kept_session(id)));
        self.write(by, |state, changed| {
            state.update_user(at, subject, changes, changed)
        })
    }

    async fn renew_password_hash(
        &self,
        by: Authority,
        id: UserId,
        old: PasswordHash,
        new: PasswordHash,
    ) -> Result<bool, PortError> {
        self.write(by, |state, _| {
            let stored = state.users.get_mut(&id);
            let stored = stored.filter(|stored| stored.password_hash == old);
            let Some(stored) = stored else {
                return Ok(false);
            };
            stored.password_hash = new.clone();
            state.renew_sessions(id, &old, &new);
            Ok(true)
        })
    }

    async fn delete_user(&self, by: Authority, id: UserId) -> Result<bool, PortError> {
        self.write(by, |state, changed| state.delete_user(id, changed))
    }

    async fn create_organization(
        &self,
        by: Authority,
        new: NewOrganization,
    ) -> Result<Organization, PortError> {
        self.write(by, |state, changed| state.create_organization(new, changed))
    }

    async fn organization(&self, id: PrincipalId) -> Result<Option<Organization>, PortError> {
        Ok(self.read().organizations.get(&id).cloned())
    }

    async fn list_organizations<'a>(
        &self,
        search: Option<&'a SearchTerm>,
        member: Option<UserId>,
        window: Window,
    ) -> Result<Page<Organization>, PortError> {
        Ok(self.read().list_organizations(search, member, window))
    }

    async fn organizations(&self, ids: &[PrincipalId]) -> Result<Piece<Organization>, PortError> {
        let state = self.read();
        Ok(piece_of(ids, |id| state.organizations.get(&id).cloned()))
    }

    async fn update_organization(
        &self,
        by: Authority,
        id: PrincipalId,
        changes: OrganizationChanges,
    ) -> Result<Option<Organization>, PortError> {
        let at = by.at();
        self.write(by, |state, changed| {
            state.update_organization(at, id, changes, changed)
        })
    }

    async fn delete_organization(&self, by: Authority, id: PrincipalId) -> Result<bool, PortError> {
        self.write(by, |state, changed| state.delete_organization(id, changed))
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
        self.write(by, |state, changed| {
            state.add_member(at, membership, changed)
        })
    }

    async fn list_members(
        &self,
        organization_id: PrincipalId,
        window: Window,
    ) -> Result<Page<Member>, PortError> {
        Ok(self.read().list_members(organization_id, window))
    }

    async fn list_members_after(
        &self,
        organization_id: PrincipalId,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<(Piece<Member>, Option<UserId>), PortError> {
        let state = self.read();
        Ok(state.list_members_after(organization_id, after, limit))
    }

    async fn members(
        &self,
        organization_id: PrincipalId,
        ids: &[UserId],
    ) -> Result<Piece<Member>, PortError> {
        let state = self.read();
        Ok(piece_of(ids, |id| state.member(organization_id, id)))
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
        self.write(by, |state, changed| {
            state.update_member(membership, changed)
        })
    }

    async fn remove_member(
        &self,
        by: Authority,
        organization_id: PrincipalId,
        user_id: UserId,
    ) -> Result<bool, PortError> {
        self.write(by, |state, changed| {
            state.remove_member(organization_id, user_id, changed)
        })
    }
}

#[async_trait]
impl Principals for Memory {
    async fn user(&self, id: UserId) -> Result<Option<User>, PortError> {
        let state = self.read();
        Ok(state.users.get(&id).map(|stored| stored.user.clone()))
    }

    async fn standing(
        &self,
        user_id: UserId,
        principal_id: PrincipalId,
    ) -> Result<Standing, PortError> {
        Ok(self.read().standing(user_id, principal_id))
    }

    async fn current_rights(&self, grounds: Grounds) -> Result<CurrentRights, PortError> {
        Ok(self.read().current_rights(grounds))
    }
}
