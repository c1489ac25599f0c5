//! Rows 3 and 4: what verifications read from headers, and write into them.

use crate::{
    report::Checks,
    target::{Attack, Target},
};
use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::json;
use xtask_harness::{
    request::{Credentials, Request},
    server::ADMIN,
};

const UNCACHED: [&str; 5] = [
    "no-cache",
    "no-store",
    "No-Store",
    "max-age=60, no-store",
    "max-age=0",
];

/// Access keys that hold what separates values.
const SPLIT: [&str; 6] = ["x.gpustack-1,y", "a,b", "a;b", "a=b", "a-b", "%2C"];

/// Names of users that do.
const NAMES: [&str; 3] = ["eve,root", "eve;admin=1", "eve\"root"];

/// Row 3: a backend asks for the database's own answer.
pub(crate) async fn uncached(attack: &Attack) -> Result<Checks> {
    let target = attack.start().await?;
    let key = target
        .make_key(ADMIN, None, &json!({"name": "gone"}))
        .await?;
    let ask = |control: &str| {
        let request = Request::post("/v2/api-keys/verify", &json!({"key": key.value})).by(ADMIN);
        request.header("cache-control", control)
    };
    let before = target.ask(&ask("max-age=60")).await?;
    anyhow::ensure!(before["valid"] == true, "a new key is {before}");
    // No server sees this, so only the cache still has the key.
    let delete = format!("DELETE FROM api_keys WHERE id = {}", key.id);
    target.database.run_all(&[delete]).await?;
    let mut wrong = Vec::new();
    for control in UNCACHED {
        let answer = target.ask(&ask(control)).await?;
        if answer["valid"] != false {
            wrong.push(format!("{control} is answered {answer}"));
        }
    }
    let mut checks = Checks::default();
    let what = "a key that is gone from the database, asked about past the cache: valid";
    checks.none_of(what, &wrong, UNCACHED.len());
    Ok(checks)
}

/// Row 4: nothing that is written into a header can be split.
pub(crate) async fn split(attack: &Attack) -> Result<Checks> {
    let target = attack.start().await?;
    let mut checks = Checks::default();
    let mut wrong = Vec::new();
    for access_key in SPLIT {
        let custom = format!("gpustack_{access_key}_0123456789abcdef");
        let new = json!({"name": format!("with {access_key}"), "custom": custom});
        let made = Request::post("/v2/api-keys", &new).by(ADMIN);
        if target.send(&made).await?.status == 422 {
            continue;
        }
        let consumer = header(&target, "/token-auth", &custom, "x-mse-consumer").await?;
        wrong.push(format!("{access_key} is taken: {consumer}"));
    }
    let what = "access keys with separators: taken";
    checks.none_of(what, &wrong, SPLIT.len());

    let mut wrong = Vec::new();
    for name in NAMES {
        target.make_user(name, false).await?;
        let by = Credentials::Password(name, crate::target::PASSWORD);
        let key = target.make_key(by, None, &json!({"name": "own"})).await?;
        let shown = header(&target, "/auth/verify", &key.value, "x-auth-user-name").await?;
        if shown.contains([',', ';', '=', '"']) {
            wrong.push(format!("{name} is shown as {shown}"));
        }
    }
    let what = "users' names with separators: not encoded";
    checks.none_of(what, &wrong, NAMES.len());
    Ok(checks)
}

/// Returns a header of the answer about a key.
async fn header(target: &Target, path: &str, key: &str, name: &str) -> Result<String> {
    let request = target.client().request(Method::GET, path).bearer_auth(key);
    let response = request.send().await.context("there is no answer")?;
    let value = response
        .headers()
        .get(name)
        .context("a header is missing")?;
    Ok(value.to_str()?.to_owned())
}
