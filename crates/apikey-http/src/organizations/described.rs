//! The description of these operations.

use super::{
    body::{CreateOrganizationBody, UpdateOrganizationBody},
    view::OrganizationView,
};
use crate::openapi::{operation::Operation, parameters};

/// What can be done with an organization that was made.
const WITH_AN_ORGANIZATION: [&str; 5] = [
    "getOrganization",
    "updateOrganization",
    "listMembers",
    "addMember",
    "deleteOrganization",
];

/// Returns the operations on organizations.
pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::new(
            "GET /v2/organizations",
            "listOrganizations",
            "Lists organizations.",
        )
        .signed_in()
        .parameters(parameters::paging())
        .parameters([parameters::search("Only those whose name contains this.")])
        .answers_page::<OrganizationView<'_>>("OrganizationPage"),
        one(
            "POST /v2/organizations",
            "createOrganization",
            "Creates an organization.",
        )
        .takes::<CreateOrganizationBody>()
        .leads_to(&WITH_AN_ORGANIZATION, &[("id", "id")])
        .refused([409]),
        one(
            "GET /v2/organizations/{id}",
            "getOrganization",
            "Shows an organization.",
        )
        .refused([404]),
        one(
            "PUT /v2/organizations/{id}",
            "updateOrganization",
            "Changes an organization.",
        )
        .takes::<UpdateOrganizationBody>()
        .refused([404, 409]),
        Operation::new(
            "DELETE /v2/organizations/{id}",
            "deleteOrganization",
            "Deletes an organization that owns no keys.",
        )
        .signed_in()
        .answers_null("The organization is gone.")
        .refused([404, 409]),
    ]
}

fn one(route: &'static str, id: &'static str, summary: &'static str) -> Operation {
    Operation::new(route, id, summary)
        .signed_in()
        .answers::<OrganizationView<'_>>("The organization.")
}
