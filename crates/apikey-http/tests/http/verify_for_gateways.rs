//! `/auth/verify`.

use crate::support::{Answer, TestApi, by, get, in_organization, post, with_key};
use actix_web::{http::Method, test::TestRequest};
use serde_json::json;

const IDENTITY: [&str; 5] = [
    "x-auth-key-id",
    "x-auth-user-id",
    "x-auth-user-name",
    "x-auth-organization-id",
    "x-auth-scope",
];

fn identity(answer: &Answer) -> String {
    let all: Vec<_> = IDENTITY
        .iter()
        .map(|name| {
            assert!(answer.headers.contains_key(*name), "{name}");
            answer.header(*name)
        })
        .collect();
    all.join("|")
}

fn ask(key: &str, path: &str) -> TestRequest {
    with_key(key, get(path))
}

#[actix_web::test]
async fn a_valid_key_is_answered_with_every_header_and_no_body() {
    let stage = TestApi::new().await;
    let (_, own) = stage.key(json!({"name": "own"})).await;
    let body = json!({"name": "acme", "scope": ["inference", "management"]});
    let request = in_organization(&stage.acme.id.to_string(), post("/v2/api-keys", body));
    let created = stage.alice(request).await.json();
    let acme = created["value"].as_str().unwrap();
    for path in [
        "/auth/verify",
        "/auth/verify/",
        "/auth/verify/v1/models?stream=1",
    ] {
        let answer = stage.send(ask(&own, path)).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, ""), "{path}");
        assert_eq!(identity(&answer), "1|2|alice||*");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let answer = stage.send(ask(acme, "/auth/verify")).await;
    let expected = format!("2|2|alice|{}|inference management", stage.acme.id);
    assert_eq!(identity(&answer), expected);
}

#[actix_web::test]
async fn any_method_will_do_and_a_body_is_not_read() {
    let stage = TestApi::new().await;
    let (_, key) = stage.key(json!({"name": "ci"})).await;
    for name in [
        "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW",
    ] {
        let method = Method::from_bytes(name.as_bytes()).unwrap();
        let request = TestRequest::with_uri("/auth/verify").method(method);
        let request = request.set_payload("{ no json");
        assert_eq!(
            stage.send(with_key(&key, request)).await.status,
            200,
            "{name}"
        );
    }
    let beside = stage.send(ask(&key, "/auth/verification")).await;
    assert_eq!(beside.status, 404);
}

#[actix_web::test]
async fn what_is_no_valid_key_is_refused_with_one_answer() {
    let stage = TestApi::new().await;
    let (id, key) = stage.key(json!({"name": "ci", "expires_in": 60})).await;
    let refused = |answer: &Answer| {
        assert_eq!(
            answer.header("www-authenticate"),
            r#"Bearer realm="apikey", error="invalid_token""#
        );
        assert!(!answer.headers.contains_key("x-auth-key-id"));
        answer.refusal()
    };
    let expected = "401 Unauthorized: Invalid authentication credentials";
    let mut wrong = key.clone();
    wrong.replace_range(wrong.len() - 1.., "x");
    for text in [
        wrong.as_str(),
        "gpustack_0123456789abcdef_0",
        "sk-nobody-brought-this",
        "x",
        "ü",
    ] {
        assert_eq!(
            refused(&stage.send(ask(text, "/auth/verify")).await),
            expected,
            "{text}"
        );
    }
    stage.world.clock.advance_seconds(60);
    assert_eq!(
        refused(&stage.send(ask(&key, "/auth/verify")).await),
        expected
    );
    stage.world.clock.advance_seconds(-60);
    assert_eq!(stage.send(ask(&key, "/auth/verify")).await.status, 200);
    stage
        .alice(crate::support::delete(&format!("/v2/api-keys/{id}")))
        .await;
    assert_eq!(
        refused(&stage.send(ask(&key, "/auth/verify")).await),
        expected
    );

    let nobody = stage.send(get("/auth/verify")).await;
    assert_eq!(nobody.refusal(), expected);
    assert_eq!(
        nobody.header("www-authenticate"),
        r#"Bearer realm="apikey""#
    );
    let password = stage.send(by("alice", get("/auth/verify"))).await;
    assert_eq!(password.status, 401);
}

