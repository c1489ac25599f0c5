//! The request that stands behind another, and must not be run.

use crate::target::Target;
use anyhow::{Result, ensure};
use serde_json::json;

/// Returns a request that creates a key.
pub(super) fn create(key: &str, name: &str) -> String {
    let body = json!({"name": name}).to_string();
    let length = body.len();
    format!(
        "POST /v2/api-keys HTTP/1.1\r\nhost: attack\r\nauthorization: Bearer {key}\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
}

/// Sees that no key of a name was made.
pub(super) async fn not_made(target: &Target, name: &str) -> Result<()> {
    let found = target.read(format!("/v2/api-keys?search={name}")).await?;
    let total = found["pagination"]["total"].as_i64();
    ensure!(total == Some(0), "the request behind it was run");
    Ok(())
}
