//! Requests that are sent again with the same idempotency key.

use crate::support::{TestApi, delete, get, in_organization, post, put, with_key};
use actix_web::{http::header, test::TestRequest};
use apikey_domain::{
    error::{PortError, Refusal},
    port::idempotency_log::MockIdempotencyLog,
};
use serde_json::{Value, json};
use std::sync::Arc;

const KEY: &str = "8e03978e-40d5-43dd-bc93-6894a57f9324";

fn create(key: &str, body: Value) -> TestRequest {
    post("/v2/api-keys", body).insert_header(("idempotency-key", key))
}

#[actix_web::test]
async fn a_creation_that_is_sent_again_answers_the_same_key_with_its_value() {
    let api = TestApi::new().await;
    let body = || json!({"name": "ci", "expires_in": 3600, "metadata": {"a": "1", "b": "2"}});
    let first = api.alice(create(KEY, body())).await;
    assert_eq!(first.status, 200, "{}", first.body);
    // The same, as another client writes it.
    let spelled = json!({"metadata": {"b": "2", "a": "1"}, "expires_in": 3.6e3, "name": "ci"});
    for body in [body(), spelled] {
        let again = api.alice(create(KEY, body)).await;
        assert_eq!(again.status, 200, "{}", again.body);
        assert_eq!(again.json(), first.json());
        assert_eq!(again.header(header::CACHE_CONTROL), "no-store");
    }
    assert_eq!(api.alice(get("/v2/api-keys")).await.names(), ["ci"]);
}

#[actix_web::test]
async fn after_five_minutes_the_value_is_not_shown_and_after_a_day_the_request_is_new() {
    let api = TestApi::new().await;
    let send = async || api.alice(create(KEY, json!({"name": "ci"}))).await;
    let first = send().await.json();
    api.app.clock.advance_seconds(299);
    assert_eq!(send().await.json(), first);
    api.app.clock.advance_seconds(1);
    let later = send().await.json();
    assert_eq!(
        (&later["value"], &later["id"]),
        (&Value::Null, &first["id"])
    );
    api.app.clock.advance_seconds(86_100);
    let refusal = "409 AlreadyExists: Api key ci already exists";
    assert_eq!(send().await.refusal(), refusal);
}

#[actix_web::test]
async fn the_same_idempotency_key_with_another_body_is_refused() {
    let api = TestApi::new().await;
    api.alice(create(KEY, json!({"name": "ci"}))).await;
    for body in [
        json!({"name": "cd"}),
        json!({"name": "ci", "description": ""}),
        json!({"name": "ci", "scope": []}),
        json!({"name": "ci", "allowed_model_names": []}),
        json!({"name": "ci", "expires_in": 1}),
        json!({"name": "ci", "custom": "sk-0123456789abcdef"}),
        json!({"name": "ci", "metadata": {"a": ""}}),
    ] {
        let refused = api.alice(create(KEY, body.clone())).await;
        let expected = "422 Invalid: Idempotency-Key was given to another request: use a new \
                        one for each";
        assert_eq!(refused.refusal(), expected, "{body}");
    }
    assert_eq!(api.alice(get("/v2/api-keys")).await.names(), ["ci"]);
}

#[actix_web::test]
async fn each_caller_and_each_principal_has_idempotency_keys_of_its_own() {
    let api = TestApi::new().await;
    let acme = api.acme.id.0.to_string();
    let request = || create(KEY, json!({"name": "ci"}));
    let (_, one) = api.key(json!({"name": "one"})).await;
    let mut ids = vec![
        api.alice(request()).await.json()["id"].clone(),
        api.bob(request()).await.json()["id"].clone(),
        api.alice(in_organization(&acme, request())).await.json()["id"].clone(),
    ];
    ids.dedup();
    assert_eq!(ids.len(), 3);
    // Alice with a key is another caller than alice with her password.
    let refused = api.send(with_key(&one, request())).await;
    let taken = "409 AlreadyExists: Api key ci already exists";
    assert_eq!(refused.refusal(), taken);
}

#[actix_web::test]
async fn a_failed_creation_is_not_remembered() {
    let api = TestApi::new().await;
    let (id, _) = api.key(json!({"name": "ci"})).await;
    let request = || create(KEY, json!({"name": "ci"}));
    let taken = "409 AlreadyExists: Api key ci already exists";
    assert_eq!(api.alice(request()).await.refusal(), taken);
    assert_eq!(
        api.alice(create(KEY, json!({"name": ""}))).await.status,
        422
    );
    api.alice(delete(&format!("/v2/api-keys/{id}"))).await;
    let created = api.alice(request()).await.json();
    assert!(created["value"].is_string(), "{created}");
}