#[actix_web::test]
async fn a_key_acts_for_nobody_who_may_not() {
    let stage = TestApi::new().await;
    let request = in_organization(
        &stage.acme.id.to_string(),
        post("/v2/api-keys", json!({"name": "ci"})),
    );
    let created = stage.bob(request).await.json();
    let key = created["value"].as_str().unwrap();
    assert_eq!(stage.send(ask(key, "/auth/verify")).await.status, 200);
    let path = format!(
        "/v2/organizations/{}/members/{}",
        stage.acme.id, stage.bob.id
    );
    stage.root(crate::support::delete(&path)).await;
    assert_eq!(stage.send(ask(key, "/auth/verify")).await.status, 401);
}

#[actix_web::test]
async fn scopes_and_models_are_looked_at() {
    let stage = TestApi::new().await;
    let body = json!({"name": "ci", "scope": ["management"], "allowed_model_names": ["qwen3"]});
    let (_, key) = stage.key(body).await;
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
        let answer = stage.send(ask_for(query, model)).await;
        assert_eq!(answer.status, status, "{query} {model}");
        if status == 403 {
            let challenge = answer.header("www-authenticate");
            assert_eq!(
                challenge,
                r#"Bearer realm="apikey", error="insufficient_scope""#
            );
        }
    }
    let higress =
        ask_for("?scope=management", "qwen3").insert_header(("x-higress-llm-model", "deepseek"));
    assert_eq!(stage.send(higress).await.status, 400);
}

#[actix_web::test]
async fn two_keys_are_one_too_many() {
    let stage = TestApi::new().await;
    let (_, key) = stage.key(json!({"name": "ci"})).await;
    let both = |other: &str| ask(&key, "/auth/verify").insert_header(("x-api-key", other));
    assert_eq!(stage.send(both(&key)).await.status, 200);
    let refusal = stage.send(both("another")).await.refusal();
    assert_eq!(
        refusal,
        "400 BadRequest: The request holds two different keys"
    );
    let alone = get("/auth/verify").insert_header(("x-api-key", key.as_str()));
    assert_eq!(stage.send(alone).await.status, 200);
}

#[actix_web::test]
async fn what_was_decided_is_counted_by_its_reason() {
    let stage = TestApi::new().await;
    let (_, key) = stage.key(json!({"name": "ci"})).await;
    let mut wrong = key.clone();
    wrong.replace_range(wrong.len() - 1.., "x");
    for text in [key.as_str(), &wrong, "x"] {
        stage.send(ask(text, "/auth/verify")).await;
    }
    assert_eq!(stage.send(get("/metrics")).await.status, 401);
    assert_eq!(stage.alice(get("/metrics")).await.status, 403);
    let metrics = stage.root(get("/metrics")).await;
    for code in ["Valid", "Mismatch", "Malformed"] {
        let line = format!("apikey_verifications_total{{code=\"{code}\"}} 1");
        assert!(metrics.body.contains(&line), "{}", metrics.body);
    }
    assert!(metrics.body.ends_with("# EOF\n"), "{}", metrics.body);
}

#[actix_web::test]
async fn a_valid_use_is_noted() {
    let stage = TestApi::new().await;
    let (_, key) = stage
        .key(json!({"name": "ci", "scope": ["inference"]}))
        .await;
    stage.send(ask(&key, "/auth/verify?scope=management")).await;
    assert!(stage.world.usage.is_empty());
    stage.send(ask(&key, "/auth/verify")).await;
    let (ids, at) = stage.world.usage.take().unwrap();
    assert_eq!((ids.len(), ids[0].0), (1, 1));
    assert_eq!(at, apikey_domain::testing::fixture::instant());
}

#[actix_web::test]
async fn a_key_that_management_refuses_is_not_used() {
    let stage = TestApi::new().await;
    let (_, key) = stage
        .key(json!({"name": "ci", "scope": ["inference"]}))
        .await;
    assert_eq!(stage.send(ask(&key, "/v2/api-keys")).await.status, 403);
    assert!(stage.world.usage.is_empty());
    let (_, key) = stage
        .key(json!({"name": "cd", "scope": ["management"]}))
        .await;
    assert_eq!(stage.send(ask(&key, "/v2/api-keys")).await.status, 200);
    assert_eq!(stage.world.usage.len(), 1);
}
