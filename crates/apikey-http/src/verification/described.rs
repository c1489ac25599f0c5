//! The description of these operations.

use super::{body::ItemBody, view::KnownView};
use crate::openapi::{
    names::CodeName,
    operation::Operation,
    parameters::{self, header, query},
};
use serde_json::{Value, json};
use utoipa::PartialSchema;

const TEXT: &str = "string";

/// Returns the operations that verify keys.
pub(crate) fn operations() -> Vec<Operation> {
    vec![for_backends(), for_gateways(), for_gpustack()]
}

fn for_backends() -> Operation {
    let summary = "Verifies one key or up to 100, for a backend.";
    let mut verify = Operation::new("POST /v2/api-keys/verify", "verifyApiKeys", summary)
        .alone()
        .details("The status is 200 whatever is decided.")
        .in_tenant()
        .header(header(
            "Cache-Control",
            json!({"type": TEXT}),
            "`no-cache`, `no-store` or `max-age=0`: the answer comes from the database.",
        ));
    let one = verify.schema::<ItemBody>();
    let several = verify.named_schema(
        "VerifySeveralKeys",
        json!({
            "type": "object",
            "properties": {
                "items": {"type": "array", "items": one, "minItems": 1, "maxItems": 100},
            },
            "required": ["items"],
            "additionalProperties": false,
        }),
    );
    let decision = decision(&mut verify);
    let decision = verify.named_schema("Decision", decision);
    let decisions = verify.named_schema(
        "Decisions",
        json!({
            "type": "object",
            "description": "The decisions about several keys, in their order.",
            "properties": {"items": {"type": "array", "items": decision}},
            "required": ["items"],
        }),
    );
    let id = "The id under which a refusal is found in the log; only if there is one.";
    verify
        .takes_schema(json!({"oneOf": [one, several]}), &["application/json"])
        .answers_schema("What was decided.", json!({"oneOf": [decision, decisions]}))
        .answer_header("X-Request-Id", json!({"type": TEXT}), id)
}

/// Returns the schema of a decision: what is known of the key is there if it is right.
fn decision(verify: &mut Operation) -> Value {
    let code = verify.schema::<CodeName>();
    let mut decision = serde_json::to_value(KnownView::schema()).unwrap_or_default();
    decision["description"] = json!("A decision. Of an unknown key nothing else is said.");
    decision["properties"]["valid"] = parameters::flag();
    decision["properties"]["code"] = code;
    decision["required"] = json!(["valid", "code"]);
    decision
}

fn for_gateways() -> Operation {
    let summary = "Verifies the key of a request, for a gateway.";
    let mut verify = Operation::new("GET /auth/verify", "verifyForGateway", summary)
        .alone()
        .details(
            "Any other method, and any path below, does the same. The key may come in other \
             headers if the operator has named some.",
        )
        .with_credentials(&["bearer", "apiKey"])
        .parameters([query(
            "scope",
            json!({"type": TEXT, "enum": ["*", "management", "inference"], "default": "inference"}),
            "The scope that the key must grant. If it is repeated, all must be granted.",
        )])
        .answers_with("The key is good.", Value::Null, &["X-Auth-Stale"])
        .refuses_keys();
    for name in ["X-Model", "x-higress-llm-model"] {
        verify = verify.header(header(
            name,
            json!({"type": TEXT}),
            "The model that is wanted.",
        ));
    }
    let id = || json!({"type": TEXT, "pattern": "^[0-9]+$"});
    let text = || json!({"type": TEXT});
    verify
        .header(parameters::request_id())
        .answer_header("X-Auth-Key-Id", id(), "The id of the key.")
        .answer_header(
            "X-Auth-Credential-Id",
            id(),
            "Which of its credentials it is.",
        )
        .answer_header("X-Auth-User-Id", id(), "The id of its user.")
        .answer_header(
            "X-Auth-User-Name",
            text(),
            "Their username, percent-encoded.",
        )
        .answer_header(
            "X-Auth-Organization-Id",
            json!({"type": TEXT, "pattern": "^[0-9]*$"}),
            "The organization that owns it, or empty.",
        )
        .answer_header("X-Auth-Scope", text(), "Its scopes, separated by spaces.")
}

fn for_gpustack() -> Operation {
    let summary = "Verifies the key of a request, for GPUStack's gateway.";
    let consumer = "The access key and the id of the user; of a person the id alone.";
    let mut verify = Operation::new("GET /token-auth", "verifyForGpustack", summary)
        .alone()
        .details("Whoever comes with a password or a session may use every model.")
        .with_credentials(&["basic", "session", "bearer", "apiKey"])
        .answers_with("The key is good.", Value::Null, &["X-Auth-Stale"])
        .answer_header("X-Mse-Consumer", json!({"type": TEXT}), consumer)
        .refuses_keys()
        .refused([429]);
    for name in ["X-Model", "x-higress-llm-model"] {
        verify = verify.header(header(
            name,
            json!({"type": TEXT}),
            "The model that is wanted.",
        ));
    }
    verify.header(parameters::request_id())
}
