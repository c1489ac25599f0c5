//! A refusal with each status.

use crate::{
    description::operations,
    shapes::broken,
    support::{TestApi, TestResponse, by, delete, get, patch, post, with_password},
};
use actix_web::{http::header, test::TestRequest};
use apikey_domain::error::PortError;
use serde_json::{Map, Value, json};
use std::sync::atomic::Ordering;

const KEYS: &str = "/v2/api-keys";

/// Returns the body of each refusal by its status.
pub(super) async fn each() -> Map<String, Value> {
    let api = TestApi::new().await;
    api.key(json!({"name": "ci"})).await;
    let named = |name: &str| post(KEYS, json!({"name": name}));
    let long = TestRequest::post()
        .uri(KEYS)
        .set_payload("x".repeat(65_537));
    let other = patch("/v2/api-keys/1", json!({}));
    let other = other.insert_header((header::CONTENT_TYPE, "text/plain"));
    let changed = patch("/v2/api-keys/1", json!({"disabled": true}));
    let mut refusals = vec![
        api.alice(named("x").insert_header(("idempotency-key", "")))
            .await,
        api.send(get(KEYS)).await,
        api.bob(get("/v2/users")).await,
        api.bob(delete("/v2/api-keys/1")).await,
        late(&api).await,
        api.alice(named("ci")).await,
        api.alice(changed.insert_header((header::IF_MATCH, "\"0\"")))
            .await,
        api.alice(long).await,
        api.alice(other).await,
        api.alice(post(KEYS, json!({"name": "x", "scope": ["root"]})))
            .await,
        throttled(&api).await,
    ];
    let mut corrupt = TestApi::new().await;
    corrupt.state.identity.directory = broken(|| PortError::Corrupt("a row".into()));
    refusals.push(corrupt.alice(get(KEYS)).await);
    corrupt.state.is_draining.store(true, Ordering::Relaxed);
    refusals.push(corrupt.send(get("/readyz")).await);
    let refusals = refusals.iter().map(|refusal| {
        refusal.refusal();
        (refusal.status.to_string(), refusal.json())
    });
    let refusals: Map<_, _> = refusals.collect();
    for (route, operation) in operations() {
        for status in operation["responses"].as_object().unwrap().keys() {
            let is_shown =
                matches!(&**status, "200" | "204" | "304") || refusals.contains_key(status);
            assert!(is_shown, "{route} {status} has no example");
        }
    }
    refusals
}

/// A body that does not arrive.
async fn late(api: &TestApi) -> TestResponse {
    tokio::time::pause();
    let request = by("alice", TestRequest::post().uri(KEYS));
    let refusal = api.send_without_body(request).await;
    tokio::time::resume();
    refusal
}

/// One wrong password too many.
async fn throttled(api: &TestApi) -> TestResponse {
    let wrong = || with_password("bob", "wrong", get("/v2/users/me"));
    for _ in 0..10 {
        assert_eq!(api.send(wrong()).await.status, 401);
    }
    api.send(wrong()).await
}
