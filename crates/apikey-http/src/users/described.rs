//! The description of these operations.

use super::{
    body::{ActivateUserBody, CreateUserBody, UpdateOwnAccountBody, UpdateUserBody},
    view::UserView,
};
use crate::{
    openapi::{operation::Operation, parameters},
    organizations::OrganizationView,
};

/// What can be done with a user who was made.
const WITH_A_USER: [&str; 5] = [
    "getUser",
    "updateUser",
    "activateUser",
    "createApiKeyForUser",
    "deleteUser",
];

/// Returns the operations on users.
pub(crate) fn operations() -> Vec<Operation> {
    let summary = "Lists one page of users or all, or watches them.";
    let list = Operation::new("GET /v2/users", "listUsers", summary)
        .signed_in()
        .parameters(parameters::paging_or_all())
        .parameters(parameters::watch())
        .parameters([
            parameters::search("Only users whose username or full name contains this."),
            parameters::sort_by(
                "username, is_admin, full_name, source, is_active, created_at, updated_at",
            ),
        ])
        .answers_page::<UserView<'_>>("UserPage")
        .streams();
    vec![
        list,
        one("POST /v2/users", "createUser", "Creates a user.")
            .takes::<CreateUserBody>()
            .leads_to(&WITH_A_USER, &[("id", "id")])
            .refused([409]),
        one("GET /v2/users/{id}", "getUser", "Shows a user.").refused([404]),
        one("PUT /v2/users/{id}", "updateUser", "Changes a user.")
            .takes::<UpdateUserBody>()
            .refused([404, 409]),
        one(
            "PATCH /v2/users/{id}/activation",
            "activateUser",
            "Activates or deactivates a user.",
        )
        .takes::<ActivateUserBody>()
        .refused([404, 409]),
        Operation::new("DELETE /v2/users/{id}", "deleteUser", "Deletes a user.")
            .signed_in()
            .answers_null("The user is gone.")
            .refused([404, 409]),
    ]
}

/// Returns the operations on the caller's own account.
pub(crate) fn own_operations() -> Vec<Operation> {
    let summary = "Lists the caller's organizations.";
    vec![
        one("GET /v2/users/me", "getOwnAccount", "Shows the caller.").refused([404]),
        one(
            "PUT /v2/users/me",
            "updateOwnAccount",
            "Changes the caller's name or password.",
        )
        .takes::<UpdateOwnAccountBody>()
        .refused([404]),
        Operation::new(
            "GET /v2/users/me/organizations",
            "listOwnOrganizations",
            summary,
        )
        .signed_in()
        .parameters(parameters::paging())
        .answers_page::<OrganizationView<'_>>("OrganizationPage")
        .refused([404]),
    ]
}

fn one(route: &'static str, id: &'static str, summary: &'static str) -> Operation {
    Operation::new(route, id, summary)
        .signed_in()
        .answers::<UserView<'_>>("The user.")
}
