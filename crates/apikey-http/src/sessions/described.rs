//! The description of these operations.

use super::SessionView;
use crate::openapi::{operation::Operation, parameters};

/// Returns the operations on the caller's sessions.
pub(crate) fn operations() -> Vec<Operation> {
    let (list, end) = (
        "Lists the caller's sessions.",
        "Ends one of the caller's sessions.",
    );
    vec![
        Operation::new("GET /v2/users/me/sessions", "listSessions", list)
            .signed_in()
            .parameters(parameters::paging())
            .answers_page::<SessionView>("SessionPage")
            .leads_to(&["endSession"], &[("id", "items/0/id")]),
        Operation::new("DELETE /v2/users/me/sessions/{id}", "endSession", end)
            .signed_in()
            .answers_null("The session has ended.")
            .refused([404]),
    ]
}
