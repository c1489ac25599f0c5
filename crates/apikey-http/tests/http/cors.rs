//! Pages of other origins.

use crate::support::{TestApi, TestResponse, get, post, with_key};
use actix_web::{
    http::{Method, header},
    test::TestRequest,
};
use serde_json::json;

const PAGE: &str = "https://app.example.com";

async fn api(origins: &str) -> TestApi {
    let mut api = TestApi::new().await;
    api.state.cors_origins = origins.parse().unwrap();
    api
}

/// What a browser asks before the request of a page.
fn preflight(origin: &str, method: &str, headers: &str, path: &str) -> TestRequest {
    let request = TestRequest::default().method(Method::OPTIONS).uri(path);
    let request = request.insert_header((header::ORIGIN, origin));
    let request = request.insert_header((header::ACCESS_CONTROL_REQUEST_METHOD, method));
    match headers {
        "" => request,
        headers => request.insert_header((header::ACCESS_CONTROL_REQUEST_HEADERS, headers)),
    }
}

fn allowed(answer: &TestResponse) -> &str {
    answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN)
}

#[actix_web::test]
async fn pages_of_other_origins_are_told_nothing_by_default() {
    let api = TestApi::new().await;
    let asked = api.send(preflight(PAGE, "POST", "", "/v2/api-keys")).await;
    assert_eq!((asked.status, allowed(&asked)), (204, ""));
    let read = get("/v2/api-keys").insert_header((header::ORIGIN, PAGE));
    let answer = api.alice(read).await;
    assert_eq!((answer.status, allowed(&answer)), (200, ""));
    assert!(!answer.headers.contains_key(header::VARY));
}

#[actix_web::test]
async fn a_page_of_a_named_origin_may_call_the_interface() {
    let api = api("https://other.example, https://app.example.com").await;
    let headers = "authorization, content-type, x-organization-id, if-match";
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        let asked = preflight(PAGE, method, headers, "/v2/api-keys/1");
        let asked = api.send(asked).await;
        assert_eq!((asked.status, allowed(&asked)), (200, PAGE), "{method}");
        assert_eq!(asked.header(header::ACCESS_CONTROL_MAX_AGE), "600");
    }
    let (_, value) = api.key(json!({"name": "ci"})).await;
    let create = post("/v2/api-keys", json!({"name": "from a page"}));
    let create = create.insert_header((header::ORIGIN, PAGE));
    let created = api.send(with_key(&value, create)).await;
    assert_eq!((created.status, allowed(&created)), (200, PAGE));
    let shown = created.header(header::ACCESS_CONTROL_EXPOSE_HEADERS);
    for name in [
        "etag",
        "link",
        "retry-after",
        "x-request-id",
        "x-total-count",
    ] {
        assert!(shown.split(", ").any(|one| one == name), "{shown}");
    }
    // Its refusals can be read, too.
    let refused = get("/v2/api-keys").insert_header((header::ORIGIN, PAGE));
    let refused = api.send(refused).await;
    assert_eq!((refused.status, allowed(&refused)), (401, PAGE));
    // The session of whoever looks at the page is not its own.
    for answer in [created, refused] {
        let cookies = header::ACCESS_CONTROL_ALLOW_CREDENTIALS;
        assert!(!answer.headers.contains_key(cookies));
    }
}

#[actix_web::test]
async fn other_pages_are_refused_before_they_ask_for_more() {
    let api = api(PAGE).await;
    let path = "/v2/api-keys";
    for (request, refusal) in [
        (
            preflight("https://evil.example", "GET", "", path),
            "403 Forbidden: Origin: pages of this origin may not call this server",
        ),
        (
            preflight("https://app.example.com.evil.example", "GET", "", path),
            "403 Forbidden: Origin: pages of this origin may not call this server",
        ),
        (
            preflight("null", "GET", "", path),
            "403 Forbidden: Origin: pages of this origin may not call this server",
        ),
        (
            preflight(PAGE, "TRACE", "", path),
            "403 Forbidden: Access-Control-Request-Method: not from other origins",
        ),
        (
            preflight(PAGE, "GET", "x-forwarded-for", path),
            "403 Forbidden: Access-Control-Request-Headers: one of them may not be sent from \
             other origins",
        ),
        (
            TestRequest::default()
                .method(Method::OPTIONS)
                .uri(path)
                .insert_header((header::ACCESS_CONTROL_REQUEST_METHOD, "GET")),
            "403 Forbidden: Origin or Access-Control-Request-Method: missing, or not as a \
             browser writes it",
        ),
    ] {
        let refused = api.send(request).await;
        assert_eq!(refused.refusal(), refusal);
        assert_eq!(allowed(&refused), "");
    }
    let read = get(path).insert_header((header::ORIGIN, "https://evil.example"));
    let answer = api.alice(read).await;
    assert_eq!((answer.status, allowed(&answer)), (200, ""));
    let vary = answer.header(header::VARY).to_ascii_lowercase();
    assert!(vary.contains("origin"), "{vary}");
}

/// A gateway that passes on what its client asked must not take the answer for a good key.
#[actix_web::test]
async fn where_keys_are_verified_nothing_is_answered_to_browsers() {
    let api = api(PAGE).await;
    for path in [
        "/auth/verify",
        "/auth/verify/v1",
        "/token-auth",
        "/v2/api-keys/verify",
    ] {
        let asked = api.send(preflight(PAGE, "GET", "", path)).await;
        assert!(matches!(asked.status, 401 | 405), "{path}");
        assert_eq!(allowed(&asked), "");
    }
}

/// A slip in the address that a gateway asks must not let everybody in who asks so.
#[actix_web::test]
async fn what_a_browser_asks_of_no_route_is_404() {
    let api = api(PAGE).await;
    for path in [
        "/nothing",
        "/auth/verify*",
        "//auth/verify",
        "/Auth/verify",
        "/token-auth/",
        "/token-auth/x",
        "/v2/api-keys/verify/",
        "/v2/api-keys/1/2",
    ] {
        let asked = api.send(preflight(PAGE, "GET", "", path)).await;
        assert_eq!(asked.refusal(), "404 NotFound: No such route", "{path}");
        assert_eq!(allowed(&asked), "");
    }
}