#[actix_web::test]
async fn the_value_of_a_key_that_has_ended_is_not_shown_again() {
    let api = TestApi::new().await;
    let send = async |name: &str| {
        let body = json!({"name": name, "expires_in": 100});
        api.alice(create(name, body)).await
    };
    let patch = |id: &Value, body| {
        let request = TestRequest::patch().uri(&format!("/v2/api-keys/{id}"));
        request.set_json(body)
    };
    let [disabled, revoked, deleted, expired] = ["disabled", "revoked", "deleted", "expired"];
    let mut ids = Vec::new();
    for name in [disabled, revoked, deleted, expired] {
        ids.push(send(name).await.json()["id"].clone());
    }
    api.alice(patch(&ids[0], json!({"disabled": true}))).await;
    let shown = send(disabled).await.json();
    assert_eq!(
        (&shown["value"], &shown["status"]),
        (&Value::Null, &json!("disabled"))
    );
    api.alice(patch(&ids[0], json!({"disabled": false}))).await;
    assert!(send(disabled).await.json()["value"].is_string());
    let revoke = format!("/v2/api-keys/{}/revoke", ids[1]);
    api.alice(post(&revoke, json!({"reason": "compromised"})))
        .await;
    let shown = send(revoked).await.json();
    assert_eq!(
        (&shown["value"], &shown["status"]),
        (&Value::Null, &json!("revoked"))
    );
    api.alice(delete(&format!("/v2/api-keys/{}", ids[2]))).await;
    assert_eq!(
        send(deleted).await.refusal(),
        "404 NotFound: Api key not found"
    );
    api.app.clock.advance_seconds(100);
    let shown = send(expired).await.json();
    assert_eq!(
        (&shown["value"], &shown["status"]),
        (&Value::Null, &json!("expired"))
    );
}

#[actix_web::test]
async fn a_repeat_is_refused_where_a_creation_would_be() {
    let api = TestApi::new().await;
    let acme = api.acme.id.0;
    let (id, key) = api.key(json!({"name": "maker"})).await;
    let by_key = || with_key(&key, create(KEY, json!({"name": "ci"})));
    let in_acme = || in_organization(&acme.to_string(), create(KEY, json!({"name": "ci"})));
    assert_eq!(api.send(by_key()).await.status, 200);
    assert_eq!(api.bob(in_acme()).await.status, 200);
    let narrowed = put(
        &format!("/v2/api-keys/{id}"),
        json!({"scope": ["inference"]}),
    );
    assert_eq!(api.alice(narrowed).await.status, 200);
    assert_eq!(api.send(by_key()).await.status, 403);
    let member = format!("/v2/organizations/{acme}/members/{}", api.bob.id.0);
    assert_eq!(api.alice(delete(&member)).await.status, 200);
    assert_eq!(api.bob(in_acme()).await.status, 403);
}

#[actix_web::test]
async fn a_custom_key_is_shown_again_as_it_was_given() {
    let api = TestApi::new().await;
    let body = || json!({"name": "ci", "custom": "sk-0123456789abcdef"});
    for _ in 0..2 {
        let created = api.alice(create(KEY, body())).await.json();
        assert_eq!(created["value"], "sk-0123456789abcdef");
    }
}

#[actix_web::test]
async fn an_idempotency_key_that_is_not_valid_is_refused_before_the_body_is_read() {
    let api = TestApi::new().await;
    let rule = "400 BadRequest: Idempotency-Key must have 1 to 255 visible ASCII characters";
    for key in ["", "two words", &"x".repeat(256), "\u{e9}"] {
        let refused = api.alice(create(key, json!([]))).await;
        assert_eq!(refused.refusal(), rule, "{key:?}");
    }
    let twice = create(KEY, json!([])).append_header(("idempotency-key", KEY));
    let refused = api.alice(twice).await.refusal();
    assert_eq!(
        refused,
        "400 BadRequest: Idempotency-Key must be given once"
    );
    let longest = create(&"~".repeat(255), json!({"name": "ci"}));
    assert_eq!(api.alice(longest).await.status, 200);
}

#[actix_web::test]
async fn a_request_that_is_under_way_says_when_to_send_it_again() {
    let mut api = TestApi::new().await;
    let mut log = MockIdempotencyLog::new();
    let under_way = |_, _, _, _| Err(PortError::Refused(Refusal::RequestUnderWay));
    log.expect_create_once().returning(under_way);
    api.state.keys = api.state.keys.with_idempotency_log(Arc::new(log));
    let refused = api.alice(create(KEY, json!({"name": "ci"}))).await;
    let expected = "409 Conflict: A request with this Idempotency-Key is under way";
    assert_eq!(refused.refusal(), expected);
    assert_eq!(refused.header(header::RETRY_AFTER), "1");
}
