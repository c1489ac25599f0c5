//! The parameters that operations have in common.

use super::files;
use serde_json::{Value, json};

/// Returns a parameter of the query.
pub(crate) fn query(name: &str, schema: Value, description: &str) -> Value {
    parameter("query", name, schema, description)
}

/// Returns a header of the request.
pub(crate) fn header(name: &str, schema: Value, description: &str) -> Value {
    parameter("header", name, schema, description)
}

/// Returns the id in a segment of the path.
pub(super) fn segment(name: &str) -> Value {
    let schema = match name {
        "file" => json!({"type": "string", "enum": files::names()}),
        _ => integer(),
    };
    json!({"in": "path", "name": name, "required": true, "schema": schema})
}

fn parameter(place: &str, name: &str, schema: Value, description: &str) -> Value {
    json!({"in": place, "name": name, "schema": schema, "description": description})
}

/// `page` and `perPage`.
pub(crate) fn paging() -> [Value; 2] {
    let page = json!({"type": "integer", "format": "int64", "minimum": 1, "default": 1});
    [query("page", page, "The number of the page."), per_page()]
}

/// The same, with `-1` for all in one page.
pub(crate) fn paging_or_all() -> [Value; 2] {
    let page = json!({
        "type": "integer", "format": "int64", "minimum": -1, "not": {"const": 0}, "default": 1,
    });
    [
        query("page", page, "The number of the page; -1 for all in one."),
        per_page(),
    ]
}

fn per_page() -> Value {
    let schema = json!({
        "type": "integer", "format": "int64", "minimum": 1, "maximum": 1000, "default": 100,
    });
    query("perPage", schema, "How many entries a page has.")
}

/// `search`.
pub(crate) fn search(what: &str) -> Value {
    let schema = json!({"type": "string", "maxLength": 255, "pattern": "^[^\\u0000]*$"});
    query("search", schema, what)
}

/// `sort_by`, of these fields.
pub(crate) fn sort_by(fields: &str) -> Value {
    let description = format!("A list of fields, each with an optional `-` before it: {fields}.");
    query("sort_by", json!({"type": "string"}), &description)
}

/// `watch`, and from where a stream goes on.
pub(crate) fn watch() -> [Value; 2] {
    let watch = "For a stream of what is there and of its changes.";
    let last = "With `watch`: the last `id` of a stream, to go on after it.";
    [
        query("watch", flag(), watch),
        header("Last-Event-ID", json!({"type": "string"}), last),
    ]
}

/// `Idempotency-Key`.
pub(crate) fn idempotency_key() -> Value {
    let schema = json!({"type": "string", "pattern": "^[!-~]{1,255}$"});
    let description = "Names this request, so that it can be sent again if its answer is lost.";
    header("Idempotency-Key", schema, description)
}

/// `If-None-Match`.
pub(super) fn if_none_match() -> Value {
    let description = "Tags that `ETag` showed, or `*`: what is still like this is not sent.";
    header("If-None-Match", json!({"type": "string"}), description)
}

/// `X-Request-Id`, where it is read.
pub(crate) fn request_id() -> Value {
    let description = "The id under which the request is found in the log. What is not 1 to 128 \
                       letters, digits and `-._:/+=@` is ignored.";
    header("X-Request-Id", json!({"type": "string"}), description)
}

/// `X-Organization-Id`.
pub(super) fn organization_id() -> Value {
    let description = "The principal to act for: an organization, or the caller's own. With a \
                       key it is ignored.";
    header("X-Organization-Id", integer(), description)
}

/// `user_id`, for those who are shown the keys of others.
pub(crate) fn user_id() -> Value {
    let schema = json!({"type": "string", "pattern": "^(\\*|[0-9]{1,18})$"});
    let description =
        "For those who are shown the keys of others: the id of a user, or `*` for all.";
    query("user_id", schema, description)
}

/// An integer of 64 bits.
pub(crate) fn integer() -> Value {
    json!({"type": "integer", "format": "int64"})
}

/// A boolean.
pub(crate) fn flag() -> Value {
    json!({"type": "boolean"})
}

/// An instant as in RFC 3339.
pub(crate) fn instant() -> Value {
    json!({"type": "string", "format": "date-time"})
}
