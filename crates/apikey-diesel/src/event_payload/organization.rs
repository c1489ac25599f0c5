//! The payload of organizations.

use super::payload::Payload;
use crate::rows::RowContext;
use apikey_domain::{
    error::PortError,
    identifier::PrincipalId,
    identity::organization::{Organization, OrganizationName, Slug},
    key::key_name::Description,
};
use serde::{Deserialize, Serialize};

/// The payload of an organization. The fields that identify it have no default.
#[derive(Serialize, Deserialize)]
pub(super) struct OrganizationPayload {
    principal_id: i64,
    name: String,
    slug: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    created_at: i64,
    #[serde(default)]
    updated_at: i64,
}

// === impl OrganizationPayload ===

impl Payload for OrganizationPayload {
    type Subject = Organization;

    fn of(organization: &Organization) -> Self {
        let description = organization.description.as_ref().map(Description::as_str);
        Self {
            principal_id: organization.id.0,
            name: organization.name.as_str().to_owned(),
            slug: organization.slug.as_str().to_owned(),
            description: description.map(str::to_owned),
            created_at: organization.created_at.microseconds(),
            updated_at: organization.updated_at.microseconds(),
        }
    }

    fn subject(self, event: &RowContext) -> Result<Organization, PortError> {
        Ok(Organization {
            id: PrincipalId(self.principal_id),
            name: event.valid(OrganizationName::stored(self.name))?,
            slug: event.valid(Slug::parse(self.slug))?,
            description: event.description(self.description)?,
            created_at: event.instant(self.created_at)?,
            updated_at: event.instant(self.updated_at)?,
        })
    }
}
