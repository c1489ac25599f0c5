//! `POST /v2/api-keys/verify`.

use crate::support::{TestApi, post, with_key};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

const PATH: &str = "/v2/api-keys/verify";

#[actix_web::test]
async fn the_decision_on_a_right_key_contains_its_data() {
    let api = TestApi::new().await;
    let body = json!({
        "name": "ci", "scope": ["inference"], "allowed_model_names": ["qwen3"], "expires_in": 60,
    });
    let (_, key) = api.key(body).await;
    let body = json!({"key": key, "scope": "inference", "model": "qwen3"});
    let response = api.bob(post(PATH, body)).await;
    assert_json_snapshot!(response.shown(), @r#"
    {
      "body": {
        "allowed_model_names": [
          "qwen3"
        ],
        "as_of": "2026-01-01T00:00:00.000000Z",
        "code": "Valid",
        "credential_id": 1,
        "expires_at": "2026-01-01T00:01:00.000000Z",
        "key_id": 1,
        "name": "ci",
        "owner_principal_id": 1002,
        "scope": [
          "inference"
        ],
        "user_id": 2,
        "user_name": "alice",
        "valid": true
      },
      "status": 200
    }
    "#);
    let codes = [
        (json!({"key": key}), "Valid"),
        (json!({"key": key, "scope": null, "model": null}), "Valid"),
        (json!({"key": key, "scope": "management"}), "ScopeDenied"),
        (json!({"key": key, "scope": "*"}), "ScopeDenied"),
        (json!({"key": key, "model": "deepseek"}), "ModelDenied"),
    ];
    for (body, code) in codes {
        let decision = api.bob(post(PATH, body)).await.json();
        assert_eq!(decision["code"], code);
        assert_eq!(decision["valid"], code == "Valid");
        assert_eq!(decision["key_id"], 1);
    }
    api.app.clock.advance_seconds(60);
    let decision = api.bob(post(PATH, json!({"key": key}))).await.json();
    assert_eq!(decision["code"], "Expired");
}

#[actix_web::test]
async fn the_decision_on_a_wrong_key_reveals_nothing_else() {
    let api = TestApi::new().await;
    let (_, key) = api.key(json!({"name": "ci"})).await;
    let mut wrong = key.clone();
    wrong.replace_range(wrong.len() - 1.., "x");
    for text in [
        wrong.as_str(),
        "gpustack_0123456789abcdef_0",
        "",
        "x",
        "ü",
        "\0",
    ] {
        let response = api.bob(post(PATH, json!({"key": text}))).await;
        assert_eq!(
            response.body, r#"{"valid":false,"code":"Unknown"}"#,
            "{text:?}"
        );
    }
}

#[actix_web::test]
async fn decisions_are_in_the_order_of_the_request() {
    let api = TestApi::new().await;
    let (_, one) = api.key(json!({"name": "one"})).await;
    let (_, other) = api.key(json!({"name": "other"})).await;
    let items =
        json!({"items": [{"key": other}, {"key": "x"}, {"key": one, "scope": "inference"}]});
    let decisions = api.bob(post(PATH, items)).await.json();
    let items = decisions["items"].as_array().unwrap();
    let names: Vec<_> = items.iter().map(|item| item["name"].clone()).collect();
    assert_eq!(names, [json!("other"), Value::Null, json!("one")]);
    let items = |count: usize| json!({"items": vec![json!({"key": one}); count]});
    assert_eq!(api.bob(post(PATH, items(100))).await.status, 200);
    for count in [0, 101] {
        let refusal = api.bob(post(PATH, items(count))).await.refusal();
        assert_eq!(
            refusal,
            "422 Invalid: body.items: must have 1 to 100 entries"
        );
    }
}

#[actix_web::test]
async fn an_invalid_body_is_refused() {
    let api = TestApi::new().await;
    let table = [
        (json!({}), "body: must have 'key' or 'items'"),
        (
            json!({"items": [{"key": "x"}], "scope": "management"}),
            "body: 'scope' and 'model' belong in each of 'items'",
        ),
        (
            json!({"items": [{"key": "x"}], "model": "m"}),
            "body: 'scope' and 'model' belong in each of 'items'",
        ),
        (
            json!({"key": "x", "items": []}),
            "body: must have 'key' or 'items', not both",
        ),
        (
            json!({"items": [{"key": "x"}, {"key": "x", "scope": "read"}]}),
            "body.items[1].scope: must be 'inference', 'management' or '*'",
        ),
        (
            json!({"key": "x", "scope": "read"}),
            "body.scope: must be 'inference', 'management' or '*'",
        ),
    ];
    for (body, message) in table {
        let refusal = api.bob(post(PATH, body)).await.refusal();
        assert_eq!(refusal, format!("422 Invalid: {message}"));
    }
    for body in [
        json!([]),
        json!({"key": 7}),
        json!({"items": [{"model": "m"}]}),
    ] {
        assert_eq!(api.bob(post(PATH, body)).await.status, 422);
    }
}

#[actix_web::test]
async fn the_caller_needs_the_management_scope() {
    let api = TestApi::new().await;
    let (_, inference) = api.key(json!({"name": "a", "scope": ["inference"]})).await;
    let (_, management) = api.key(json!({"name": "b", "scope": ["management"]})).await;
    let body = || post(PATH, json!({"key": inference}));
    assert_eq!(api.send(body()).await.status, 401);
    assert_eq!(api.send(with_key(&inference, body())).await.status, 403);
    assert_eq!(api.send(with_key(&management, body())).await.status, 200);
    let wrong_method = api.bob(crate::support::get(PATH)).await;
    assert_eq!(
        (wrong_method.status, wrong_method.header("allow")),
        (405, "POST")
    );
}

#[actix_web::test]
async fn a_key_of_a_removed_member_may_not_verify_keys() {
    let api = TestApi::new().await;
    let request = post("/v2/api-keys", json!({"name": "ci"}));
    let request = crate::support::in_organization(&api.acme.id.to_string(), request);
    let created = api.bob(request).await.json();
    let key = created["value"].as_str().unwrap();
    let ask = || with_key(key, post(PATH, json!({"key": key})));
    assert_eq!(api.send(ask()).await.status, 200);
    let path = format!("/v2/organizations/{}/members/{}", api.acme.id, api.bob.id);
    api.root(crate::support::delete(&path)).await;
    assert_eq!(api.send(ask()).await.status, 403);
}
