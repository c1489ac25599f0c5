//! The request that stands behind another, and must not be run.

use crate::target::Target;
use anyhow::{Result, ensure};
use serde_json::json;
use xtask_harness::request::{Credentials, Request};

/// Returns a request that creates a key.
pub(super) fn create(key: &str, name: &str) -> String {
    let create = Request::post("/v2/api-keys", &json!({"name": name}));
    create.by(Credentials::Key(key)).to_http()
}

/// Sees that no key of a name was made.
pub(super) async fn not_made(target: &Target, name: &str) -> Result<()> {
    let found = target.read(format!("/v2/api-keys?search={name}")).await?;
    let total = found["pagination"]["total"].as_i64();
    ensure!(total == Some(0), "the request behind it was run");
    Ok(())
}
