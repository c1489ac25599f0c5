//! People and organizations in memory.

use super::Memory;
use crate::{
    identifier::{PrincipalId, UserId},
    listing::{Page, SearchTerm, Window},
    organization::{Member, NewOrganization, Organization, OrganizationChanges, Role, Standing},
    port::{StoreError, directory::Directory},
    timestamp::Timestamp,
    user::{NewUser, User, UserChanges, UserCredential},
};
use async_trait::async_trait;

#[async_trait]
impl Directory for Memory {
    async fn create_user(&self, new: NewUser) -> Result<User, StoreError> {
        self.write(|state, _| state.create_user(new))
    }

    async fn create_first_user(&self, new: NewUser) -> Result<Option<User>, StoreError> {
        self.write(|state, _| match state.users.is_empty() {
            true => state.create_user(new).map(Some),
            false => Ok(None),
        })
    }

    async fn has_users(&self) -> Result<bool, StoreError> {
        Ok(!self.read().users.is_empty())
    }

    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let state = self.read();
        Ok(state.users.get(&id).map(|stored| stored.user.clone()))
    }

    async fn user_credential(&self, username: &str) -> Result<Option<UserCredential>, StoreError> {
        let state = self.read();
        let is_it = |stored: &&UserCredential| stored.user.username.as_str() == username;
        Ok(state.users.values().find(is_it).cloned())
    }

    async fn list_users<'a>(
        &self,
        search: Option<&'a SearchTerm>,
        window: Window,
    ) -> Result<Page<User>, StoreError> {
        Ok(self.read().list_users(search, window))
    }

    async fn update_user(
        &self,
        id: UserId,
        changes: UserChanges,
        now: Timestamp,
    ) -> Result<Option<User>, StoreError> {
        self.write(|state, effects| state.update_user(id, changes, now, effects))
    }

    async fn delete_user(&self, id: UserId) -> Result<bool, StoreError> {
        self.write(|state, effects| state.delete_user(id, effects))
    }

    async fn create_organization(&self, new: NewOrganization) -> Result<Organization, StoreError> {
        self.write(|state, _| state.create_organization(new))
    }

    async fn organization(&self, id: PrincipalId) -> Result<Option<Organization>, StoreError> {
        Ok(self.read().organizations.get(&id).cloned())
    }

    async fn list_organizations<'a>(
        &self,
        search: Option<&'a SearchTerm>,
        member: Option<UserId>,
        window: Window,
    ) -> Result<Page<Organization>, StoreError> {
        Ok(self.read().list_organizations(search, member, window))
    }

    async fn update_organization(
        &self,
        id: PrincipalId,
        changes: OrganizationChanges,
        now: Timestamp,
    ) -> Result<Option<Organization>, StoreError> {
        self.write(|state, _| state.update_organization(id, changes, now))
    }

    async fn delete_organization(&self, id: PrincipalId) -> Result<bool, StoreError> {
        self.write(|state, effects| state.delete_organization(id, effects))
    }

    async fn standing(
        &self,
        user_id: UserId,
        principal_id: PrincipalId,
    ) -> Result<Standing, StoreError> {
        Ok(self.read().standing(user_id, principal_id))
    }

    async fn add_member(
        &self,
        organization_id: PrincipalId,
        user_id: UserId,
        role: Role,
        now: Timestamp,
    ) -> Result<Option<Member>, StoreError> {
        self.write(|state, effects| state.add_member(organization_id, user_id, role, now, effects))
    }

    async fn list_members(
        &self,
        organization_id: PrincipalId,
        window: Window,
    ) -> Result<Page<Member>, StoreError> {
        Ok(self.read().list_members(organization_id, window))
    }

    async fn update_member(
        &self,
        organization_id: PrincipalId,
        user_id: UserId,
        role: Role,
    ) -> Result<Option<Member>, StoreError> {
        self.write(|state, _| state.update_member(organization_id, user_id, role))
    }

    async fn remove_member(
        &self,
        organization_id: PrincipalId,
        user_id: UserId,
    ) -> Result<bool, StoreError> {
        self.write(|state, effects| state.remove_member(organization_id, user_id, effects))
    }
}
