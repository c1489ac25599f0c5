//! Rows 6 and 7: what a key alone may see and do.

use crate::{
    report::Checks,
    target::{Attack, PASSWORD, Target},
};
use anyhow::{Context, Result, ensure};
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

    let before = organizations(&target, by).await;
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
    let before = before.map_or_else(|error| format!("{error:#}"), |ids| format!("{ids:?}"));
    let expected = format!("{:?}", [acme]);
    let is_right = before == expected;
    checks.must(
        "an organization's key lists organizations",
        before,
        expected,
        is_right,
    );
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
        let answer = target
            .send(&request.by(Credentials::Key(&key.value)))
            .await?;
        if !matches!(answer.status, 401 | 403 | 422) {
            set.push(format!("{path} is answered {}", answer.status));
        }
    }
    let still = target.send(&Request::get("/v2/users/me").by(own)).await?;

    let mut checks = Checks::default();
    let what = "a platform admin's key sets its own user's password";
    checks.none_of(what, &set, paths.len());
    let status = still.status;
    checks.must(
        "the password before, afterwards",
        status,
        200,
        status == 200,
    );
    Ok(checks)
}

/// Returns the numbers of the organizations that someone is shown.
async fn organizations(target: &Target, by: Credentials<'_>) -> Result<Vec<i64>> {
    let request = Request::get("/v2/users/me/organizations").by(by);
    let answer = target.ask(&request).await?;
    let items = answer["items"].as_array().context("no items")?;
    let ids: Vec<_> = items.iter().filter_map(|one| one["id"].as_i64()).collect();
    ensure!(ids.len() == items.len(), "items without numbers");
    Ok(ids)
}
