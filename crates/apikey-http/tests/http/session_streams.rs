//! Streams that were begun with a session.

use crate::support::{TestApi, delete, get, next_chunk, post, put, with_cookie};
use actix_web::{body::BoxBody, test::TestRequest};
use serde_json::json;
use std::time::Duration;

async fn watch(api: &TestApi, cookie: &str) -> BoxBody {
    let response = api
        .open(with_cookie(cookie, get("/v2/api-keys?watch=true")))
        .await;
    assert_eq!(response.status(), 200);
    response.into_body()
}

async fn receives(api: &TestApi, body: &mut BoxBody, name: &str) -> bool {
    api.key(json!({"name": name})).await;
    match next_chunk(body).await {
        Some(chunk) => chunk.unwrap().contains(&format!("\"name\":\"{name}\"")),
        None => false,
    }
}

#[actix_web::test]
async fn a_stream_ends_within_a_second_of_its_session() {
    let api = TestApi::new().await;
    tokio::time::pause();
    let cookie = api.cookie("alice").await;
    let mut stream = watch(&api, &cookie).await;
    for name in ["a", "b"] {
        assert!(receives(&api, &mut stream, name).await);
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    let log_out = with_cookie(&cookie, TestRequest::post().uri("/auth/logout"));
    assert_eq!(api.send(log_out).await.status, 200);
    assert!(!receives(&api, &mut stream, "c").await);
    assert!(next_chunk(&mut stream).await.is_none());
}

#[actix_web::test]
async fn a_stream_that_has_nothing_to_send_ends_with_its_heartbeat() {
    let api = TestApi::new().await;
    tokio::time::pause();
    let cookie = api.cookie("alice").await;
    let mut stream = watch(&api, &cookie).await;
    assert_eq!(next_chunk(&mut stream).await.unwrap().unwrap(), "\n\n");
    let end = with_cookie(&cookie, delete("/v2/users/me/sessions/1"));
    assert_eq!(api.send(end).await.status, 200);
    assert!(next_chunk(&mut stream).await.is_none());
}

#[actix_web::test]
async fn a_stream_ends_when_its_session_expires() {
    let api = TestApi::new().await;
    tokio::time::pause();
    let cookie = api.cookie("alice").await;
    let mut stream = watch(&api, &cookie).await;
    api.app.clock.advance_seconds(7_199);
    assert_eq!(next_chunk(&mut stream).await.unwrap().unwrap(), "\n\n");
    api.app.clock.advance_seconds(1);
    assert!(next_chunk(&mut stream).await.is_none());
}

#[actix_web::test]
async fn streams_end_with_the_password_and_the_user() {
    let path = |api: &TestApi| format!("/v2/users/{}", api.alice.id);
    for body in [
        json!({"password": "Changed_2"}),
        json!({"is_active": false}),
        json!({"require_password_change": true}),
    ] {
        let api = TestApi::new().await;
        let cookie = api.cookie("alice").await;
        let mut stream = watch(&api, &cookie).await;
        assert_eq!(api.root(put(&path(&api), body)).await.status, 200);
        assert!(next_chunk(&mut stream).await.is_none());
    }
    // Also that of the session in which it is changed, which can begin another one.
    let api = TestApi::new().await;
    let cookie = api.cookie("alice").await;
    let mut stream = watch(&api, &cookie).await;
    let body = json!({"current_password": "Passw0rd_1", "new_password": "Changed_2"});
    let change = with_cookie(&cookie, post("/auth/update-password", body));
    assert_eq!(api.send(change).await.status, 200);
    assert!(next_chunk(&mut stream).await.is_none());
    watch(&api, &cookie).await;
}
