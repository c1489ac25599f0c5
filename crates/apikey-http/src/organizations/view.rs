//! An organization, as clients see it.

use apikey_domain::{identity::organization::Organization, key::key_name::Description};
use serde::Serialize;

/// An organization, as clients see it.
#[derive(Serialize)]
pub(crate) struct OrganizationView<'a> {
    id: i64,
    name: &'a str,
    slug: &'a str,
    description: Option<&'a str>,
    created_at: String,
    updated_at: String,
}

impl<'a> OrganizationView<'a> {
    /// The organization.
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
