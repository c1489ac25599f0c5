//! `POST /v2/users/{id}/api-keys`, and keys that take the name of an expired one.

use crate::support::{TestApi, by, get, in_organization, post, with_key};
use apikey_domain::access::policy::KeyPolicies;
use serde_json::{Value, json};

const CI: &str = r#"{"name":"ci"}"#;

fn ci() -> Value {
    serde_json::from_str(CI).unwrap()
}

#[actix_web::test]
async fn the_key_is_the_users_own_and_shown_to_its_maker_once() {
    let api = TestApi::new().await;
    let keys = format!("/v2/users/{}/api-keys", api.alice.id);
    let created = api.root(post(&keys, ci())).await;
    assert_eq!(created.status, 200, "{}", created.body);
    let created = created.json();
    assert_eq!(created["user_name"], "alice");
    let value = created["value"].as_str().unwrap();
    let listed = api.alice(get("/v2/api-keys")).await;
    assert_eq!(listed.names(), ["ci"]);
    assert!(!listed.body.contains(value), "{}", listed.body);
    assert_eq!(
        api.send(with_key(value, get("/v2/users/me"))).await.json()["username"],
        "alice"
    );
    assert_eq!(api.root(get("/v2/api-keys")).await.names(), [""; 0]);
}

#[actix_web::test]
async fn an_organizations_admin_needs_the_policy_and_a_member() {
    let mut api = TestApi::new().await;
    let acme = api.acme.id.to_string();
    let bob = format!("/v2/users/{}/api-keys", api.bob.id);
    let make = |path: &str| by("alice", in_organization(&acme, post(path, ci())));
    let refused = api.send(make(&bob)).await.refusal();
    assert_eq!(refused, "403 Forbidden: Only a platform admin may do this");
    let policies = KeyPolicies::parse("organization-admins-manage").unwrap();
    api.state.keys = api.state.keys.with_policies(policies);
    let created = api.send(make(&bob)).await.json();
    assert_eq!(created["user_name"], "bob");
    assert!(created["value"].is_string());
    for id in [api.root.id.0, 987_654_321] {
        let path = format!("/v2/users/{id}/api-keys");
        let refused = api.send(make(&path)).await.refusal();
        assert_eq!(refused, "404 NotFound: Member not found");
    }
    let wrong = make("/v2/users/x/api-keys");
    assert_eq!(api.send(wrong).await.status, 422);
}

#[actix_web::test]
async fn a_creation_for_another_can_be_sent_again() {
    let api = TestApi::new().await;
    let send = async |id: i64| {
        let request = post(&format!("/v2/users/{id}/api-keys"), ci());
        api.root(request.insert_header(("idempotency-key", "1")))
            .await
            .json()
    };
    let first = send(api.alice.id.0).await;
    assert_eq!(send(api.alice.id.0).await, first);
    // For each user it is another request.
    let other = send(api.bob.id.0).await;
    assert_eq!(other["user_name"], "bob");
    let own = post("/v2/api-keys", ci()).insert_header(("idempotency-key", "1"));
    assert_eq!(api.root(own).await.json()["user_name"], "root");
}

#[actix_web::test]
async fn a_rotation_can_be_sent_again() {
    let api = TestApi::new().await;
    let (id, old) = api.key(ci()).await;
    let send = async |body| {
        let request = post(&format!("/v2/api-keys/{id}/rotate"), body);
        api.alice(request.insert_header(("idempotency-key", "1")))
            .await
    };
    let first = send(json!({})).await;
    assert_eq!(first.status, 200, "{}", first.body);
    // The defaults, as another client writes them.
    let again = send(json!({"activate": "now", "grace_period_seconds": 0.0})).await;
    assert_eq!(again.json(), first.json());
    assert_ne!(first.json()["value"], old);
    let refused = send(json!({"grace_period_seconds": 1})).await.refusal();
    let expected =
        "422 Invalid: Idempotency-Key was given to another request: use a new one for each";
    assert_eq!(refused, expected);
    let other = post(&format!("/v2/api-keys/{id}/rotate"), json!({}));
    assert_eq!(
        api.alice(other).await.json()["credentials"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    let shown = send(json!({})).await.json();
    assert_eq!(
        shown["value"],
        Value::Null,
        "another value has taken its place"
    );
}

#[actix_web::test]
async fn an_expired_key_leaves_its_name_when_it_is_asked_for() {
    let api = TestApi::new().await;
    let (id, _) = api.key(json!({"name": "ci", "expires_in": 60})).await;
    let replace = || {
        post(
            "/v2/api-keys",
            json!({"name": "ci", "replace_expired": true}),
        )
    };
    let taken = "409 AlreadyExists: Api key ci already exists";
    assert_eq!(api.alice(replace()).await.refusal(), taken);
    api.app.clock.advance_seconds(60);
    let plain = post("/v2/api-keys", ci());
    assert_eq!(api.alice(plain).await.refusal(), taken);
    assert_eq!(api.alice(replace()).await.status, 200);
    let old = api.alice(get(&format!("/v2/api-keys/{id}"))).await.json();
    assert_eq!(
        (&old["status"], &old["revocation_reason"]),
        (&json!("revoked"), &json!("superseded"))
    );
}
