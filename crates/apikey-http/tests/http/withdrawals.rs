//! Keys that are disabled and enabled, who may do so, and what becomes of their use.

use crate::support::{TestApi, get, in_organization, patch, post, put, with_key};
use actix_web::test::TestRequest;
use apikey_domain::access::policy::KeyPolicies;
use serde_json::{Value, json};

const REFUSED: &str = "401 Unauthorized: Invalid authentication credentials";

pub(crate) fn disabled(id: i64, is_disabled: bool) -> TestRequest {
    let body = json!({"disabled": is_disabled});
    patch(&format!("/v2/api-keys/{id}"), body)
}

pub(crate) fn revoke(id: i64, body: Value) -> TestRequest {
    post(&format!("/v2/api-keys/{id}/revoke"), body)
}

/// Asserts that a key is refused everywhere, for this reason.
pub(crate) async fn assert_refused(api: &TestApi, key: &str, code: &str) {
    let decision = api
        .root(post("/v2/api-keys/verify", json!({"key": key})))
        .await
        .json();
    assert_eq!(decision["code"], code);
    assert_eq!(decision["valid"], false);
    assert!(decision["key_id"].is_i64(), "the backend learns which");
    for path in ["/auth/verify", "/token-auth", "/v2/users/me"] {
        let refused = api.send(with_key(key, get(path))).await;
        assert_eq!(refused.refusal(), REFUSED, "{path}");
        let challenge = refused.header("www-authenticate");
        assert!(challenge.contains("invalid_token"), "{challenge}");
    }
    let wrong = format!("{}x", &key[..key.len() - 1]);
    let decision = api.root(post("/v2/api-keys/verify", json!({"key": wrong})));
    assert_eq!(
        decision.await.json()["code"],
        "Unknown",
        "but a stranger not"
    );
}

/// Asserts that a key is accepted everywhere.
pub(crate) async fn assert_accepted(api: &TestApi, key: &str) {
    let decision = api.root(post("/v2/api-keys/verify", json!({"key": key})));
    assert_eq!(decision.await.json()["code"], "Valid");
    for path in ["/auth/verify", "/token-auth", "/v2/users/me"] {
        assert_eq!(api.send(with_key(key, get(path))).await.status, 200);
    }
}

#[actix_web::test]
async fn a_disabled_key_is_refused_until_it_is_enabled() {
    let api = TestApi::new().await;
    let (id, key) = api.key(json!({"name": "ci"})).await;
    assert_accepted(&api, &key).await;
    api.app.clock.advance_seconds(1);
    let off = api.alice(disabled(id, true)).await.json();
    assert_eq!(off["status"], "disabled");
    assert_eq!(off["disabled_at"], "2026-01-01T00:00:01.000000Z");
    assert_eq!(off["expires_at"], Value::Null);
    assert_refused(&api, &key, "Disabled").await;
    api.app.clock.advance_seconds(1);
    let again = api.alice(disabled(id, true)).await.json();
    assert_eq!(
        again["disabled_at"], off["disabled_at"],
        "since the first time"
    );
    assert_eq!(again["updated_at"], off["updated_at"]);
    let taken = api.alice(post("/v2/api-keys", json!({"name": "ci"}))).await;
    assert_eq!(taken.status, 409, "it keeps its name");
    let on = api.alice(disabled(id, false)).await.json();
    assert_eq!(on["status"], "active");
    assert_eq!(on["disabled_at"], Value::Null);
    assert_accepted(&api, &key).await;
}

#[actix_web::test]
async fn a_disabled_key_is_changed_without_coming_back() {
    let api = TestApi::new().await;
    let (id, key) = api.key(json!({"name": "ci", "expires_in": 60})).await;
    let path = format!("/v2/api-keys/{id}");
    api.alice(disabled(id, true)).await;
    for request in [
        patch(&path, json!({"expires_at": null, "name": "other"})),
        patch(&path, json!({"metadata": {"a": "b"}})),
        put(
            &path,
            json!({"description": "x", "scope": ["inference", "management"]}),
        ),
    ] {
        let changed = api.alice(request).await;
        assert_eq!(changed.json()["status"], "disabled", "{}", changed.body);
        assert_refused(&api, &key, "Disabled").await;
    }
    api.app.clock.advance_seconds(60);
    let off = api.alice(get(&path)).await.json();
    assert_eq!(
        (&off["status"], &off["name"]),
        (&json!("disabled"), &json!("other"))
    );
    api.alice(disabled(id, false)).await;
    assert_accepted(&api, &key).await;
    // Its time passes while it is disabled, too.
    let until = json!({"expires_at": "2026-01-01T00:02:00Z", "disabled": true});
    assert_eq!(api.alice(patch(&path, until)).await.status, 200);
    api.app.clock.advance_seconds(60);
    assert_refused(&api, &key, "Disabled").await;
    let on = api.alice(disabled(id, false)).await.json();
    assert_eq!(on["status"], "expired");
    assert_refused(&api, &key, "Expired").await;
}

