//! The examples: requests that a test sent, and the answers that it got.

use serde_json::Value;
use std::sync::LazyLock;

/// Written by `cargo xtask openapi --accept`; the test `description::examples` has the
/// requests.
static EXAMPLES: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("examples.json")).unwrap_or_default());

/// Returns the body of a refusal.
pub(super) fn refusal(status: u16) -> &'static Value {
    &EXAMPLES["refusals"][status.to_string()]
}

/// Returns the body of a request, or null if it has none.
pub(super) fn request(operation: &str) -> &'static Value {
    &EXAMPLES["operations"][operation]["request"]
}

/// Returns the body of the answer to it, or null if it has none.
pub(super) fn answer(operation: &str) -> &'static Value {
    &EXAMPLES["operations"][operation]["answer"]
}
