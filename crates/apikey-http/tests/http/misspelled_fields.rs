//! Fields and parameters that are almost right are refused.

use crate::support::{TestApi, get, post, put, with_key};
use actix_web::test::TestRequest;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const VERIFY: &str = "/v2/api-keys/verify";

fn raw(path: &str, body: impl Into<Vec<u8>>) -> TestRequest {
    TestRequest::post().uri(path).set_payload(body.into())
}

fn with(field: &str, value: &Value) -> Value {
    json!({"name": format!("with {field}."), field: value})
}

#[actix_web::test]
async fn a_field_of_a_new_key_that_is_almost_right_is_refused_with_the_right_name() {
    let api = TestApi::new().await;
    for (field, meant) in [
        ("Scope", "scope"),
        ("scopes", "scope"),
        ("SCOPE", "scope"),
        ("scpoe", "scope"),
        ("key_scope", "scope"),
        ("expires_at", "expires_in"),
        ("expiresIn", "expires_in"),
        ("expires-in", "expires_in"),
        ("expires", "expires_in"),
        ("Expiration", "expires_in"),
        ("ttl", "expires_in"),
        ("TTL_seconds", "expires_in"),
        ("allowedModelNames", "allowed_model_names"),
        ("allowed_model_name", "allowed_model_names"),
        ("allowed-model-names", "allowed_model_names"),
        ("models", "allowed_model_names"),
        ("Description", "description"),
        ("descriptions", "description"),
        ("Custom", "custom"),
        ("names", "name"),
    ] {
        for value in [json!("x"), Value::Null] {
            let refused = api.alice(post("/v2/api-keys", with(field, &value))).await;
            let expected =
                format!("422 Invalid: body.{field}: unknown field, did you mean '{meant}'?");
            assert_eq!(refused.refusal(), expected);
        }
    }
    for field in [
        "quota",
        "rate_limit",
        "RateLimit",
        "limits",
        "allowed_networks",
        "disabled",
        "is_enabled",
        "revoked",
    ] {
        let refused = api
            .alice(post("/v2/api-keys", with(field, &json!(1))))
            .await;
        let expected = format!("422 Invalid: body.{field}: unknown field");
        assert_eq!(refused.refusal(), expected);
    }
    // Beside the right one, after others, and written in another way.
    for body in [
        r#"{"name":"x","scope":["inference"],"Scope":["inference"]}"#,
        r#"{"name":"x","a":{"scopes":1},"b":[{}],"scopes":[]}"#,
        r#"{"name":"x","sc\u006fpes":[]}"#,
        r#"{"name":"x","scope ":[]}"#,
        r#"{"Name":"x"}"#,
    ] {
        assert_eq!(
            api.alice(raw("/v2/api-keys", body)).await.status,
            422,
            "{body}"
        );
    }
    let listed = api.alice(get("/v2/api-keys")).await.json();
    assert_eq!(listed["pagination"]["total"], 0);
}

#[actix_web::test]
async fn what_is_sent_in_place_of_a_name_is_not_repeated() {
    let api = TestApi::new().await;
    let long = format!("scope{}", "x".repeat(1_000));
    for field in ["scope=s3cret", "limit: s3cret", &long] {
        let refused = api
            .alice(post("/v2/api-keys", with(field, &json!(1))))
            .await;
        let refusal = refused.refusal();
        assert!(
            refusal.starts_with("422 Invalid: body: unknown field"),
            "{refusal}"
        );
    }
}

#[actix_web::test]
async fn other_fields_of_a_new_key_are_ignored() {
    let api = TestApi::new().await;
    for field in [
        "user_name",
        "masked_value",
        "is_custom",
        "value",
        "id",
        "user_id",
        "created_at",
        "lifetime",
        "comment",
        "",
        "x",
        "ümlaut",
    ] {
        let created = api
            .alice(post("/v2/api-keys", with(field, &json!({"scopes": 1e300}))))
            .await;
        assert_eq!(created.status, 200, "{field}");
    }
}

#[actix_web::test]
async fn a_change_ignores_what_a_key_shows_and_refuses_what_is_almost_right() {
    let api = TestApi::new().await;
    let created = api
        .alice(post("/v2/api-keys", json!({"name": "ci"})))
        .await
        .json();
    let path = format!("/v2/api-keys/{}", created["id"]);
    let mut shown = created.clone();
    shown["expires_in"] = json!("x");
    shown["custom"] = json!(["x"]);
    shown["comment"] = json!(1e300);
    let changed = api.alice(put(&path, shown)).await.json();
    assert_eq!(changed["updated_at"], created["updated_at"]);
    for field in [
        "scopes",
        "Scope",
        "allowedModelNames",
        "models",
        "Description",
        "Expires_At",
        "expiry",
        "quota",
        "disabled",
        "is_disabled",
        "enabled",
        "revoke",
    ] {
        let body = json!({"description": "new", field: []});
        assert_eq!(api.alice(put(&path, body)).await.status, 422, "{field}");
    }
    let listed = api.alice(get("/v2/api-keys")).await.json();
    assert_eq!(listed["items"][0]["description"], Value::Null);
}

