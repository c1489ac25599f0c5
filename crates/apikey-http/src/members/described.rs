//! The description of these operations.

use super::{AddMemberBody, MemberView, UpdateMemberBody};
use crate::openapi::{operation::Operation, parameters};

/// Returns the operations on the members of an organization.
pub(crate) fn operations() -> Vec<Operation> {
    let (list, add) = (
        "GET /v2/organizations/{id}/members",
        "POST /v2/organizations/{id}/members",
    );
    vec![
        Operation::new(list, "listMembers", "Lists the members of an organization.")
            .signed_in()
            .parameters(parameters::paging())
            .answers_page::<MemberView<'_>>("MemberPage")
            .leads_to(
                &["updateMember", "removeMember"],
                &[("id", "path id"), ("user_id", "items/0/user_id")],
            )
            .refused([404]),
        one(add, "addMember", "Adds a member.").takes::<AddMemberBody>(),
        one(
            "PUT /v2/organizations/{id}/members/{user_id}",
            "updateMember",
            "Changes the role of a member.",
        )
        .takes::<UpdateMemberBody>(),
        Operation::new(
            "DELETE /v2/organizations/{id}/members/{user_id}",
            "removeMember",
            "Removes a member.",
        )
        .signed_in()
        .answers_null("They are no member.")
        .refused([404, 409]),
    ]
}

fn one(route: &'static str, id: &'static str, summary: &'static str) -> Operation {
    Operation::new(route, id, summary)
        .signed_in()
        .answers::<MemberView<'_>>("The member.")
        .refused([404, 409])
}
