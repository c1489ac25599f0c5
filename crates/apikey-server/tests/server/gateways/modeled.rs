//! The model that a request is for, which the path decides.

use super::test_gateway::{Key, TestGateway};

const MODEL: &str = "qwen3-0.6b";

async fn limited_key(test: &TestGateway) -> Key {
    test.key("inference", &[MODEL]).await
}

pub(super) async fn a_key_is_held_to_its_models(test: &mut TestGateway) {
    let key = limited_key(test).await;
    let path = format!("/models/{MODEL}/v1/chat/completions?stream=true");
    let arrived = test.let_through(test.get(&path, &key)).await;
    assert_eq!(arrived.first_line, format!("GET {path} HTTP/1.1"));
    assert_eq!(arrived.header("X-Model"), Some(MODEL));

    let other = test.get("/models/qwen3-0.6b-large/v1/chat/completions", &key);
    let (status, challenge) = test.refused(other).await;
    assert_eq!(status, 403);
    assert!(challenge.contains("insufficient_scope"), "{challenge}");

    let unlimited = test.key("inference", &[]).await;
    let other = test.get("/models/other/v1/chat/completions", &unlimited);
    assert_eq!(
        test.let_through(other).await.header("X-Model"),
        Some("other")
    );
}

pub(super) async fn the_client_does_not_choose_the_model(test: &mut TestGateway) {
    let key = limited_key(test).await;
    for name in ["X-Model", "x_model", "x-higress-llm-model"] {
        let other = test.get("/models/other/v1/chat/completions", &key);
        let (status, _) = test.refused(other.header(name, MODEL)).await;
        assert_eq!(status, 403, "{name}");

        let no_model = test.get("/v1/chat/completions", &key);
        let arrived = test.let_through(no_model.header(name, "other")).await;
        assert_eq!(arrived.header("X-Model"), None, "{arrived:?}");
    }
}

pub(super) async fn no_spelling_of_a_path_leads_past_its_model(test: &mut TestGateway) {
    let key = limited_key(test).await;
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
        let (response, arrived) = test.outcome(test.get(path, &key)).await;
        for arrived in arrived {
            // The gateway may pass on a path as it has read it itself.
            let start = format!("GET /models/{MODEL}/");
            assert!(arrived.first_line.starts_with(&start), "{arrived:?}");
            assert_eq!(response.status(), 200);
        }
    }
}
