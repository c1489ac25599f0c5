//! The description of this operation.

use super::RemovalView;
use crate::openapi::{operation::Operation, parameters};

/// Returns the operation that lists removals.
pub(crate) fn operations() -> Vec<Operation> {
    let summary = "Lists what of deleted users and organizations is still going.";
    let list = Operation::new("GET /v2/removals", "listRemovals", summary)
        .signed_in()
        .parameters(parameters::paging())
        .answers_page::<RemovalView<'_>>("RemovalPage");
    vec![list]
}
