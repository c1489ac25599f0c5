//! The model of a request, which the path determines.

use super::test_gateway::{Key, TestGateway};

const MODEL: &str = "qwen3-0.6b";

async fn limited_key(gateway: &TestGateway) -> Key {
    gateway.key("inference", &[MODEL]).await
}

pub(super) async fn a_key_is_limited_to_its_models(gateway: &mut TestGateway) {
    let key = limited_key(gateway).await;
    let path = format!("/models/{MODEL}/v1/chat/completions?stream=true");
    let received = gateway.forwarded(gateway.get(&path, &key)).await;
    assert_eq!(received.first_line, format!("GET {path} HTTP/1.1"));
    assert_eq!(received.header("X-Model"), Some(MODEL));

    let other = gateway.get("/models/qwen3-0.6b-large/v1/chat/completions", &key);
    let (status, challenge) = gateway.refused(other).await;
    assert_eq!(status, 403);
    assert!(challenge.contains("insufficient_scope"), "{challenge}");

    let unlimited = gateway.key("inference", &[]).await;
    let other = gateway.get("/models/other/v1/chat/completions", &unlimited);
    assert_eq!(
        gateway.forwarded(other).await.header("X-Model"),
        Some("other")
    );
}

pub(super) async fn the_client_does_not_choose_the_model(gateway: &mut TestGateway) {
    let key = limited_key(gateway).await;
    for name in ["X-Model", "x_model", "x-higress-llm-model"] {
        let other = gateway.get("/models/other/v1/chat/completions", &key);
        let (status, _) = gateway.refused(other.header(name, MODEL)).await;
        assert_eq!(status, 403, "{name}");

        let no_model = gateway.get("/v1/chat/completions", &key);
        let received = gateway.forwarded(no_model.header(name, "other")).await;
        assert_eq!(received.header("X-Model"), None, "{received:?}");
    }
}

pub(super) async fn no_spelling_of_a_path_bypasses_its_model(gateway: &mut TestGateway) {
    let key = limited_key(gateway).await;
    let paths = [
        "//models/other/chat",
        "/models//other/chat",
        "/models/%6Fther/chat",
        "/%6Dodels/other/chat",
        "/models%2Fother/chat",
        "/Models/other/chat",
        "/models/other",
        "/models/qwen3-0.6b%2F..%2Fother/chat",
        "/models/qwen3-0.6b%2Fother/chat",
        "/models/qwen3-0.6b%3F/chat",
        "/models/qwen3-0.6b%00/chat",
        "/models/",
        "/models",
    ];
    for path in paths {
        let (response, received) = gateway.outcome(gateway.get(path, &key)).await;
        for received in received {
            // The gateway may forward the path as it has normalized it.
            let start = format!("GET /models/{MODEL}/");
            assert!(received.first_line.starts_with(&start), "{received:?}");
            assert_eq!(response.status(), 200);
        }
    }
}
