//! What every answer has in common, and the calls that need no credentials.

use crate::support::{TestApi, delete, get, post};
use actix_web::{
    http::{Method, header},
    test::TestRequest,
};
use apikey_domain::{error::PortError, port::directory::MockDirectory};
use serde_json::json;
use std::sync::{Arc, atomic::Ordering};

#[actix_web::test]
async fn unknown_routes_are_404_in_the_shape_of_every_refusal() {
    let stage = TestApi::new().await;
    for path in [
        "/",
        "/v2",
        "/v2/api-keys/",
        "/v2/api-keys/1/x",
        "/%ff",
        "//",
    ] {
        let refused = stage.send(get(path)).await;
        assert_eq!(refused.refusal(), "404 NotFound: No such route", "{path}");
    }
}

#[actix_web::test]
async fn wrong_methods_are_405_and_told_the_right_ones() {
    let stage = TestApi::new().await;
    let table = [
        (Method::DELETE, "/v2/api-keys", "GET, POST"),
        (Method::HEAD, "/v2/api-keys", "GET, POST"),
        (Method::OPTIONS, "/v2/api-keys/7", "PUT, DELETE"),
        (Method::GET, "/v2/api-keys/7", "PUT, DELETE"),
        (Method::PATCH, "/v2/users/me", "GET, PUT"),
        (Method::POST, "/v2/users/7/activation", "PATCH"),
        (Method::POST, "/healthz", "GET, HEAD"),
        (
            Method::from_bytes(b"BREW").unwrap(),
            "/v2/organizations/7/members/8",
            "PUT, DELETE",
        ),
    ];
    for (method, path, allowed) in table {
        let request = TestRequest::default().method(method.clone()).uri(path);
        let refused = stage.send(request).await;
        assert_eq!(refused.header(header::ALLOW), allowed, "{method} {path}");
        let expected = format!("405 MethodNotAllowed: Only {allowed} may be used here");
        assert_eq!(refused.refusal(), expected);
    }
}

#[actix_web::test]
async fn a_body_beyond_64_kib_is_413_with_and_without_a_length() {
    let stage = TestApi::new().await;
    let refusal = "413 PayloadTooLarge: The body must have at most 65536 bytes";
    let body = |length: usize| format!("{{\"name\":\"{}", "x".repeat(length - 9));
    let create = |length| {
        TestRequest::post()
            .uri("/v2/api-keys")
            .set_payload(body(length))
    };
    assert_eq!(stage.alice(create(65_537)).await.refusal(), refusal);
    let declared = create(65_537).insert_header((header::CONTENT_LENGTH, "65537"));
    assert_eq!(stage.alice(declared).await.refusal(), refusal);
    let endless = create(9).insert_header((header::CONTENT_LENGTH, "99999999999999999999"));
    assert_eq!(stage.alice(endless).await.status, 422);
    assert_eq!(stage.alice(create(65_536)).await.status, 422);
}

#[actix_web::test]
async fn no_answer_may_be_stored() {
    let stage = TestApi::new().await;
    let (id, _) = stage.key(json!({"name": "ci"})).await;
    let answers = [
        stage.alice(get("/v2/api-keys")).await,
        stage.alice(get("/v2/api-keys?page=-1")).await,
        stage
            .alice(post("/v2/api-keys", json!({"name": "b"})))
            .await,
        stage.alice(delete(&format!("/v2/api-keys/{id}"))).await,
        stage.send(get("/healthz")).await,
    ];
    for answer in answers {
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header(header::CACHE_CONTROL), "no-store");
        assert_eq!(answer.header(header::CONTENT_TYPE), "application/json");
    }
}

#[actix_web::test]
async fn probes_answer_without_credentials() {
    let stage = TestApi::new().await;
    assert_eq!(stage.send(get("/healthz")).await.body, "\"ok\"");
    assert_eq!(stage.send(get("/readyz")).await.body, "\"ok\"");
    let version = stage.send(get("/version")).await.json();
    assert_eq!(
        version,
        json!({"version": "0.1.0", "git_commit": "304ff17"})
    );
    stage.api.is_draining.store(true, Ordering::Relaxed);
    assert_eq!(
        stage.send(get("/readyz")).await.refusal(),
        "503 ServiceUnavailable: The server is about to stop"
    );
    assert_eq!(stage.send(get("/healthz")).await.status, 200);
}

/// A directory that answers every sign-in and every probe with `error`.
fn broken(error: fn() -> PortError) -> Arc<MockDirectory> {
    let mut directory = MockDirectory::new();
    directory
        .expect_user_credential()
        .returning(move |_| Err(error()));
    directory.expect_has_users().returning(move || Err(error()));
    Arc::new(directory)
}

#[actix_web::test]
async fn a_store_that_does_not_answer_is_503_and_one_that_lies_500() {
    let mut stage = TestApi::new().await;
    stage.api.identity.directory = broken(|| PortError::Unavailable("secret cause".into()));
    let refusal = "503 ServiceUnavailable: Temporarily unavailable, try again";
    for request in [get("/v2/api-keys"), get("/readyz")] {
        let refused = stage.alice(request).await;
        assert_eq!(refused.refusal(), refusal);
        assert_eq!(refused.header(header::RETRY_AFTER), "1");
    }
    stage.api.identity.directory = broken(|| PortError::Corrupt("secret cause".into()));
    let refused = stage.alice(get("/v2/api-keys")).await;
    assert_eq!(
        refused.refusal(),
        "500 InternalServerError: Internal server error"
    );
    assert_eq!(stage.send(get("/readyz")).await.refusal(), refusal);
}
