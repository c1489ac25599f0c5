//! Organizations of the in-memory store.

use super::state::State;
use apikey_domain::{
    change::{Change, Transition},
    error::{PortError, Refusal, Unique},
    identifier::{PrincipalId, UserId},
    identity::organization::{NewOrganization, Organization, OrganizationChanges, Slug, Standing},
    listing::{Page, SearchTerm, Window},
    timestamp::Timestamp,
};

impl State {
    pub(super) fn create_organization(
        &mut self,
        new: NewOrganization,
        changed: &mut Vec<Change>,
    ) -> Result<Organization, PortError> {
        self.check_slug(&new.slug, None)?;
        let organization = Organization {
            id: self.next_principal_id(),
            name: new.name,
            slug: new.slug,
            description: new.description,
            created_at: new.created_at,
            updated_at: new.created_at,
        };
        self.organizations
            .insert(organization.id, organization.clone());
        let created = Transition::Created(organization.clone());
        changed.push(Change::Organization(created));
        Ok(organization)
    }

    pub(super) fn list_organizations(
        &self,
        search: Option<&SearchTerm>,
        member: Option<UserId>,
        window: Window,
    ) -> Page<Organization> {
        let is_shown = |organization: &&Organization| {
            search.is_none_or(|term| term.is_in(organization.name.as_str()))
                && member.is_none_or(|id| self.memberships.contains_key(&(organization.id, id)))
        };
        let shown = self.organizations.values().filter(is_shown).cloned();
        window.of(shown.collect())
    }

    pub(super) fn update_organization(
        &mut self,
        at: Timestamp,
        id: PrincipalId,
        changes: OrganizationChanges,
        changed: &mut Vec<Change>,
    ) -> Result<Option<Organization>, PortError> {
        if !self.organizations.contains_key(&id) {
            return Ok(None);
        }
        if let Some(slug) = &changes.slug {
            self.check_slug(slug, Some(id))?;
        }
        Ok(self.organizations.get_mut(&id).map(|organization| {
            let after = changes.applied_to(organization, at);
            let before = std::mem::replace(organization, after.clone());
            let updated = Transition::Updated {
                before,
                after: after.clone(),
            };
            changed.push(Change::Organization(updated));
            after
        }))
    }

    pub(super) fn delete_organization(
        &mut self,
        id: PrincipalId,
        changed: &mut Vec<Change>,
    ) -> Result<bool, PortError> {
        let Some(organization) = self.organizations.get(&id).cloned() else {
            return Ok(false);
        };
        let keys = self.keys.values().map(|stored| &stored.api_key);
        let owned = keys.filter(|key| key.owner_principal_id == id).count();
        if owned > 0 {
            let refusal = Refusal::OrganizationOwnsKeys(owned as u64);
            return Err(PortError::Refused(refusal));
        }
        self.organizations.remove(&id);
        self.end_memberships(|organization_id, _| organization_id == id, changed);
        changed.push(Change::Organization(Transition::Deleted(organization)));
        Ok(true)
    }

    pub(super) fn standing(&self, user_id: UserId, principal_id: PrincipalId) -> Standing {
        let membership = self.memberships.get(&(principal_id, user_id));
        Standing {
            is_organization: self.organizations.contains_key(&principal_id),
            role: membership.map(|membership| membership.role),
        }
    }

    fn check_slug(&self, slug: &Slug, own: Option<PrincipalId>) -> Result<(), PortError> {
        let mut organizations = self.organizations.values();
        let is_taken = |other: &Organization| Some(other.id) != own && other.slug == *slug;
        if organizations.any(is_taken) {
            Err(PortError::Duplicate(Unique::Slug))
        } else {
            Ok(())
        }
    }
}
