//! What this interface is, for programs: an OpenAPI document, and a page that shows it.
//!
//! Schemas are derived from the types that are written and parsed. What is said of an
//! operation stands beside its handler, in `described`.

mod answers;
mod derived;
mod described;
mod document;
mod examples;
mod files;
pub(crate) mod names;
pub(crate) mod operation;
pub(crate) mod parameters;
mod schemas;
pub(crate) mod served;
mod slices;

use std::sync::LazyLock;

/// The text that is served. It is made when it is asked for the first time.
static TEXT: LazyLock<String> =
    LazyLock::new(|| serde_json::to_string(&document::document()).unwrap_or_default());

/// Returns the OpenAPI document of this interface, as JSON.
///
/// # Example
///
/// ```
/// let text = apikey_http::openapi::text();
/// assert!(text.contains("\"openapi\":\"3.1.0\""));
/// ```
pub fn text() -> &'static str {
    &TEXT
}
