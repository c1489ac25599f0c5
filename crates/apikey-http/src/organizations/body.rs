//! The request bodies that create and update an organization.

use crate::body::{OtherFields, RequestBody, field::given};
use apikey_domain::{
    Invalid,
    identity::organization::{OrganizationName, Slug},
    key::key_name::Description,
    use_case::identity::manage_organizations::{CreateOrganization, UpdateOrganization},
};
use serde::Deserialize;
use utoipa::ToSchema;

/// The body that creates an organization.
#[derive(Deserialize, ToSchema)]
#[schema(as = CreateOrganization)]
pub(super) struct CreateOrganizationBody {
    #[schema(min_length = 1, max_length = 255)]
    name: String,
    #[schema(pattern = "^[a-z0-9][a-z0-9-]{0,62}$")]
    slug: String,
    #[serde(default)]
    #[schema(max_length = 4_096)]
    description: Option<String>,
}

/// The body that updates an organization. An absent field is left unchanged; a
/// null description is removed.
#[derive(Deserialize, ToSchema)]
#[schema(as = UpdateOrganization)]
pub(super) struct UpdateOrganizationBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 255)]
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = false, pattern = "^[a-z0-9][a-z0-9-]{0,62}$")]
    slug: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 4_096)]
    description: Option<Option<String>>,
}

impl RequestBody for CreateOrganizationBody {
    const OTHER_FIELDS: OtherFields = OtherFields::NEAR;
}

impl RequestBody for UpdateOrganizationBody {
    const OTHER_FIELDS: OtherFields = OtherFields::NEAR;
}

impl TryFrom<CreateOrganizationBody> for CreateOrganization {
    type Error = Invalid;

    fn try_from(body: CreateOrganizationBody) -> Result<Self, Invalid> {
        Ok(Self {
            name: OrganizationName::parse(body.name)?,
            slug: Slug::parse(body.slug)?,
            description: description(body.description)?,
        })
    }
}

impl TryFrom<UpdateOrganizationBody> for UpdateOrganization {
    type Error = Invalid;

    fn try_from(body: UpdateOrganizationBody) -> Result<Self, Invalid> {
        Ok(Self {
            name: body.name,
            slug: body.slug.map(Slug::parse).transpose()?,
            description: body.description.map(description).transpose()?,
        })
    }
}

fn description(text: Option<String>) -> Result<Option<Description>, Invalid> {
    text.map(Description::parse).transpose()
}
