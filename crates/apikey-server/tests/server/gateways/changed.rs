//! What changes while the gateway runs.

use super::world::World;
use crate::support::client::answer;
use reqwest::Method;

pub(super) async fn a_deleted_key_is_refused_at_once(world: &mut World) {
    for _ in 0..5 {
        let key = world.key("inference", &[]).await;
        world.let_through(world.get("/", &key)).await;
        let path = format!("/v2/api-keys/{}", key.id);
        let (status, body) = answer(world.api.as_admin(Method::DELETE, &path)).await;
        assert_eq!(status, 200, "{body}");
        let (status, challenge) = world.refused(world.get("/", &key)).await;
        assert_eq!(status, 401);
        assert!(challenge.contains("invalid_token"), "{challenge}");
    }
}

pub(super) async fn nothing_is_let_through_while_the_server_is_away(world: &mut World) {
    let key = world.key("inference", &[]).await;
    world.let_through(world.get("/", &key)).await;
    world.server.kill();
    for path in ["/", "/models/qwen3-0.6b/chat"] {
        assert_eq!(world.refused(world.get(path, &key)).await.0, 503);
    }
}
