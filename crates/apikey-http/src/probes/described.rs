//! The description of these operations.

use super::{OPEN_METRICS, readiness_view::ReadinessView};
use crate::{
    api::Version,
    error::ErrorView,
    openapi::{operation::Operation, parameters::query},
};
use serde_json::{Value, json};

/// Returns the operations for operators.
pub(crate) fn operations() -> Vec<Operation> {
    let metrics = json!({OPEN_METRICS: {"schema": {"type": "string"}}});
    let ok = || json!({"type": "string", "const": "ok"});
    let alive = "Whether the process lives.";
    let build = "Which build is running.";
    vec![
        Operation::new("GET /livez", "getLiveness", alive).answers_schema("It does.", ok()),
        Operation::new("HEAD /livez", "checkLiveness", alive).answers_with(
            "It does.",
            Value::Null,
            &[],
        ),
        Operation::new("GET /healthz", "getHealth", alive).answers_schema("It does.", ok()),
        Operation::new("HEAD /healthz", "checkHealth", alive).answers_with(
            "It does.",
            Value::Null,
            &[],
        ),
        readiness("GET /readyz", "getReadiness"),
        readiness("HEAD /readyz", "checkReadiness"),
        Operation::new("GET /version", "getVersion", build).answers::<Version>("The build."),
        Operation::new("HEAD /version", "checkVersion", build).answers_with(
            "There is one.",
            Value::Null,
            &[],
        ),
        Operation::new("GET /metrics", "getMetrics", "The metrics of this server.")
            .signed_in()
            .answers_with("The metrics, as OpenMetrics text.", metrics, &[])
            .refused([404]),
    ]
}

fn readiness(route: &'static str, id: &'static str) -> Operation {
    let verbose = json!({"type": "boolean", "default": false});
    let mut readiness = Operation::new(route, id, "Whether the server can do its work.")
        .parameters([query("verbose", verbose, "Shows each part.")]);
    let parts = readiness.schema::<ReadinessView>();
    let error = readiness.schema::<ErrorView<'_>>();
    let word = json!({"type": "string", "enum": ["ok", "stale"]});
    let unready = json!({
        "description": "It cannot.",
        "headers": {
            "Cache-Control": {"$ref": "#/components/headers/Cache-Control"},
            "Retry-After": {"$ref": "#/components/headers/Retry-After"},
            "X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"},
        },
        "content": {"application/json": {"schema": {"oneOf": [error, parts]}}},
    });
    let ready = "It can, or from memory alone.";
    let readiness = match route.starts_with("HEAD") {
        true => readiness.answers_with(ready, Value::Null, &[]),
        false => readiness.answers_schema(ready, json!({"oneOf": [word, parts]})),
    };
    readiness.answer(503, unready)
}
