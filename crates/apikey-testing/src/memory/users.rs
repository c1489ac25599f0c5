//! Users of the in-memory store.

use super::state::State;
use apikey_domain::{
    access::policy::last_admin,
    change::{Change, Transition},
    error::{PortError, Unique},
    identifier::{SessionId, UserId},
    identity::{
        password::PasswordHash,
        user::{NewUser, User, UserChanges, UserCredential, Username},
        user_list::{UserBatch, UserFilter, UserOrder, UserPlace},
    },
    key::api_key::ApiKey,
    listing::{Page, Piece, Window},
    name::Likeness,
    timestamp::Timestamp,
};

impl State {
    pub(super) fn create_user(
        &mut self,
        new: NewUser,
        changed: &mut Vec<Change>,
    ) -> Result<User, PortError> {
        self.check_username(&new.username, None)?;
        let user = User {
            id: self.next_user_id(),
            username: new.username,
            full_name: new.full_name,
            is_admin: new.is_admin,
            is_active: new.is_active,
            is_system: new.is_system,
            require_password_change: new.require_password_change,
            principal_id: self.next_principal_id(),
            created_at: new.created_at,
            updated_at: new.created_at,
        };
        let stored = UserCredential {
            user: user.clone(),
            password_hash: new.password_hash,
        };
        self.users.insert(user.id, stored);
        self.remember_likeness(&user);
        changed.push(Change::User(Transition::Created(user.clone())));
        Ok(user)
    }

    pub(super) fn list_users(
        &self,
        filter: &UserFilter,
        order: &UserOrder,
        window: Window,
    ) -> Page<User> {
        window.of(self.sorted_users(filter, order))
    }

    pub(super) fn list_users_after(
        &self,
        filter: &UserFilter,
        order: &UserOrder,
        after: Option<&UserPlace>,
        limit: u32,
    ) -> UserBatch {
        let place = |user: &User| UserPlace::of(user, order);
        let mut users = self.sorted_users(filter, order);
        users.retain(|user| after.is_none_or(|after| place(user).compare(after, order).is_gt()));
        let has_more = users.len() > limit as usize;
        users.truncate(limit as usize);
        let next = users.last().filter(|_| has_more).map(place);
        UserBatch {
            piece: Piece::of(users),
            next,
        }
    }

    fn sorted_users(&self, filter: &UserFilter, order: &UserOrder) -> Vec<User> {
        let users = self.users.values().map(|stored| &stored.user);
        let mut users: Vec<_> = users.filter(|user| filter.admits(user)).cloned().collect();
        let place = |user: &User| UserPlace::of(user, order);
        users.sort_by(|one, other| place(one).compare(&place(other), order));
        users
    }

    pub(super) fn update_user(
        &mut self,
        at: Timestamp,
        (id, kept_session): (UserId, Option<SessionId>),
        changes: UserChanges,
        changed: &mut Vec<Change>,
    ) -> Result<Option<User>, PortError> {
        let Some(stored) = self.users.get(&id) else {
            return Ok(None);
        };
        if last_admin::ends_administration(&stored.user, &changes) {
            self.check_platform_admins(id)?;
        }
        let renamed = changes.username.as_ref();
        if let Some(username) = renamed.filter(|name| **name != stored.user.username) {
            self.check_username(username, Some(id))?;
        }
        let before = stored.user.clone();
        let after = changes.applied_to(&before, at);
        self.replace_user(&after, changes.password_hash.as_ref());
        if !after.is_active {
            self.end_sessions_of(id);
        }
        if let Some(hash) = &changes.password_hash {
            self.end_sessions_but(id, kept_session, hash);
        }
        if changes.password_hash.is_some() {
            changed.push(Change::Password(after.clone()));
        }
        changed.push(Change::User(Transition::Updated {
            before,
            after: after.clone(),
        }));
        Ok(Some(after))
    }

    pub(super) fn delete_user(
        &mut self,
        id: UserId,
        changed: &mut Vec<Change>,
    ) -> Result<bool, PortError> {
        let Some(stored) = self.users.get(&id) else {
            return Ok(false);
        };
        let user = stored.user.clone();
        let principal_id = user.principal_id;
        if last_admin::is_active_admin(&user) {
            self.check_platform_admins(id)?;
        }
        for organization_id in self.organizations.keys() {
            self.check_organization_admins(*organization_id, id)?;
        }
        self.users.remove(&id);
        self.likenesses.remove(&id);
        self.end_sessions_of(id);
        let is_theirs = |key: &ApiKey| key.user_id == id || key.owner_principal_id == principal_id;
        self.delete_keys(is_theirs, changed);
        self.end_memberships(|_, member_id| member_id == id, changed);
        changed.push(Change::User(Transition::Deleted(user)));
        Ok(true)
    }

    fn replace_user(&mut self, user: &User, password_hash: Option<&PasswordHash>) {
        self.remember_likeness(user);
        for key in self.keys.values_mut().map(|stored| &mut stored.api_key) {
            if key.user_id == user.id {
                user.username.as_str().clone_into(&mut key.user_name);
            }
        }
        if let Some(stored) = self.users.get_mut(&user.id) {
            stored.user.clone_from(user);
            if let Some(password_hash) = password_hash {
                stored.password_hash.clone_from(password_hash);
            }
        }
    }

    fn check_platform_admins(&self, id: UserId) -> Result<(), PortError> {
        last_admin::of_platform(self.other_platform_admins(id)).map_err(PortError::Refused)
    }

    fn check_username(&self, username: &Username, own: Option<UserId>) -> Result<(), PortError> {
        let users = self.users.values().map(|stored| &stored.user);
        let others = users.filter(|user| Some(user.id) != own);
        if others
            .map(|user| &user.username)
            .any(|name| name == username)
        {
            return Err(PortError::Duplicate(Unique::Username));
        }
        let likeness = Likeness::of(username.as_str());
        let mut others = self.likenesses.iter().filter(|(id, _)| Some(**id) != own);
        if others.any(|(_, other)| likeness.is_like(other)) {
            return Err(PortError::Duplicate(Unique::LikeUsername));
        }
        Ok(())
    }

    pub(super) fn remember_likeness(&mut self, user: &User) {
        let likeness = Likeness::of(user.username.as_str());
        self.likenesses.insert(user.id, likeness);
    }
}
