//! The description of these operations.

use super::{
    body::{CreateApiKeyBody, UpdateApiKeyBody},
    explanation::{ExplainBody, ExplanationView},
    patch::PatchApiKeyBody,
    revocation::RevokeBody,
    rotation::RotateBody,
    view::ApiKeyView,
};
use crate::openapi::{
    names::StatusName,
    operation::Operation,
    parameters::{self, header, query},
};
use serde_json::{Value, json};

/// What the entity tag of a key is.
const TAG: &str = "The tag of all that is shown but the last use.";

/// `*`, or entity tags.
const TAGS: &str = r#"^(\*|(W/)?"[!#-~]*"(, ?(W/)?"[!#-~]*")*)$"#;

/// What can be done with a key that was made.
const WITH_A_KEY: [&str; 7] = [
    "getApiKey",
    "updateApiKey",
    "patchApiKey",
    "rotateApiKey",
    "explainApiKey",
    "revokeApiKey",
    "deleteApiKey",
];

/// Returns the operations on keys.
pub(crate) fn operations() -> Vec<Operation> {
    vec![
        list(),
        create("POST /v2/api-keys", "createApiKey", "Creates a key."),
        create(
            "POST /v2/users/{id}/api-keys",
            "createApiKeyForUser",
            "Creates a key that is that of another user.",
        )
        .refused([404]),
        tagged("GET /v2/api-keys/{id}", "getApiKey", "Reads a key.").if_changed(tag(), TAG),
        update(),
        patch(),
        delete(),
        tagged(
            "POST /v2/api-keys/{id}/revoke",
            "revokeApiKey",
            "Ends the use of a key for good.",
        )
        .takes::<RevokeBody>(),
        rotate(),
        tagged(
            "DELETE /v2/api-keys/{id}/credentials/{credential_id}",
            "endCredential",
            "Ends a credential that is not the active one.",
        )
        .refused([409]),
        explain(),
    ]
}

fn list() -> Operation {
    let mut list = Operation::new(
        "GET /v2/api-keys",
        "listApiKeys",
        "Lists one page of keys or all, walks through them, or watches them.",
    )
    .in_tenant()
    .parameters(parameters::paging_or_all())
    .parameters(parameters::watch())
    .parameters([
        query(
            "cursor",
            json!({"type": "string"}),
            "The `next_cursor` of the answer before, or empty for the first keys. Not together \
             with `page`.",
        ),
        parameters::sort_by("name, expires_at, created_at, updated_at, last_used_at"),
        parameters::search("Only keys whose name contains this, or whose `hint` is this."),
        parameters::user_id(),
    ]);
    let status = list.schema::<StatusName>();
    let before = "Only keys that expire before this instant.";
    let since = "Only keys that were not used at this instant or later.";
    let metadata = json!({
        "in": "query", "name": "metadata", "style": "form", "explode": true,
        "description": "Only keys that have these texts: the parameters are `metadata.{name}`.",
        "schema": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "propertyNames": {"pattern": "^metadata\\..{1,64}$"},
            "maxProperties": 8,
        },
    });
    let list = list.parameters([
        query("status", status, "Only keys with this status now."),
        query("expires_before", parameters::instant(), before),
        query("unused_since", parameters::instant(), since),
        metadata,
    ]);
    let mut list = list.answers_page::<ApiKeyView<'_>>("ApiKeyPage").streams();
    let mut page = list.own_schema("ApiKeyPage");
    page["properties"]["next_cursor"] = json!({
        "type": ["string", "null"],
        "description": "Only if a `cursor` was passed; null with the last key.",
    });
    list.named_schema("ApiKeyPage", page);
    list
}

fn create(route: &'static str, id: &'static str, summary: &'static str) -> Operation {
    Operation::new(route, id, summary)
        .details("Only this answer has the whole key, as `value`.")
        .in_tenant()
        .parameters([parameters::idempotency_key()])
        .takes::<CreateApiKeyBody>()
        .answers::<ApiKeyView<'_>>("The key, with its value.")
        .leads_to(&WITH_A_KEY, &[("id", "id")])
        .leads_to(
            &["endCredential"],
            &[("id", "id"), ("credential_id", "credentials/0/id")],
        )
        .refused([400, 409])
}

/// Returns the schema of an entity tag.
fn tag() -> Value {
    json!({"type": "string", "pattern": "^\"[0-9a-f]{32}\"$"})
}

/// Returns an operation that answers with a key and its entity tag.
fn tagged(route: &'static str, id: &'static str, summary: &'static str) -> Operation {
    Operation::new(route, id, summary)
        .in_tenant()
        .answers::<ApiKeyView<'_>>("The key.")
        .answer_header("ETag", tag(), TAG)
        .refused([404])
}

fn update() -> Operation {
    let summary = "Changes the description, the scope or the models of a key.";
    Operation::new("PUT /v2/api-keys/{id}", "updateApiKey", summary)
        .in_tenant()
        .header(if_match())
        .takes::<UpdateApiKeyBody>()
        .answers::<ApiKeyView<'_>>("The key.")
        .refused([404, 409, 412])
}

fn if_match() -> Value {
    let description =
        "Tags that `ETag` showed, or `*`: the key is changed if it is still like this.";
    header(
        "If-Match",
        json!({"type": "string", "pattern": TAGS}),
        description,
    )
}

fn patch() -> Operation {
    let summary = "Changes a key in part, by a JSON merge patch.";
    tagged("PATCH /v2/api-keys/{id}", "patchApiKey", summary)
        .parameters([query(
            "dry_run",
            parameters::flag(),
            "Answers with the key as it would be, without `ETag`, and changes nothing.",
        )])
        .header(if_match())
        .takes_as::<PatchApiKeyBody>(&["application/merge-patch+json", "application/json"])
        .refused([409, 412, 415])
}

fn delete() -> Operation {
    Operation::new("DELETE /v2/api-keys/{id}", "deleteApiKey", "Deletes a key.")
        .in_tenant()
        .answers_null("Every server refuses the key.")
        .refused([400, 404])
}

fn rotate() -> Operation {
    let summary = "Gives a key another secret.";
    Operation::new("POST /v2/api-keys/{id}/rotate", "rotateApiKey", summary)
        .details("Only this answer has it, as `value`.")
        .in_tenant()
        .parameters([parameters::idempotency_key()])
        .takes::<RotateBody>()
        .answers::<ApiKeyView<'_>>("The key, with its new value.")
        .refused([404, 409])
}

fn explain() -> Operation {
    let summary = "Says what a verification would decide about a key, and why.";
    Operation::new("POST /v2/api-keys/{id}/explain", "explainApiKey", summary)
        .in_tenant()
        .takes::<ExplainBody>()
        .answers::<ExplanationView>("What would be decided.")
        .refused([404])
}
