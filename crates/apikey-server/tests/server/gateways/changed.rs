//! What changes while the gateway runs.

use super::test_gateway::TestGateway;
use crate::support::client::answer;
use reqwest::Method;

pub(super) async fn a_deleted_key_is_refused_at_once(test: &mut TestGateway) {
    for _ in 0..5 {
        let key = test.key("inference", &[]).await;
        test.let_through(test.get("/", &key)).await;
        let path = format!("/v2/api-keys/{}", key.id);
        let (status, body) = answer(test.api.as_admin(Method::DELETE, &path)).await;
        assert_eq!(status, 200, "{body}");
        let (status, challenge) = test.refused(test.get("/", &key)).await;
        assert_eq!(status, 401);
        assert!(challenge.contains("invalid_token"), "{challenge}");
    }
}

pub(super) async fn nothing_is_let_through_while_the_server_is_away(test: &mut TestGateway) {
    let key = test.key("inference", &[]).await;
    test.let_through(test.get("/", &key)).await;
    test.server.kill();
    for path in ["/", "/models/qwen3-0.6b/chat"] {
        assert_eq!(test.refused(test.get(path, &key)).await.0, 503);
    }
}
