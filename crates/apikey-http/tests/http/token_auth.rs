//! `/token-auth`.

use crate::support::{TestApi, get, post, with_key};
use apikey_domain::{
    key::token::{AccessKey, PresentedKey},
    port::api_key_repository::ApiKeyRepository,
    testing::fixture,
};
use serde_json::json;

#[actix_web::test]
async fn the_response_names_the_consumer() {
    let api = TestApi::new().await;
    let (_, key) = api.key(json!({"name": "ci"})).await;
    let response = api.send(with_key(&key, get("/token-auth"))).await;
    let access_key = key.split('_').nth(1).unwrap();
    let consumer = format!("{access_key}.gpustack-{}", api.alice.id);
    assert_eq!((response.status, response.body.as_str()), (200, ""));
    assert_eq!(response.header("x-mse-consumer"), consumer);
    let by_header = get("/token-auth").insert_header(("x-api-key", key.as_str()));
    assert_eq!(api.send(by_header).await.header("x-mse-consumer"), consumer);
}

#[actix_web::test]
async fn scope_and_model_are_checked() {
    let api = TestApi::new().await;
    let (_, management) = api.key(json!({"name": "a", "scope": ["management"]})).await;
    let (_, limited) = api
        .key(json!({"name": "b", "allowed_model_names": ["qwen3"]}))
        .await;
    let ask = |key: &str, model: &'static str| {
        let request = get("/token-auth").insert_header(("x-higress-llm-model", model));
        with_key(key, request)
    };
    let table = [
        (
            &management,
            "qwen3",
            "403 Forbidden: API key does not have permission to access inference features",
        ),
        (
            &limited,
            "deepseek",
            "403 Forbidden: Api key not allowed to access model deepseek",
        ),
        (&limited, "", "400 BadRequest: Missing 'model' field"),
    ];
    for (key, model, expected) in table {
        assert_eq!(api.send(ask(key, model)).await.refusal(), expected);
    }
    assert_eq!(api.send(ask(&limited, "qwen3")).await.status, 200);
    assert_eq!(api.send(get("/token-auth")).await.status, 401);
    assert_eq!(api.send(post("/token-auth", json!({}))).await.status, 405);
}

/// Stores a key as an earlier release did, and returns it.
async fn stored(api: &TestApi, name: &str, text: &'static str) -> &'static str {
    let verify = &api.app.keys.verify;
    let presented = PresentedKey::parse(&verify.key_prefix, text);
    let mut new = fixture::new_api_key(name, "");
    new.access_key = AccessKey::new(presented.access_key());
    new.secret_digest = verify.peppers.in_use().digest(&presented).into();
    new.user_id = api.alice.id;
    new.owner_principal_id = api.alice.principal_id;
    let created = api.app.memory.create(fixture::by_service(), new).await;
    created.unwrap();
    text
}

#[actix_web::test]
async fn the_consumer_cannot_be_split() {
    let api = TestApi::new().await;
    let custom = "gpustack_x.gpustack-1,y_0123456789abcdef";
    let refused = api
        .alice(post(
            "/v2/api-keys",
            json!({"name": "new", "custom": custom}),
        ))
        .await;
    assert_eq!(
        refused.refusal(),
        "422 Invalid: custom must have only letters and digits between its first two underscores"
    );
    let mut consumers = Vec::new();
    for (name, text) in [
        ("a", custom),
        ("b", "gpustack_x.gpustack-1;y_0123456789abcdef"),
        ("c", "gpustack_%2C_0123456789abcdef"),
        ("d", "gpustack_a-b_0123456789abcdef"),
    ] {
        let key = stored(&api, name, text).await;
        let response = api.send(with_key(key, get("/token-auth"))).await;
        assert_eq!(response.status, 200, "{text}");
        let consumer = response.header("x-mse-consumer").to_owned();
        let (access_key, rest) = consumer.split_once('.').unwrap();
        assert_eq!(rest, format!("gpustack-{}", api.alice.id), "{text}");
        let is_hex = access_key.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(is_hex && access_key.len() == 32, "{consumer}");
        consumers.push(consumer);
    }
    consumers.dedup();
    assert_eq!(consumers.len(), 4);
}
