//! `/auth/verify`.

use crate::support::{TestApi, TestResponse, by, get, in_organization, post, with_key};
use actix_web::{http::Method, test::TestRequest};
use serde_json::json;

const IDENTITY: [&str; 5] = [
    "x-auth-key-id",
    "x-auth-user-id",
    "x-auth-user-name",
    "x-auth-organization-id",
    "x-auth-scope",
];

fn identity(response: &TestResponse) -> String {
    let all: Vec<_> = IDENTITY
        .iter()
        .map(|name| {
            assert!(response.headers.contains_key(*name), "{name}");
            response.header(*name)
        })
        .collect();
    all.join("|")
}

fn ask(key: &str, path: &str) -> TestRequest {
    with_key(key, get(path))
}

#[actix_web::test]
async fn the_response_to_a_valid_key_has_every_header_and_no_body() {
    let api = TestApi::new().await;
    let (_, own) = api.key(json!({"name": "own"})).await;
    let body = json!({"name": "acme", "scope": ["inference", "management"]});
    let request = in_organization(&api.acme.id.to_string(), post("/v2/api-keys", body));
    let created = api.alice(request).await.json();
    let acme = created["value"].as_str().unwrap();
    for path in [
        "/auth/verify",
        "/auth/verify/",
        "/auth/verify/v1/models?stream=1",
    ] {
        let response = api.send(ask(&own, path)).await;
        assert_eq!(
            (response.status, response.body.as_str()),
            (200, ""),
            "{path}"
        );
        assert_eq!(identity(&response), "1|2|alice||*");
        assert_eq!(response.header("cache-control"), "no-store");
    }
    let response = api.send(ask(acme, "/auth/verify")).await;
    let expected = format!("2|2|alice|{}|inference management", api.acme.id);
    assert_eq!(identity(&response), expected);
}

#[actix_web::test]
async fn any_method_is_accepted_and_the_body_is_not_read() {
    let api = TestApi::new().await;
    let (_, key) = api.key(json!({"name": "ci"})).await;
    for name in [
        "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW",
    ] {
        let method = Method::from_bytes(name.as_bytes()).unwrap();
        let request = TestRequest::with_uri("/auth/verify").method(method);
        let request = request.set_payload("{ no json");
        assert_eq!(
            api.send(with_key(&key, request)).await.status,
            200,
            "{name}"
        );
    }
    let beside = api.send(ask(&key, "/auth/verification")).await;
    assert_eq!(beside.status, 404);
}

#[actix_web::test]
async fn all_invalid_keys_get_the_same_refusal() {
    let api = TestApi::new().await;
    let (id, key) = api.key(json!({"name": "ci", "expires_in": 60})).await;
    let refused = |response: &TestResponse| {
        assert_eq!(
            response.header("www-authenticate"),
            r#"Bearer realm="apikey", error="invalid_token""#
        );
        assert!(!response.headers.contains_key("x-auth-key-id"));
        response.refusal()
    };
    let expected = "401 Unauthorized: Invalid authentication credentials";
    let mut wrong = key.clone();
    wrong.replace_range(wrong.len() - 1.., "x");
    for text in [
        wrong.as_str(),
        "gpustack_0123456789abcdef_0",
        "sk-unknown-custom-key",
        "x",
        "ü",
    ] {
        assert_eq!(
            refused(&api.send(ask(text, "/auth/verify")).await),
            expected,
            "{text}"
        );
    }
    api.app.clock.advance_seconds(60);
    assert_eq!(
        refused(&api.send(ask(&key, "/auth/verify")).await),
        expected
    );
    api.app.clock.advance_seconds(-60);
    assert_eq!(api.send(ask(&key, "/auth/verify")).await.status, 200);
    api.alice(crate::support::delete(&format!("/v2/api-keys/{id}")))
        .await;
    assert_eq!(
        refused(&api.send(ask(&key, "/auth/verify")).await),
        expected
    );

    let without_key = api.send(get("/auth/verify")).await;
    assert_eq!(without_key.refusal(), expected);
    assert_eq!(
        without_key.header("www-authenticate"),
        r#"Bearer realm="apikey""#
    );
    let password = api.send(by("alice", get("/auth/verify"))).await;
    assert_eq!(password.status, 401);
}

#[actix_web::test]
async fn a_key_of_a_removed_member_is_refused() {
    let api = TestApi::new().await;
    let request = in_organization(
        &api.acme.id.to_string(),
        post("/v2/api-keys", json!({"name": "ci"})),
    );
    let created = api.bob(request).await.json();
    let key = created["value"].as_str().unwrap();
    assert_eq!(api.send(ask(key, "/auth/verify")).await.status, 200);
    let path = format!("/v2/organizations/{}/members/{}", api.acme.id, api.bob.id);
    api.root(crate::support::delete(&path)).await;
    assert_eq!(api.send(ask(key, "/auth/verify")).await.status, 401);
}

