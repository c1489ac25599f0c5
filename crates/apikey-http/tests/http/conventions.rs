//! What clients know from other services: `HEAD` and `OPTIONS`, links between pages, problem
//! details, and reading again only what has changed.

mod list_links;
mod problems;

use crate::support::{TestApi, TestResponse, by, delete, get, with_key};
use actix_web::{
    body::{BodySize, MessageBody},
    http::{Method, header},
    test::TestRequest,
};
use serde_json::json;

fn as_method(method: Method, path: &str) -> TestRequest {
    TestRequest::default().method(method).uri(path)
}

#[actix_web::test]
async fn head_says_what_get_would_without_a_body_of_unknown_length() {
    let api = TestApi::new().await;
    let (id, _) = api.key(json!({"name": "ci"})).await;
    let one = format!("/v2/api-keys/{id}");
    for path in ["/v2/api-keys", &one, "/v2/users/me", "/v2/api-keys?page=0"] {
        let head = api.alice(as_method(Method::HEAD, path)).await;
        let whole = api.alice(get(path)).await;
        assert_eq!(head.status, whole.status, "{path}");
        for name in [header::CONTENT_TYPE, header::ETAG, header::LINK] {
            assert_eq!(head.header(&name), whole.header(&name), "{path} {name}");
        }
    }
    let watch = by("alice", as_method(Method::HEAD, "/v2/api-keys?watch=true"));
    let answer = api.open(watch).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.body().size(), BodySize::None);
    let nobody = api.send(as_method(Method::HEAD, "/v2/api-keys")).await;
    assert_eq!(nobody.status, 401);
}

#[actix_web::test]
async fn options_names_the_methods_of_a_path_and_needs_no_credentials() {
    let api = TestApi::new().await;
    for (path, methods) in [
        ("/v2/api-keys", "GET, HEAD, POST, OPTIONS"),
        ("/v2/api-keys/x", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"),
        ("/v2/api-keys/1/rotate", "POST, OPTIONS"),
        ("/auth/login", "POST, OPTIONS"),
        ("/healthz", "GET, HEAD, OPTIONS"),
    ] {
        let answer = api.send(as_method(Method::OPTIONS, path)).await;
        assert_eq!((answer.status, &*answer.body), (204, ""), "{path}");
        assert_eq!(answer.header(header::ALLOW), methods, "{path}");
    }
    for path in ["/v2/nothing", "/token-auth/", "//auth/verify", "*"] {
        let nowhere = api.send(as_method(Method::OPTIONS, path)).await;
        assert_eq!(nowhere.status, 404, "{path}");
    }
}

/// A gateway may pass on the method of its client, and take any 2xx for a good key.
#[actix_web::test]
async fn where_keys_are_verified_no_answer_to_options_is_a_success() {
    let api = TestApi::new().await;
    for path in [
        "/auth/verify",
        "/auth/verify/v1/models",
        "/token-auth",
        "/v2/api-keys/verify",
    ] {
        let refused = api.send(as_method(Method::OPTIONS, path)).await;
        assert!(matches!(refused.status, 401 | 405), "{path}");
        let wrong = with_key("gpustack_0_0", as_method(Method::HEAD, path));
        let refused = api.send(wrong).await;
        assert!(matches!(refused.status, 401 | 405), "{path}");
    }
}

#[actix_web::test]
async fn what_has_not_changed_is_not_sent_again() {
    let api = TestApi::new().await;
    let (id, value) = api.key(json!({"name": "ci"})).await;
    let path = format!("/v2/api-keys/{id}");
    let tag = api.alice(get(&path)).await.header(header::ETAG).to_owned();
    let named = async |tags: &str| {
        let request = get(&path).insert_header((header::IF_NONE_MATCH, tags));
        api.alice(request).await
    };
    let weak = format!("W/{tag}");
    let several = format!("\"a\", {tag} , \"b\"");
    for tags in [&*tag, &weak, &several, "*"] {
        let same = named(tags).await;
        assert_eq!((same.status, &*same.body), (304, ""), "{tags}");
        assert_eq!(same.header(header::ETAG), tag);
        assert_eq!(same.header(header::CACHE_CONTROL), "no-store");
        assert!(!same.headers.contains_key(header::CONTENT_TYPE));
    }
    let bare = tag.trim_matches('"');
    for tags in ["\"a\"", bare, "", "\"", ",,W/", "\"a,*,b\"", "\"a\", *"] {
        let request = get(&path).insert_header((header::IF_NONE_MATCH, tags));
        assert_eq!(api.alice(request).await.status, 200, "{tags}");
    }
    // Whoever may not see it does not learn whether it has changed.
    let request = get(&path).insert_header((header::IF_NONE_MATCH, &*tag));
    assert_eq!(api.bob(request).await.status, 404);
    // The last use does not change it.
    assert_eq!(
        api.send(with_key(&value, get("/auth/verify"))).await.status,
        200
    );
    assert_eq!(named(&tag).await.status, 304);
    let body = json!({"description": "x"});
    api.alice(crate::support::put(&path, body)).await;
    assert_eq!(named(&tag).await.status, 200);
    let end = delete(&path).insert_header((header::IF_MATCH, "*"));
    let refused = api.alice(end).await.refusal();
    assert_eq!(
        refused,
        "400 BadRequest: If-Match: a deletion takes no condition"
    );
}

#[actix_web::test]
async fn the_description_is_sent_once() {
    let api = TestApi::new().await;
    for path in ["/openapi.json", "/docs", "/docs/start.js"] {
        let whole: TestResponse = api.send(get(path)).await;
        assert_eq!(whole.header(header::CACHE_CONTROL), "no-cache");
        let tag = whole.header(header::ETAG).to_owned();
        let again = get(path).insert_header((header::IF_NONE_MATCH, tag));
        let again = api.send(again).await;
        assert_eq!((again.status, &*again.body), (304, ""), "{path}");
    }
}
