//! The description of these operations.

use super::{OPEN_METRICS, readiness_view::ReadinessView};
use crate::{
    api::Version,
    openapi::{
        operation::{JSON, Operation},
        parameters::query,
    },
};
use serde_json::json;

/// Returns the operations for operators.
pub(crate) fn operations() -> Vec<Operation> {
    let metrics = json!({OPEN_METRICS: {"schema": {"type": "string"}}});
    let ok = || json!({"type": "string", "const": "ok"});
    let alive = "Whether the process lives.";
    let build = "Which build is running.";
    vec![
        Operation::new("GET /livez", "getLiveness", alive).answers_schema("It does.", ok()),
        Operation::new("GET /healthz", "getHealth", alive).answers_schema("It does.", ok()),
        readiness(),
        Operation::new("GET /version", "getVersion", build).answers::<Version>("The build."),
        Operation::new("GET /metrics", "getMetrics", "The metrics of this server.")
            .signed_in()
            .answers_with("The metrics, as OpenMetrics text.", metrics, &[])
            .refused([404]),
    ]
}

fn readiness() -> Operation {
    let verbose = json!({"type": "boolean", "default": false});
    let summary = "Whether the server can do its work.";
    let mut readiness = Operation::new("GET /readyz", "getReadiness", summary).parameters([query(
        "verbose",
        verbose,
        "Shows each part.",
    )]);
    let parts = readiness.schema::<ReadinessView>();
    let mut contents = readiness.refusal_contents();
    let error = contents[JSON]["schema"].take();
    contents[JSON]["schema"] = json!({"oneOf": [error, parts]});
    let word = json!({"type": "string", "enum": ["ok", "stale"]});
    let unready = json!({
        "description": "It cannot.",
        "headers": {
            "Cache-Control": {"$ref": "#/components/headers/Cache-Control"},
            "Retry-After": {"$ref": "#/components/headers/Retry-After"},
            "X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"},
        },
        "content": contents,
    });
    let ready = "It can, or from memory alone.";
    readiness
        .answers_schema(ready, json!({"oneOf": [word, parts]}))
        .answer(503, unready)
}
