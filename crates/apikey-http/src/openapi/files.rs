//! The files that the page is made of.

use serde_json::{Value, json};

/// What the page is made of: each file's name, type and bytes, and whether these are
/// compressed.
pub(super) const FILES: [(&str, &str, &[u8], bool); 3] = [
    (
        "swagger-ui.css",
        "text/css; charset=utf-8",
        include_bytes!(concat!(env!("OUT_DIR"), "/swagger-ui.css.gz")),
        true,
    ),
    (
        "swagger-ui-bundle.js",
        SCRIPT,
        include_bytes!(concat!(env!("OUT_DIR"), "/swagger-ui-bundle.js.gz")),
        true,
    ),
    ("start.js", SCRIPT, include_bytes!("start.js"), false),
];

pub(super) const HTML: &str = "text/html; charset=utf-8";
pub(super) const SCRIPT: &str = "text/javascript; charset=utf-8";
pub(crate) const JSON: &str = "application/json";

/// Returns their names.
pub(super) fn names() -> Value {
    json!(FILES.map(|(name, ..)| name))
}
