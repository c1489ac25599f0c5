//! The description of these operations.

use super::{
    files::{HTML, JSON, SCRIPT},
    operation::Operation,
};
use serde_json::json;

/// Returns these operations.
pub(super) fn operations() -> Vec<Operation> {
    let (document, page) = ("This description.", "The same for people.");
    let part = "What the page is made of.";
    let any = json!({"type": "object"});
    let text = || json!({"schema": {"type": "string"}});
    let html = json!({HTML: text()});
    let parts = json!({SCRIPT: text(), "text/css; charset=utf-8": text()});
    let operations = [
        (
            "GET /openapi.json",
            "getDescription",
            document,
            json!({JSON: {"schema": any}}),
        ),
        ("GET /docs", "getPage", page, html),
        ("GET /docs/{file}", "getPageFile", part, parts),
    ];
    let described = operations
        .into_iter()
        .map(|(route, id, summary, contents)| {
            let string = || json!({"type": "string"});
            let operation = Operation::new(route, id, summary)
                .answers_with(summary, contents, &[])
                .answer_header("Content-Security-Policy", string(), "No external loads.")
                .answer_header("Referrer-Policy", string(), "No referrer.")
                .answer_header("X-Content-Type-Options", string(), "No sniffing.");
            let operation = match route.ends_with('}') {
                true => operation
                    .answer_header("Content-Encoding", string(), "Of what is compressed.")
                    .refused([404]),
                false => operation,
            };
            operation.if_changed(string(), "It changes with the content.")
        });
    described.collect()
}
