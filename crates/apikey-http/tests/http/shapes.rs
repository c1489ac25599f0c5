//! What all responses have in common, and the endpoints without authentication.

use crate::{
    readiness::failing,
    support::{TestApi, delete, get, post},
};
use actix_web::{
    http::{Method, header},
    test::TestRequest,
};
use apikey_domain::{
    error::PortError,
    port::{
        directory::MockDirectory,
        health::{Fault, Part},
    },
};
use serde_json::json;
use std::sync::{Arc, atomic::Ordering};

#[actix_web::test]
async fn unknown_routes_are_404_with_an_error_body() {
    let api = TestApi::new().await;
    for path in [
        "/",
        "/v2",
        "/v2/api-keys/",
        "/v2/api-keys/1/x",
        "/%ff",
        "//",
        "/update",
        "/v2/models",
    ] {
        let refused = api.send(get(path)).await;
        assert_eq!(refused.refusal(), "404 NotFound: No such route", "{path}");
    }
}

#[actix_web::test]
async fn wrong_methods_are_405_and_allow_names_the_right_ones() {
    let api = TestApi::new().await;
    let table = [
        (Method::DELETE, "/v2/api-keys", "GET, HEAD, POST, OPTIONS"),
        (
            Method::POST,
            "/v2/api-keys/7",
            "GET, HEAD, PUT, PATCH, DELETE, OPTIONS",
        ),
        (Method::HEAD, "/v2/api-keys/7/revoke", "POST, OPTIONS"),
        (Method::GET, "/v2/api-keys/7/explain", "POST, OPTIONS"),
        (Method::GET, "/v2/api-keys/7/revoke", "POST, OPTIONS"),
        (Method::GET, "/v2/api-keys/7/rotate", "POST, OPTIONS"),
        (
            Method::GET,
            "/v2/api-keys/7/credentials/1",
            "DELETE, OPTIONS",
        ),
        (Method::POST, "/v2/reports/hygiene", "GET, HEAD, OPTIONS"),
        (Method::PATCH, "/v2/users/me", "GET, HEAD, PUT, OPTIONS"),
        (Method::POST, "/v2/users/7/activation", "PATCH, OPTIONS"),
        (Method::POST, "/v2/my-models", "GET, HEAD, OPTIONS"),
        (Method::GET, "/v2/usage/breakdown", "POST, OPTIONS"),
        (Method::GET, "/v2/users/7/api-keys", "POST, OPTIONS"),
        (Method::POST, "/healthz", "GET, HEAD, OPTIONS"),
        (Method::POST, "/livez", "GET, HEAD, OPTIONS"),
        (
            Method::from_bytes(b"BREW").unwrap(),
            "/v2/organizations/7/members/8",
            "PUT, DELETE, OPTIONS",
        ),
    ];
    for (method, path, allowed) in table {
        let request = TestRequest::default().method(method.clone()).uri(path);
        let refused = api.send(request).await;
        assert_eq!(refused.header(header::ALLOW), allowed, "{method} {path}");
        let expected = format!("405 MethodNotAllowed: Only {allowed} may be used here");
        assert_eq!(refused.refusal(), expected);
    }
}

#[actix_web::test]
async fn a_body_beyond_64_kib_is_413_with_and_without_a_length() {
    let api = TestApi::new().await;
    let refusal = "413 PayloadTooLarge: The body must have at most 65536 bytes";
    let body = |length: usize| format!("{{\"name\":\"{}", "x".repeat(length - 9));
    let create = |length| {
        TestRequest::post()
            .uri("/v2/api-keys")
            .set_payload(body(length))
    };
    assert_eq!(api.alice(create(65_537)).await.refusal(), refusal);
    let declared = create(65_537).insert_header((header::CONTENT_LENGTH, "65537"));
    assert_eq!(api.alice(declared).await.refusal(), refusal);
    let endless = create(9).insert_header((header::CONTENT_LENGTH, "99999999999999999999"));
    assert_eq!(api.alice(endless).await.status, 422);
    assert_eq!(api.alice(create(65_536)).await.status, 422);
}

#[actix_web::test]
async fn no_response_may_be_cached() {
    let api = TestApi::new().await;
    let (id, _) = api.key(json!({"name": "ci"})).await;
    let responses = [
        api.alice(get("/v2/api-keys")).await,
        api.alice(get("/v2/api-keys?page=-1")).await,
        api.alice(get("/v2/reports/hygiene")).await,
        api.alice(post("/v2/api-keys", json!({"name": "b"}))).await,
        api.alice(delete(&format!("/v2/api-keys/{id}"))).await,
        api.send(get("/healthz")).await,
    ];
    for response in responses {
        assert_eq!(response.status, 200);
        assert_eq!(response.header(header::CACHE_CONTROL), "no-store");
        assert_eq!(response.header(header::CONTENT_TYPE), "application/json");
    }
}

#[actix_web::test]
async fn probes_need_no_credentials() {
    let api = TestApi::new().await;
    for path in ["/healthz", "/livez"] {
        assert_eq!(api.send(get(path)).await.body, "\"ok\"");
        let head = TestRequest::default().method(Method::HEAD).uri(path);
        assert_eq!(api.send(head).await.status, 200);
    }
    assert_eq!(api.send(get("/readyz")).await.body, "\"ok\"");
    let version = api.send(get("/version")).await.json();
    assert_eq!(
        version,
        json!({"version": "0.1.0", "git_commit": "304ff17"})
    );
    api.state.is_draining.store(true, Ordering::Relaxed);
    assert_eq!(
        api.send(get("/readyz")).await.refusal(),
        "503 ServiceUnavailable: The server is about to stop"
    );
    assert_eq!(api.send(get("/healthz")).await.status, 200);
    assert_eq!(api.send(get("/livez")).await.status, 200);
}

/// Returns a directory in which every sign-in fails with `error`.
pub(crate) fn broken(error: fn() -> PortError) -> Arc<MockDirectory> {
    let mut directory = MockDirectory::new();
    directory
        .expect_user_credential()
        .returning(move |_| Err(error()));
    Arc::new(directory)
}

#[actix_web::test]
async fn an_unavailable_store_is_503_and_a_corrupt_one_500() {
    let mut api = TestApi::new().await;
    api.state.identity.directory = broken(|| PortError::Unavailable("secret cause".into()));
    api.state.readiness = failing(Part::Read, Fault::Failed);
    let refusal = "503 ServiceUnavailable: Temporarily unavailable, try again";
    for request in [get("/v2/api-keys"), get("/readyz")] {
        let refused = api.alice(request).await;
        assert_eq!(refused.refusal(), refusal);
        assert_eq!(refused.header(header::RETRY_AFTER), "1");
    }
    api.state.identity.directory = broken(|| PortError::Corrupt("secret cause".into()));
    let refused = api.alice(get("/v2/api-keys")).await;
    assert_eq!(
        refused.refusal(),
        "500 InternalServerError: Internal server error"
    );
    assert_eq!(api.send(get("/readyz")).await.refusal(), refusal);
}
