//! Memberships of the in-memory store.

use super::state::{State, StoredMembership};
use apikey_domain::{
    access::policy::last_admin,
    change::{Change, Membership, Transition},
    error::{PortError, Unique},
    identifier::{PrincipalId, UserId},
    identity::organization::{Member, Role},
    listing::{Page, Piece, Window},
    timestamp::Timestamp,
};

impl State {
    pub(super) fn add_member(
        &mut self,
        at: Timestamp,
        membership: Membership,
        changed: &mut Vec<Change>,
    ) -> Result<Option<Member>, PortError> {
        let (id, user_id) = (membership.organization_id, membership.user_id);
        if !self.organizations.contains_key(&id) || !self.users.contains_key(&user_id) {
            return Ok(None);
        }
        if self.memberships.contains_key(&(id, user_id)) {
            return Err(PortError::Duplicate(Unique::Member));
        }
        let stored = StoredMembership {
            role: membership.role,
            created_at: at,
        };
        self.memberships.insert((id, user_id), stored);
        changed.push(Change::Member(Transition::Created(membership)));
        Ok(self.member(id, user_id))
    }

    pub(super) fn list_members(&self, id: PrincipalId, window: Window) -> Page<Member> {
        let memberships = self.memberships.keys();
        let members = memberships
            .filter(|(organization_id, _)| *organization_id == id)
            .filter_map(|(_, user_id)| self.member(id, *user_id));
        window.of(members.collect())
    }

    pub(super) fn list_members_after(
        &self,
        id: PrincipalId,
        after: Option<UserId>,
        limit: u32,
    ) -> (Piece<Member>, Option<UserId>) {
        let all = self.memberships.keys().filter(|(of, _)| *of == id);
        let later = all.filter(|(_, user)| after.is_none_or(|after| *user > after));
        let mut members = later.filter_map(|(_, user_id)| self.member(id, *user_id));
        let piece = Vec::from_iter(members.by_ref().take(limit as usize));
        let next = piece.last().map(|member| member.user_id);
        let next = members.next().and(next);
        (Piece::of(piece), next)
    }

    pub(super) fn update_member(
        &mut self,
        after: Membership,
        changed: &mut Vec<Change>,
    ) -> Result<Option<Member>, PortError> {
        let (id, user_id) = (after.organization_id, after.user_id);
        if after.role != Role::Admin {
            self.check_organization_admins(id, user_id)?;
        }
        if let Some(stored) = self.memberships.get_mut(&(id, user_id)) {
            let role = std::mem::replace(&mut stored.role, after.role);
            if role != after.role {
                let before = Membership { role, ..after };
                changed.push(Change::Member(Transition::Updated { before, after }));
            }
        }
        Ok(self.member(id, user_id))
    }

    pub(super) fn remove_member(
        &mut self,
        id: PrincipalId,
        user_id: UserId,
        changed: &mut Vec<Change>,
    ) -> Result<bool, PortError> {
        self.check_organization_admins(id, user_id)?;
        let is_removed = self.memberships.contains_key(&(id, user_id));
        let is_member = |organization_id, member_id| (organization_id, member_id) == (id, user_id);
        self.end_memberships(is_member, changed);
        Ok(is_removed)
    }

    /// Deletes the memberships that `is_deleted` selects.
    pub(super) fn end_memberships(
        &mut self,
        is_deleted: impl Fn(PrincipalId, UserId) -> bool,
        changed: &mut Vec<Change>,
    ) {
        let deleted = self
            .memberships
            .extract_if(.., |(organization_id, user_id), _| {
                is_deleted(*organization_id, *user_id)
            });
        changed.extend(deleted.map(|((organization_id, user_id), stored)| {
            Change::Member(Transition::Deleted(Membership {
                organization_id,
                user_id,
                role: stored.role,
            }))
        }));
    }

    /// Checks that the organization has another admin if the user is one.
    pub(super) fn check_organization_admins(
        &self,
        id: PrincipalId,
        user_id: UserId,
    ) -> Result<(), PortError> {
        let Some(membership) = self.memberships.get(&(id, user_id)) else {
            return Ok(());
        };
        let others = self.other_organization_admins(id, user_id);
        last_admin::of_organization(id, membership.role, others).map_err(PortError::Refused)
    }

    pub(super) fn member(&self, id: PrincipalId, user_id: UserId) -> Option<Member> {
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
