//! An organization as JSON.

use apikey_domain::{identity::organization::Organization, key::key_name::Description};
use serde::Serialize;
use utoipa::ToSchema;

/// An organization as JSON.
#[derive(Serialize, ToSchema)]
#[schema(as = Organization)]
pub(crate) struct OrganizationView<'a> {
    /// The principal of the organization.
    id: i64,
    name: &'a str,
    slug: &'a str,
    #[schema(required)]
    description: Option<&'a str>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
}

impl<'a> OrganizationView<'a> {
    /// Returns the view of an organization.
    pub(crate) fn of(organization: &'a Organization) -> Self {
        Self {
            id: organization.id.0,
            name: organization.name.as_str(),
            slug: organization.slug.as_str(),
            description: organization.description.as_ref().map(Description::as_str),
            created_at: organization.created_at.to_rfc3339(),
            updated_at: organization.updated_at.to_rfc3339(),
        }
    }
}
