//! What happens to memberships.

use super::state::{Membership, State, page_of};
use crate::{
    change::{AccessLoss, Effect, StandingChange},
    identifier::{PrincipalId, UserId},
    listing::{Page, Window},
    organization::{Member, Role},
    policy::last_admin,
    port::{StoreError, Unique},
    timestamp::Timestamp,
};

impl State {
    pub(super) fn add_member(
        &mut self,
        id: PrincipalId,
        user_id: UserId,
        role: Role,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Result<Option<Member>, StoreError> {
        if !self.organizations.contains_key(&id) || !self.users.contains_key(&user_id) {
            return Ok(None);
        }
        if self.memberships.contains_key(&(id, user_id)) {
            return Err(StoreError::Duplicate(Unique::Member));
        }
        let membership = Membership {
            role,
            created_at: now,
        };
        self.memberships.insert((id, user_id), membership);
        effects.push(Effect::Standing(StandingChange::Member(user_id, id)));
        Ok(self.member(id, user_id))
    }

    pub(super) fn list_members(&self, id: PrincipalId, window: Window) -> Page<Member> {
        let memberships = self.memberships.keys();
        let members = memberships
            .filter(|(organization_id, _)| *organization_id == id)
            .filter_map(|(_, user_id)| self.member(id, *user_id));
        page_of(members.collect(), window)
    }

    pub(super) fn update_member(
        &mut self,
        id: PrincipalId,
        user_id: UserId,
        role: Role,
    ) -> Result<Option<Member>, StoreError> {
        if role != Role::Admin {
            self.check_organization_admins(id, user_id)?;
        }
        if let Some(membership) = self.memberships.get_mut(&(id, user_id)) {
            membership.role = role;
        }
        Ok(self.member(id, user_id))
    }

    pub(super) fn remove_member(
        &mut self,
        id: PrincipalId,
        user_id: UserId,
        effects: &mut Vec<Effect>,
    ) -> Result<bool, StoreError> {
        self.check_organization_admins(id, user_id)?;
        let is_removed = self.memberships.remove(&(id, user_id)).is_some();
        if is_removed {
            effects.push(Effect::Standing(StandingChange::Member(user_id, id)));
            effects.push(Effect::AccessLost(AccessLoss::Member(user_id, id)));
        }
        Ok(is_removed)
    }

    /// Checks that the organization can do without the user as they are.
    pub(super) fn check_organization_admins(
        &self,
        id: PrincipalId,
        user_id: UserId,
    ) -> Result<(), StoreError> {
        let Some(membership) = self.memberships.get(&(id, user_id)) else {
            return Ok(());
        };
        let others = self.other_organization_admins(id, user_id);
        last_admin::of_organization(id, membership.role, others).map_err(StoreError::Refused)
    }

    fn member(&self, id: PrincipalId, user_id: UserId) -> Option<Member> {
        let membership = self.memberships.get(&(id, user_id))?;
        let user = &self.users.get(&user_id)?.user;
        Some(Member {
            user_id,
            username: user.username.clone(),
            full_name: user.full_name.clone(),
            role: membership.role,
            created_at: membership.created_at,
        })
    }
}
