//! The description of this operation.

use super::view::{EventPageEndView, EventView};
use crate::openapi::{
    names::EventKindName,
    operation::Operation,
    parameters::{self, query},
};
use serde_json::json;
use utoipa::PartialSchema;

/// Returns the operation that lists events.
pub(crate) fn operations() -> Vec<Operation> {
    let summary = "Lists events in their order, after a position.";
    let mut list = Operation::new("GET /v2/events", "listEvents", summary).signed_in();
    let kind = list.schema::<EventKindName>();
    let events = list.schema::<EventView<'_>>();
    let mut page = serde_json::to_value(EventPageEndView::schema()).unwrap_or_default();
    page["description"] = json!("Events, and the position from which to go on.");
    page["properties"]["items"] = json!({"type": "array", "items": events});
    page["required"] = json!(["items", "next", "has_more", "oldest", "is_complete"]);
    let page = list.named_schema("EventPage", page);
    let position = json!({"type": "string", "pattern": "^[0-9]{1,19}-[0-9]{1,19}$"});
    let limit = json!({"type": "integer", "minimum": 1, "maximum": 1000, "default": 100});
    let id = parameters::integer;
    let list = list
        .parameters([
            query("after", position, "Only events after this position."),
            query("limit", limit, "At most so many."),
            query("api_key_id", id(), "About this key."),
            query(
                "user_id",
                id(),
                "About this user, their keys and memberships.",
            ),
            query("organization_id", id(), "About this principal."),
            query("kind", kind, "Of this kind."),
            query("since", parameters::instant(), "From this instant on."),
            query("until", parameters::instant(), "Before this instant."),
        ])
        .answers_schema("Events.", page);
    vec![list]
}
