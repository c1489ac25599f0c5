//! The methods that paths have without a handler of their own: `HEAD` and `OPTIONS`.

use super::{answers, operation::Operation};
use serde_json::{Value, json};

/// Adds to a path what it has because it has this operation.
pub(super) fn add(path: &mut Value, operation: &Operation) {
    if operation.is_alone {
        return;
    }
    if operation.method == "GET" {
        path["head"] = head(operation);
    }
    if path["options"].is_null() {
        path["options"] = options(operation);
    }
}

/// Returns the same without the body of its answer.
fn head(get: &Operation) -> Value {
    let mut head = get.to_json();
    head["operationId"] = json!(format!("{}Head", get.id));
    let answer = &mut head["responses"]["200"];
    if let Some(answer) = answer.as_object_mut() {
        answer.remove("content");
        answer.remove("links");
    }
    head
}

fn options(first: &Operation) -> Value {
    let mut headers = answers::headers(&[]);
    headers["Allow"] = json!({
        "description": "The methods, after commas.", "required": true,
        "schema": {"type": "string"},
    });
    let mut options = json!({
        "operationId": format!("{}Options", first.id),
        "tags": [first.tag],
        "summary": "Says which methods the path has.",
        "security": [],
        "responses": {
            "200": {
                "description": "What a page of another origin may do, to a browser.",
                "headers": for_browsers(),
            },
            "204": {"description": "In `Allow`.", "headers": headers},
            "403": answers::refusal(403),
        },
    });
    // Whether there is such a thing is not looked at.
    let any = |segment: &Value| {
        let mut segment = segment.clone();
        segment["schema"] = json!({"type": "string"});
        segment
    };
    let segments: Vec<_> = first.segments().map(any).collect();
    if !segments.is_empty() {
        options["parameters"] = json!(segments);
    }
    options
}

/// Returns the headers of the answer to what a browser asks before a request of a page.
fn for_browsers() -> Value {
    let mut headers = answers::headers(&[]);
    for (name, description) in [
        ("Access-Control-Allow-Origin", "The origin of the page."),
        (
            "Access-Control-Allow-Methods",
            "The methods that it may use.",
        ),
        (
            "Access-Control-Allow-Headers",
            "The headers that it may send.",
        ),
        ("Access-Control-Max-Age", "For how many seconds that holds."),
    ] {
        headers[name] = json!({"description": description, "schema": {"type": "string"}});
    }
    headers
}
