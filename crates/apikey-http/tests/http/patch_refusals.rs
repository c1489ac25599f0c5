//! `PATCH /v2/api-keys/{id}` and `POST /v2/api-keys/{id}/revoke`: what is refused.

use crate::support::{TestApi, by, get, patch, post, with_key};
use actix_web::{http::header, test::TestRequest};
use serde_json::json;

#[actix_web::test]
async fn a_wrong_body_is_refused_and_changes_nothing() {
    let api = TestApi::new().await;
    let (id, _) = api.key(json!({"name": "ci", "expires_in": 60})).await;
    let path = format!("/v2/api-keys/{id}");
    let before = api.alice(get(&path)).await.json();
    let many: String = "x".repeat(4_097);
    let rule = "body.expires_at: must be null or an instant, as in 2026-01-31T23:59:59Z";
    for (body, message) in [
        (json!([]), "body: must be a JSON object"),
        (
            json!({"scopes": []}),
            "body.scopes: unknown field, did you mean 'scope'?",
        ),
        (
            json!({"Disabled": true}),
            "body.Disabled: unknown field, did you mean 'disabled'?",
        ),
        (
            json!({"status": "disabled"}),
            "body.status: unknown field, expected one of name, description, scope, \
             allowed_model_names, expires_at, disabled, metadata",
        ),
        (
            json!({"expires_in": 7}),
            "body.expires_in: unknown field, expected one of name",
        ),
        (json!({"name": null}), "body.name: expected a string"),
        (json!({"name": ""}), "name must have 1 to 255 characters"),
        (json!({"scope": null}), "body.scope: expected a list"),
        (
            json!({"scope": ["root"]}),
            "scope must be a list of '*', 'management' or 'inference'",
        ),
        (
            json!({"disabled": null}),
            "body.disabled: expected a boolean",
        ),
        (
            json!({"disabled": "true"}),
            "body.disabled: expected a boolean",
        ),
        (json!({"disabled": 1}), "body.disabled: expected a boolean"),
        (json!({"expires_at": "tomorrow"}), rule),
        (json!({"expires_at": ""}), rule),
        (
            json!({"expires_at": 1_767_225_700}),
            "body.expires_at: expected a string",
        ),
        (json!({"metadata": []}), "body.metadata: expected an object"),
        (
            json!({"metadata": {"a": 1}}),
            "body.metadata.a: expected a string",
        ),
        (
            json!({"metadata": {"a": {"b": "c"}}}),
            "body.metadata.a: expected a string",
        ),
        (
            json!({"metadata": {"a": many}}),
            "metadata must have at most 4096 characters",
        ),
        (json!({"metadata": {"a": "\u{0}"}}), "metadata "),
        (json!({"metadata": {"": "x"}}), "metadata "),
    ] {
        // With something that could be changed.
        let mut body = body;
        if let Some(fields) = body.as_object_mut() {
            fields.insert("description".to_owned(), json!("changed"));
        }
        let refused = api.alice(patch(&path, body.clone())).await.refusal();
        let expected = format!("422 Invalid: {message}");
        assert!(refused.starts_with(&expected), "{body}: {refused}");
        assert_eq!(api.alice(get(&path)).await.json(), before, "{body}");
    }
    for text in ["", "null", "{", r#"{"disabled":true,"disabled":false}"#] {
        let refused = api.alice(patch(&path, json!({})).set_payload(text)).await;
        assert_eq!(refused.status, 422, "{text}");
    }
    assert_eq!(api.alice(get(&path)).await.json(), before);
}

#[actix_web::test]
async fn a_body_that_says_it_is_something_else_is_415() {
    let api = TestApi::new().await;
    let (id, _) = api.key(json!({"name": "ci"})).await;
    let path = format!("/v2/api-keys/{id}");
    let typed = |name: &'static str| {
        let request = TestRequest::patch().uri(&path);
        let request = request.insert_header((header::CONTENT_TYPE, name));
        request.set_payload(r#"{"description":"x"}"#)
    };
    for name in [
        "application/json-patch+json",
        "application/x-www-form-urlencoded",
        "text/plain",
        "application/jsonx",
        ";",
        "",
    ] {
        assert_eq!(
            api.alice(typed(name)).await.refusal(),
            "415 UnsupportedMediaType: Content-Type must be application/merge-patch+json",
            "{name}"
        );
    }
    for name in [
        "application/merge-patch+json",
        "Application/Merge-Patch+JSON ; charset=utf-8",
        "application/json",
    ] {
        assert_eq!(api.alice(typed(name)).await.status, 200, "{name}");
    }
    let none = TestRequest::patch().uri(&path).set_payload("{}");
    assert_eq!(api.alice(none).await.status, 200);
}

#[actix_web::test]
async fn a_key_out_of_reach_is_neither_changed_nor_revoked() {
    let api = TestApi::new().await;
    let (id, key) = api.key(json!({"name": "ci", "scope": ["inference"]})).await;
    let path = format!("/v2/api-keys/{id}");
    let missing = "404 NotFound: Api key not found";
    let off = || patch(&path, json!({"disabled": true}));
    let preview = || patch(&format!("{path}?dry_run=true"), json!({"disabled": true}));
    let revoke = || post(&format!("{path}/revoke"), json!({"reason": "unused"}));
    for request in [off(), preview(), revoke()] {
        assert_eq!(api.bob(request).await.refusal(), missing);
    }
    let conditional = off().insert_header((header::IF_MATCH, "\"x\""));
    assert_eq!(api.bob(conditional).await.refusal(), missing, "before 412");
    for request in [off(), preview(), revoke()] {
        assert_eq!(api.send(with_key(&key, request)).await.status, 403);
    }
    for request in [off(), revoke()] {
        assert_eq!(api.send(by("nobody", request)).await.status, 401);
    }
    let verified = api.send(with_key(&key, get("/auth/verify"))).await;
    assert_eq!(verified.status, 200);
    for id in ["0", "-1", "9223372036854775807"] {
        let path = format!("/v2/api-keys/{id}");
        let unknown = api.alice(patch(&path, json!({"disabled": true}))).await;
        assert_eq!(unknown.refusal(), missing);
        let revoke = post(&format!("{path}/revoke"), json!({"reason": "unused"}));
        assert_eq!(api.alice(revoke).await.refusal(), missing);
    }
    assert_eq!(api.root(revoke()).await.status, 200, "the platform's admin");
}

#[actix_web::test]
async fn a_name_in_metadata_that_is_refused_is_not_repeated() {
    let api = TestApi::new().await;
    let (id, _) = api.key(json!({"name": "ci"})).await;
    let path = format!("/v2/api-keys/{id}");
    let long = "x".repeat(1_000);
    for name in ["s3cret text", "s3cret=", &long] {
        let body = json!({"metadata": {name: 1}});
        let refused = api.alice(patch(&path, body)).await.refusal();
        assert_eq!(refused, "422 Invalid: body.metadata: expected a string");
        let body = json!({"name": "other", "metadata": {name: 1}});
        let refused = api.alice(post("/v2/api-keys", body)).await.refusal();
        assert_eq!(refused, "422 Invalid: body.metadata: expected a string");
    }
}