#[actix_web::test]
async fn a_verification_refuses_every_unknown_field() {
    let api = TestApi::new().await;
    let (_, key) = api
        .key(json!({"name": "ci", "allowed_model_names": ["qwen3"]}))
        .await;
    let ask = |body: Value| api.bob(post(VERIFY, body));
    for (body, message) in [
        (
            json!({"key": key, "Model": "gpt"}),
            "body.Model: unknown field, did you mean 'model'?",
        ),
        (
            json!({"key": key, "scopes": ["management"]}),
            "body.scopes: unknown field, did you mean 'scope'?",
        ),
        (
            json!({"key": key, "tenant": 7}),
            "body.tenant: unknown field, expected one of key, scope, model, items",
        ),
        (
            json!({"items": [{"key": key}, {"key": key, "Model": "gpt"}]}),
            "body.items[1].Model: unknown field, expected one of `key`, `scope`, `model`",
        ),
        (
            json!({"items": [{"key": key, "items": []}]}),
            "body.items[0].items: unknown field, expected one of `key`, `scope`, `model`",
        ),
    ] {
        let refused = ask(body).await.refusal();
        assert_eq!(refused, format!("422 Invalid: {message}"));
    }
    let body = json!({"items": [{"key": key, "a b, expected c": 1}]});
    assert_eq!(
        ask(body).await.refusal(),
        "422 Invalid: body.items[0]: unknown field, expected one of `key`, `scope`, `model`"
    );
    for body in [
        format!(r#"{{"key":"{key}","model":"qwen3","model":"gpt"}}"#),
        format!(r#"{{"items":[{{"key":"{key}","scope":"inference","scope":"*"}}]}}"#),
        format!(r#"{{"key":"{key}","mod\u0065l":"qwen3","model":"gpt"}}"#),
    ] {
        assert_eq!(api.bob(raw(VERIFY, body)).await.status, 422);
    }
}

#[actix_web::test]
async fn people_and_organizations_refuse_what_is_almost_right() {
    let api = TestApi::new().await;
    let user = json!({"username": "carol", "password": "Passw0rd_1", "isActive": false});
    let refused = api.root(post("/v2/users", user)).await.refusal();
    assert_eq!(
        refused,
        "422 Invalid: body.isActive: unknown field, did you mean 'is_active'?"
    );
    let alice = format!("/v2/users/{}", api.alice.id);
    let acme = format!("/v2/organizations/{}", api.acme.id);
    let members = format!("{acme}/members");
    for request in [
        put(&alice, json!({"is_admins": true})),
        put(&acme, json!({"Slug": "x"})),
        post(
            "/v2/organizations",
            json!({"name": "a", "slug": "a", "Description": "x"}),
        ),
        post(&members, json!({"user_id": api.root.id.0, "Role": "admin"})),
        put("/v2/users/me", json!({"fullName": "x"})),
    ] {
        assert_eq!(api.root(request).await.status, 422);
    }
    let mut shown = api.root(get(&alice)).await.json();
    shown["source"] = json!("Local");
    assert_eq!(api.root(put(&alice, shown)).await.status, 200);
    let shown = api.root(get(&acme)).await.json();
    assert_eq!(api.root(put(&acme, shown)).await.status, 200);
}

#[actix_web::test]
async fn a_body_of_thousands_of_unknown_fields_takes_no_time() {
    let api = TestApi::new().await;
    let many: String = (0..4_000)
        .map(|number| format!(r#","f{number}":1e99"#))
        .collect();
    let long = format!(r#","{}":1"#, "exprs_".repeat(9_000));
    for (name, fields) in [("many", many), ("long", long)] {
        let body = format!(r#"{{"name":"{name}"{fields}}}"#);
        let started = Instant::now();
        assert_eq!(api.alice(raw("/v2/api-keys", body)).await.status, 200);
        assert!(started.elapsed() < Duration::from_secs(2));
    }
}

#[actix_web::test]
async fn the_query_of_a_gateway_itself_is_checked_and_that_of_its_client_is_not() {
    let api = TestApi::new().await;
    let (_, key) = api.key(json!({"name": "ci", "scope": ["inference"]})).await;
    let status = async |path: &str| api.send(with_key(&key, get(path))).await.status;
    for query in [
        "Scope=management",
        "scopes=management",
        "sc%6Fpe=management",
        "scope",
        "SCOPE=*",
        "scope=inference&scop=management",
    ] {
        let refused = api
            .send(with_key(&key, get(&format!("/auth/verify?{query}"))))
            .await;
        assert_eq!(
            refused.refusal(),
            "422 Invalid: query: unknown parameter, did you mean 'scope='?",
            "{query}"
        );
        let below = format!("/auth/verify/v1/models?scope=inference&{query}");
        assert_eq!(status(&below).await, 200, "{query}");
    }
    assert_eq!(
        status("/auth/verify?scope=inference&original=/x?y=1&stream=true").await,
        200
    );
    assert_eq!(status("/auth/verify/?scopes=management").await, 200);
    assert_eq!(
        status("/auth/verify/a?Scope=management&scopes=x").await,
        200
    );
}
