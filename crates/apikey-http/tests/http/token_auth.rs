//! `/token-auth`.

use crate::support::{TestApi, get, post, with_key};
use serde_json::json;

#[actix_web::test]
async fn the_consumer_is_named() {
    let stage = TestApi::new().await;
    let (_, key) = stage.key(json!({"name": "ci"})).await;
    let answer = stage.send(with_key(&key, get("/token-auth"))).await;
    let access_key = key.split('_').nth(1).unwrap();
    let consumer = format!("{access_key}.gpustack-{}", stage.alice.id);
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    assert_eq!(answer.header("x-mse-consumer"), consumer);
    let by_header = get("/token-auth").insert_header(("x-api-key", key.as_str()));
    assert_eq!(
        stage.send(by_header).await.header("x-mse-consumer"),
        consumer
    );
}

#[actix_web::test]
async fn scope_and_model_are_looked_at() {
    let stage = TestApi::new().await;
    let (_, management) = stage
        .key(json!({"name": "a", "scope": ["management"]}))
        .await;
    let (_, limited) = stage
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
        assert_eq!(stage.send(ask(key, model)).await.refusal(), expected);
    }
    assert_eq!(stage.send(ask(&limited, "qwen3")).await.status, 200);
    assert_eq!(stage.send(get("/token-auth")).await.status, 401);
    assert_eq!(stage.send(post("/token-auth", json!({}))).await.status, 405);
}