#[actix_web::test]
async fn scopes_and_models_are_checked() {
    let api = TestApi::new().await;
    let body = json!({"name": "ci", "scope": ["management"], "allowed_model_names": ["qwen3"]});
    let (_, key) = api.key(body).await;
    let ask_for = |query: &str, model: &str| {
        let request = ask(&key, &format!("/auth/verify{query}"));
        request.insert_header(("x-model", model))
    };
    let table = [
        ("?scope=management", "qwen3", 200),
        ("?scope=management", "", 200),
        ("", "qwen3", 403),
        ("?scope=inference&scope=management", "qwen3", 403),
        ("?scope=*", "qwen3", 403),
        ("?scope=management", "deepseek", 403),
        ("?scope=nothing", "qwen3", 422),
        ("?scope=nothing&scope=management", "qwen3", 422),
    ];
    for (query, model, status) in table {
        let response = api.send(ask_for(query, model)).await;
        assert_eq!(response.status, status, "{query} {model}");
        if status == 403 {
            let challenge = response.header("www-authenticate");
            assert_eq!(
                challenge,
                r#"Bearer realm="apikey", error="insufficient_scope""#
            );
        }
    }
    let higress =
        ask_for("?scope=management", "qwen3").insert_header(("x-higress-llm-model", "deepseek"));
    assert_eq!(api.send(higress).await.status, 400);
}

#[actix_web::test]
async fn two_different_keys_are_refused() {
    let api = TestApi::new().await;
    let (_, key) = api.key(json!({"name": "ci"})).await;
    let both = |other: &str| ask(&key, "/auth/verify").insert_header(("x-api-key", other));
    assert_eq!(api.send(both(&key)).await.status, 200);
    let refusal = api.send(both("another")).await.refusal();
    assert_eq!(
        refusal,
        "400 BadRequest: The request holds two different keys"
    );
    let alone = get("/auth/verify").insert_header(("x-api-key", key.as_str()));
    assert_eq!(api.send(alone).await.status, 200);
}

#[actix_web::test]
async fn decisions_are_counted_by_reason() {
    let api = TestApi::new().await;
    let (_, key) = api.key(json!({"name": "ci"})).await;
    let mut wrong = key.clone();
    wrong.replace_range(wrong.len() - 1.., "x");
    for text in [key.as_str(), &wrong, "x"] {
        api.send(ask(text, "/auth/verify")).await;
    }
    assert_eq!(api.send(get("/metrics")).await.status, 401);
    assert_eq!(api.alice(get("/metrics")).await.status, 403);
    let metrics = api.root(get("/metrics")).await;
    for code in ["Valid", "Mismatch", "Malformed"] {
        let line = format!("apikey_verifications_total{{code=\"{code}\"}} 1");
        assert!(metrics.body.contains(&line), "{}", metrics.body);
    }
    assert!(metrics.body.ends_with("# EOF\n"), "{}", metrics.body);
}

#[actix_web::test]
async fn a_valid_use_is_recorded() {
    let api = TestApi::new().await;
    let (_, key) = api.key(json!({"name": "ci", "scope": ["inference"]})).await;
    api.send(ask(&key, "/auth/verify?scope=management")).await;
    assert!(api.app.usage.is_empty());
    api.send(ask(&key, "/auth/verify")).await;
    let uses = api.app.usage.take().unwrap();
    assert_eq!((uses.keys.len(), uses.keys[0].0), (1, 1));
    assert_eq!(uses.at, apikey_domain::testing::fixture::instant());
}

#[actix_web::test]
async fn a_refused_management_call_is_not_a_use() {
    let api = TestApi::new().await;
    let (_, key) = api.key(json!({"name": "ci", "scope": ["inference"]})).await;
    assert_eq!(api.send(ask(&key, "/v2/api-keys")).await.status, 403);
    assert!(api.app.usage.is_empty());
    let (_, key) = api
        .key(json!({"name": "cd", "scope": ["management"]}))
        .await;
    assert_eq!(api.send(ask(&key, "/v2/api-keys")).await.status, 200);
    assert_eq!(api.app.usage.len(), 1);
}

#[actix_web::test]
async fn the_name_of_a_user_cannot_be_split() {
    let api = TestApi::new().await;
    for (name, shown) in [
        ("eve,root", "eve%2Croot"),
        ("eve;admin=true", "eve%3Badmin%3Dtrue"),
        ("eve@example.org", "eve@example.org"),
        ("Åsa Öst", "%C3%85sa%20%C3%96st"),
    ] {
        api.app.user(name).await;
        let created = by(name, post("/v2/api-keys", json!({"name": "ci"})));
        let created = api.send(created).await.json();
        let response = api
            .send(ask(created["value"].as_str().unwrap(), "/auth/verify"))
            .await;
        assert_eq!(response.header("x-auth-user-name"), shown);
    }
}