#[actix_web::test]
async fn a_disabled_key_that_is_revoked_is_not_enabled() {
    let api = TestApi::new().await;
    let (id, key) = api.key(json!({"name": "ci"})).await;
    api.alice(disabled(id, true)).await;
    let revoked = api
        .alice(revoke(id, json!({"reason": "unused"})))
        .await
        .json();
    assert_eq!(revoked["status"], "revoked");
    assert!(revoked["disabled_at"].is_string());
    let refused = api.alice(disabled(id, false)).await.refusal();
    assert_eq!(refused, "409 Conflict: Api key is revoked");
    assert_refused(&api, &key, "Revoked").await;
}

#[actix_web::test]
async fn a_key_ends_itself_once() {
    let api = TestApi::new().await;
    for (name, status) in [("off", "disabled"), ("gone", "revoked")] {
        let (id, key) = api.key(json!({"name": name})).await;
        let request = || match status {
            "disabled" => disabled(id, true),
            _ => revoke(id, json!({"reason": "compromised"})),
        };
        let ended = api.send(with_key(&key, request())).await;
        assert_eq!(
            (ended.status, &ended.json()["status"]),
            (200, &json!(status))
        );
        let again = api.send(with_key(&key, request())).await;
        assert_eq!(again.refusal(), REFUSED);
        let enable = api.send(with_key(&key, disabled(id, false))).await;
        assert_eq!(enable.refusal(), REFUSED, "it does not bring itself back");
        let read = api.alice(get(&format!("/v2/api-keys/{id}"))).await.json();
        assert_eq!(read["status"], status);
    }
}

#[actix_web::test]
async fn an_admin_of_an_organization_ends_the_key_of_a_member_and_does_not_revive_it() {
    let mut api = TestApi::new().await;
    let policies = KeyPolicies::parse("organization-admins-manage").unwrap();
    api.state.keys.policies = policies;
    let acme = api.acme.id.to_string();
    let create = post("/v2/api-keys", json!({"name": "team", "expires_in": 60}));
    let created = api.bob(in_organization(&acme, create)).await.json();
    let (id, key) = (
        created["id"].as_i64().unwrap(),
        created["value"].as_str().unwrap(),
    );
    let path = format!("/v2/api-keys/{id}");
    let as_admin = async |request| api.alice(in_organization(&acme, request)).await;
    let as_member = async |request| api.bob(in_organization(&acme, request)).await;
    assert_eq!(
        api.alice(disabled(id, true)).await.status,
        404,
        "not for herself"
    );
    let off = as_admin(disabled(id, true)).await.json();
    assert_eq!(off["status"], "disabled");
    assert_refused(&api, key, "Disabled").await;
    let forbidden = "403 Forbidden: Only its own user may let an API key do more";
    for body in [
        json!({"disabled": false}),
        json!({"expires_at": null}),
        json!({"expires_at": "2026-01-01T00:02:00Z"}),
        json!({"disabled": false, "scope": ["inference"]}),
    ] {
        let refused = as_admin(patch(&path, body.clone())).await.refusal();
        assert_eq!(refused, forbidden, "{body}");
        let tried = as_admin(patch(&format!("{path}?dry_run=1"), body)).await;
        assert_eq!(tried.refusal(), forbidden);
    }
    let noted = as_admin(patch(
        &path,
        json!({"metadata": {"a": "b"}, "name": "other"}),
    ));
    assert_eq!(noted.await.status, 200);
    let on = as_member(disabled(id, false)).await.json();
    assert_eq!(
        (&on["status"], &on["name"]),
        (&json!("active"), &json!("other"))
    );
    assert_eq!(
        as_admin(disabled(id, false)).await.status,
        200,
        "it is enabled"
    );
    let sooner = json!({"expires_at": "2026-01-01T00:00:30Z"});
    assert_eq!(as_admin(patch(&path, sooner)).await.status, 200);
    let revoked = as_admin(revoke(id, json!({"reason": "owner_left"})))
        .await
        .json();
    assert_eq!(revoked["status"], "revoked");
    assert_refused(&api, key, "Revoked").await;
    for request in [disabled(id, true), patch(&path, json!({"name": "x"}))] {
        let refused = as_member(request).await.refusal();
        assert_eq!(refused, "409 Conflict: Api key is revoked");
    }
    let contract = TestApi::new().await;
    let create = post("/v2/api-keys", json!({"name": "team"}));
    let acme = contract.acme.id.to_string();
    let created = contract.bob(in_organization(&acme, create)).await.json();
    let id = created["id"].as_i64().unwrap();
    for request in [disabled(id, true), revoke(id, json!({"reason": "other"}))] {
        let refused = contract.alice(in_organization(&acme, request)).await;
        assert_eq!(refused.status, 404, "without the policy it does not exist");
    }
}
