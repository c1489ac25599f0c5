//! `/token-auth`.

use crate::support::{TestApi, get, post, with_key};
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
