//! Rows 6 and 7: what a key alone may see and do.

use crate::{
    report::Checks,
    target::{Attack, PASSWORD},
};
use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};
use xtask_harness::request::{Credentials, Request};

/// An organization's key sees that organization and no other.
pub(crate) async fn foreign_organizations(attack: &Attack) -> Result<Checks> {
    let target = attack.start().await?;
    let user = target.make_user("alice", false).await?;
    let acme = target.make_organization("acme").await?;
    let other = target.make_organization("umbrella").await?;
    for organization in [acme, other] {
        target.add_member(organization, user, "user").await?;
    }
    let own = Credentials::Password("alice", PASSWORD);
    let json = json!({"name": "of acme", "scope": ["management"]});
    let key = target.make_key(own, Some(acme), &json).await?;
    let by = Credentials::Key(&key.value);

    let listed = Request::get("/v2/users/me/organizations").by(by);
    let listed = target.ask(&listed).await?;
    let listed = listed["items"].as_array().context("no items")?;
    let listed: Vec<_> = listed.iter().map(|one| one["id"].as_i64()).collect();
    let member = format!("/v2/organizations/{acme}/members/{user}");
    target.admin(Method::DELETE, &member, &Value::Null).await?;
    let mut seen = Vec::new();
    let own_calls = [
        "/v2/users/me/organizations".to_owned(),
        "/v2/api-keys".to_owned(),
        format!("/v2/organizations/{other}/members"),
    ];
    for path in &own_calls {
        let status = target.send(&Request::get(path).by(by)).await?.status;
        if !matches!(status, 401 | 403 | 404) {
            seen.push(format!("{path} is answered {status}"));
        }
    }

    let mut checks = Checks::default();
    let what = "an organization's key lists organizations";
    let is_right = listed == [Some(acme)];
    checks.must(what, format!("{listed:?}"), acme, is_right);
    let what = "an organization's key whose user has left it: calls answered";
    checks.none_of(what, &seen, own_calls.len());
    Ok(checks)
}

/// A key alone sets no password of its own user.
pub(crate) async fn own_password(attack: &Attack) -> Result<Checks> {
    let target = attack.start().await?;
    let user = target.make_user("root", true).await?;
    let own = Credentials::Password("root", PASSWORD);
    let json = json!({"name": "of root", "scope": ["*"]});
    let key = target.make_key(own, None, &json).await?;
    let password = json!({"password": "Passw0rd_2"});
    let mut set = Vec::new();
    let paths = [format!("/v2/users/{user}"), "/v2/users/me".to_owned()];
    for path in &paths {
        let request = Request::new(Method::PUT, path).json(&password);
        let request = request.by(Credentials::Key(&key.value));
        let answer = target.send(&request).await?;
        if !matches!(answer.status, 401 | 403 | 422) {
            set.push(format!("{path} is answered {}", answer.status));
        }
    }
    let still = target.send(&Request::get("/v2/users/me").by(own)).await?;

    let mut checks = Checks::default();
    let what = "a platform admin's key sets its own user's password";
    checks.none_of(what, &set, paths.len());
    let (what, status) = ("the password before, afterwards", still.status);
    checks.must(what, status, 200, status == 200);
    Ok(checks)
}
