//! Changes while the gateway runs.

use super::test_gateway::TestGateway;
use crate::support::client::answer;
use reqwest::Method;

pub(super) async fn a_deleted_key_is_refused_at_once(gateway: &mut TestGateway) {
    for _ in 0..5 {
        let key = gateway.key("inference", &[]).await;
        gateway.forwarded(gateway.get("/", &key)).await;
        let path = format!("/v2/api-keys/{}", key.id);
        let (status, body) = answer(gateway.api.as_admin(Method::DELETE, &path)).await;
        assert_eq!(status, 200, "{body}");
        let (status, challenge) = gateway.refused(gateway.get("/", &key)).await;
        assert_eq!(status, 401);
        assert!(challenge.contains("invalid_token"), "{challenge}");
    }
}

pub(super) async fn nothing_is_forwarded_while_the_server_is_down(gateway: &mut TestGateway) {
    let key = gateway.key("inference", &[]).await;
    gateway.forwarded(gateway.get("/", &key)).await;
    gateway.server.kill();
    for path in ["/", "/models/qwen3-0.6b/chat"] {
        assert_eq!(gateway.refused(gateway.get(path, &key)).await.0, 503);
    }
}
