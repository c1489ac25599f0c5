//! The order of checks.

use crate::support::{TestApi, get, in_organization, post, put, with_key, with_password};
use actix_web::{http::header, test::TestRequest};
use apikey_domain::{
    error::PortError,
    port::{directory::MockDirectory, password_hasher::MockPasswordHasher},
};
use serde_json::json;
use std::sync::Arc;

/// A request that fails every check after authentication.
fn invalid_request() -> TestRequest {
    TestRequest::put()
        .uri("/v2/api-keys/abc?page=x")
        .set_payload("{oops")
}

#[actix_web::test]
async fn credentials_come_before_everything() {
    let api = TestApi::new().await;
    let refusal = "401 Unauthorized: Invalid authentication credentials";
    let request = || in_organization("x", invalid_request());
    let none = api.send(request()).await;
    assert_eq!(none.refusal(), refusal);
    let challenge = none.header(header::WWW_AUTHENTICATE);
    assert_eq!(challenge, r#"Bearer realm="apikey""#);
    for key in ["gpustack_aaaa_bbbb", "x"] {
        let unknown = api.send(with_key(key, request())).await;
        assert_eq!(unknown.refusal(), refusal);
        let challenge = unknown.header(header::WWW_AUTHENTICATE);
        assert_eq!(challenge, r#"Bearer realm="apikey", error="invalid_token""#);
    }
    let wrong = api.send(with_password("alice", "no", request())).await;
    assert_eq!(wrong.refusal(), refusal);
    let challenge = wrong.header(header::WWW_AUTHENTICATE);
    assert_eq!(challenge, r#"Bearer realm="apikey""#);
}

#[actix_web::test]
async fn the_scope_comes_before_the_tenant() {
    let api = TestApi::new().await;
    let (_, key) = api.key(json!({"name": "i", "scope": ["inference"]})).await;
    let request = with_key(&key, in_organization("x", invalid_request()));
    assert_eq!(
        api.send(request).await.refusal(),
        "403 Forbidden: API key does not have permission to access management features"
    );
}

#[actix_web::test]
async fn the_tenant_comes_before_path_query_and_body() {
    let api = TestApi::new().await;
    for bad in ["x", "1.5", "9223372036854775808"] {
        let refused = api.alice(in_organization(bad, invalid_request())).await;
        assert_eq!(refused.refusal(), "422 Invalid: Invalid X-Organization-Id");
    }
    for (request, organization, refusal) in [
        (
            invalid_request(),
            "-1",
            "403 Forbidden: Not a member of organization -1",
        ),
        (
            get("/v2/api-keys?perPage=x&watch=maybe"),
            "999999",
            "403 Forbidden: Not a member of organization 999999",
        ),
    ] {
        let refused = api.alice(in_organization(organization, request)).await;
        assert_eq!(refused.refusal(), refusal);
    }
    let missing = api.root(in_organization("999999", invalid_request())).await;
    assert_eq!(
        missing.refusal(),
        "404 NotFound: Organization 999999 not found"
    );
    let huge = post("/v2/api-keys", json!({"name": "x".repeat(70_000)}));
    let refused = api.alice(in_organization("-1", huge)).await;
    assert_eq!(refused.status, 403);
}

#[actix_web::test]
async fn path_query_and_body_come_last() {
    let api = TestApi::new().await;
    let refusal = "422 Invalid: path.id: must be an integer of 64 bits";
    assert_eq!(api.alice(invalid_request()).await.refusal(), refusal);
    let own = in_organization("", invalid_request());
    assert_eq!(api.alice(own).await.refusal(), refusal);
}

#[actix_web::test]
async fn a_key_acts_for_its_organization_and_the_header_is_ignored() {
    let api = TestApi::new().await;
    let acme = api.acme.id.to_string();
    let create = post("/v2/api-keys", json!({"name": "team"}));
    let created = api.alice(in_organization(&acme, create)).await.json();
    let key = created["value"].as_str().unwrap();
    for header in ["x", "-1", "999999", &acme] {
        let request = in_organization(header, get("/v2/api-keys"));
        assert_eq!(api.send(with_key(key, request)).await.names(), ["team"]);
    }
    let by_x_api_key = get("/v2/api-keys").insert_header(("x-api-key", key));
    assert_eq!(api.send(by_x_api_key).await.names(), ["team"]);
}

#[actix_web::test]
async fn basic_comes_before_bearer_and_bearer_before_x_api_key() {
    let api = TestApi::new().await;
    let (_, key) = api.key(json!({"name": "ci"})).await;
    let with_both = |authorization: &str| {
        get("/v2/api-keys")
            .insert_header((header::AUTHORIZATION, authorization))
            .insert_header(("x-api-key", key.as_str()))
    };
    let status = async |authorization| api.send(with_both(authorization)).await.status;
    assert_eq!(status("Basic !").await, 401);
    assert_eq!(status("Bearer wrong").await, 401);
    assert_eq!(status("Digest whatever").await, 200);
    assert_eq!(status("Bearer ").await, 200);
}

#[actix_web::test]
async fn an_expired_key_and_a_deactivated_user_are_refused() {
    let api = TestApi::new().await;
    let (_, key) = api.key(json!({"name": "ci", "expires_in": 60})).await;
    let request = || with_key(&key, get("/v2/users/me"));
    api.app.clock.advance_seconds(59);
    assert_eq!(api.send(request()).await.status, 200);
    let path = format!("/v2/users/{}/activation", api.alice.id);
    let deactivate = TestRequest::patch()
        .uri(&path)
        .set_json(json!({"is_active": false}));
    assert_eq!(api.root(deactivate).await.status, 200);
    let refused = api.send(request()).await.refusal();
    assert_eq!(refused, "401 Unauthorized: User account is deactivated");
    let refused = api.alice(get("/v2/users/me")).await.refusal();
    assert_eq!(refused, "401 Unauthorized: User account is deactivated");
    api.app.clock.advance_seconds(1);
    let refused = api.send(request()).await.refusal();
    assert_eq!(
        refused,
        "401 Unauthorized: Invalid authentication credentials"
    );
}

#[actix_web::test]
async fn failed_sign_ins_are_throttled_by_address() {
    let api = TestApi::new().await;
    let guess = |peer: &str| {
        let request = with_password("alice", "wrong", get("/v2/users/me"));
        request.peer_addr(peer.parse().unwrap())
    };
    for _ in 0..10 {
        assert_eq!(api.send(guess("192.0.2.1:1")).await.status, 401);
    }
    let throttled = api.send(guess("[::ffff:192.0.2.1]:2")).await;
    assert_eq!(
        throttled.refusal(),
        "429 TooManyRequests: Too many failed sign-ins, try again in 6 s"
    );
    assert_eq!(throttled.header(header::RETRY_AFTER), "6");
    assert_eq!(api.send(guess("192.0.2.2:1")).await.status, 401);
}

#[actix_web::test]
async fn an_invalid_username_never_reaches_the_store() {
    let mut api = TestApi::new().await;
    let mut directory = MockDirectory::new();
    let empty = directory.expect_user_credential().withf(str::is_empty);
    empty.times(3).returning(|_| Ok(None));
    api.state.identity.directory = Arc::new(directory);
    for username in ["a\0b", "", &"x".repeat(10_000)] {
        let request = with_password(username, "Passw0rd_1", get("/v2/users/me"));
        assert_eq!(api.send(request).await.status, 401);
    }
}

#[actix_web::test]
async fn the_owner_of_a_key_is_checked_before_the_body() {
    let api = TestApi::new().await;
    let (id, _) = api.key(json!({"name": "ci"})).await;
    let path = format!("/v2/api-keys/{id}");
    let refused = api.bob(put(&path, json!({"description": "x"}))).await;
    assert_eq!(refused.refusal(), "404 NotFound: Api key not found");
}

#[actix_web::test]
async fn who_is_throttled_reaches_neither_the_store_nor_the_hasher() {
    let mut api = TestApi::new().await;
    let overlong = "x".repeat(90_000);
    let guess = |username, password| with_password(username, password, get("/v2/users/me"));
    for username in ["alice", "nobody"] {
        for _ in 0..10 {
            assert_eq!(api.send(guess(username, "wrong")).await.status, 401);
        }
    }
    api.state.identity.directory = Arc::new(MockDirectory::new());
    api.state.identity.password_hasher = Arc::new(MockPasswordHasher::new());
    for username in ["alice", "nobody"] {
        for password in ["Passw0rd_1", "", &overlong] {
            let throttled = api.send(guess(username, password)).await;
            assert_eq!(throttled.status, 429, "{username}");
            assert_eq!(throttled.header(header::RETRY_AFTER), "6");
        }
    }
    assert_eq!(api.send(guess("bob", &overlong)).await.status, 401);
}

#[actix_web::test]
async fn a_password_for_which_there_is_no_turn_is_answered_503() {
    let mut api = TestApi::new().await;
    let full = || PortError::Unavailable("too many passwords to hash".into());
    let mut hasher = MockPasswordHasher::new();
    hasher.expect_verify().returning(move |_, _, _| Err(full()));
    api.state.identity.password_hasher = Arc::new(hasher);
    for _ in 0..20 {
        let refused = api.alice(get("/v2/users/me")).await;
        assert_eq!(refused.status, 503);
        assert_eq!(refused.header(header::RETRY_AFTER), "1");
    }
}
