//! Reading one key, and why it would be refused.

use crate::support::{TestApi, by, delete, get, in_organization, post, put, with_key};
use serde_json::{Value, json};

#[actix_web::test]
async fn one_key_is_shown_as_lists_show_it() {
    let api = TestApi::new().await;
    let (id, key) = api.key(json!({"name": "ci"})).await;
    let path = format!("/v2/api-keys/{id}");
    let read = api.alice(get(&path)).await;
    assert_eq!(read.status, 200);
    let listed = api.alice(get("/v2/api-keys")).await;
    assert_eq!(read.json(), listed.json()["items"][0]);
    let with_itself = api.send(with_key(&key, get(&path))).await;
    assert_eq!(with_itself.json()["id"], id);
}

#[actix_web::test]
async fn the_entity_tag_changes_with_the_key_and_not_with_its_use() {
    let api = TestApi::new().await;
    let (id, key) = api.key(json!({"name": "ci"})).await;
    let path = format!("/v2/api-keys/{id}");
    let tag = async || api.alice(get(&path)).await.header("etag").to_owned();
    let first = tag().await;
    assert_eq!(
        api.send(with_key(&key, get("/auth/verify"))).await.status,
        200
    );
    assert_eq!(tag().await, first);
    api.alice(put(&path, json!({"description": "for CI"})))
        .await;
    assert_ne!(tag().await, first);
    api.alice(put(&path, json!({"description": null}))).await;
    assert_eq!(tag().await, first, "the same again");
}

#[actix_web::test]
async fn a_key_out_of_reach_is_neither_shown_nor_explained() {
    let api = TestApi::new().await;
    let (id, key) = api.key(json!({"name": "ci", "scope": ["inference"]})).await;
    let path = format!("/v2/api-keys/{id}");
    let explain = || post(&format!("{path}/explain"), json!({}));
    let missing = "404 NotFound: Api key not found";
    for request in [get(&path), explain()] {
        assert_eq!(api.bob(request).await.refusal(), missing);
    }
    let without_management = api.send(with_key(&key, get(&path))).await;
    assert_eq!(without_management.status, 403);
    assert_eq!(api.root(get(&path)).await.status, 200);
    assert_eq!(api.send(by("nobody", get(&path))).await.status, 401);
    assert_eq!(api.alice(delete(&path)).await.status, 200);
    for request in [get(&path), explain()] {
        assert_eq!(api.alice(request).await.refusal(), missing);
    }
    for id in ["0", "-1", "9223372036854775807"] {
        let unknown = api.alice(get(&format!("/v2/api-keys/{id}"))).await;
        assert_eq!(unknown.refusal(), missing);
    }
}

#[actix_web::test]
async fn an_explanation_has_each_check_and_what_it_looked_at() {
    let api = TestApi::new().await;
    let body = json!({
        "name": "ci", "scope": ["inference"], "allowed_model_names": ["a"], "expires_in": 60,
    });
    let (id, _) = api.key(body).await;
    let path = format!("/v2/api-keys/{id}/explain");
    let explain = async |body: Value| api.alice(post(&path, body)).await.json();
    let outcome = |explained: &Value| {
        let checks = explained["checks"].as_array().unwrap().iter();
        let passed: Vec<_> = checks
            .map(|check| check["passed"].as_bool().unwrap())
            .collect();
        (explained["code"].as_str().unwrap().to_owned(), passed)
    };
    let fine = explain(json!({"scope": "inference", "model": "a"})).await;
    assert_eq!(outcome(&fine), ("Valid".to_owned(), vec![true; 7]));
    let looked_at = json!({"scope": ["inference"], "wanted": "inference"});
    assert_eq!(
        fine["checks"][5],
        json!({"check": "scope", "passed": true, "looked_at": looked_at})
    );
    let both = explain(json!({"scope": "*", "model": "b"})).await;
    let expected = (
        "ScopeDenied".to_owned(),
        vec![true, true, true, true, true, false, false],
    );
    assert_eq!(outcome(&both), expected);
    let later = explain(json!({"at": "2026-01-01T01:01:00+01:00"})).await;
    assert_eq!(
        outcome(&later),
        (
            "Expired".to_owned(),
            vec![true, true, true, false, true, true, true]
        )
    );
    assert_eq!(later["at"], "2026-01-01T00:01:00.000000Z");
    let shown = api.alice(get("/v2/api-keys")).await.json();
    assert_eq!(
        shown["items"][0]["last_used_at"],
        Value::Null,
        "it is no use"
    );
}

#[actix_web::test]
async fn a_question_that_is_not_understood_is_refused() {
    let api = TestApi::new().await;
    let (id, _) = api.key(json!({"name": "ci"})).await;
    let path = format!("/v2/api-keys/{id}/explain");
    for (body, message) in [
        (
            json!({"scope": "root"}),
            "body.scope: must be 'inference', 'management' or '*'",
        ),
        (json!({"scopes": "*"}), "body.scopes: unknown field"),
        (
            json!({"at": "tomorrow"}),
            "body.at: must be an instant, as in 2026-01-31T23:59:59Z",
        ),
        (json!({"at": 1}), "body.at: expected a string"),
        (json!([]), "body: must be a JSON object"),
    ] {
        let refused = api.alice(post(&path, body)).await.refusal();
        assert!(
            refused.starts_with(&format!("422 Invalid: {message}")),
            "{refused}"
        );
    }
    let elsewhere = in_organization("7", post(&path, json!({})));
    assert_eq!(api.alice(elsewhere).await.status, 403);
}
