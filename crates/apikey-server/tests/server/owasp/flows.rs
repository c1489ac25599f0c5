//! API6: unrestricted access to sensitive business flows. Those here are the guess of a
//! password and the end of the last admin.

use super::world::World;
use crate::support::{Kind, client::answer};
use reqwest::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn the_current_password_is_not_guessed_with_a_key() {
    let world = World::new(Kind::Sqlite).await;
    let before = world.state().await;
    let mut throttled = 0;
    for number in 0..30 {
        let guess = json!({
            "current_password": format!("Guess_{number}"),
            "password": "Taken_over_1",
        });
        let change = world.client.request(Method::PUT, "/v2/users/me");
        let change = change.bearer_auth(&world.own_key.1).json(&guess);
        let (status, answer) = answer(change).await;
        assert!(
            matches!(status, 401 | 403 | 422 | 429),
            "{status}: {answer}"
        );
        throttled += usize::from(status == 429);
    }
    assert!(throttled >= 15, "{throttled}");
    assert_eq!(world.state().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_locks_everybody_out() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let world = World::new(kind).await;
        let before = world.state().await;
        for (method, path, body) in [
            (Method::DELETE, "/v2/users/1", json!({})),
            (Method::PUT, "/v2/users/1", json!({"is_admin": false})),
            (Method::PUT, "/v2/users/1", json!({"is_active": false})),
            (
                Method::PATCH,
                "/v2/users/1/activation",
                json!({"is_active": false}),
            ),
        ] {
            let last = world.client.as_admin(method.clone(), path).json(&body);
            assert_eq!(answer(last).await.0, 409, "{method} {path} {body}");
        }
        let path = format!("/v2/organizations/{}/members/{}", world.acme, world.alice);
        for request in [
            world.as_alice(Method::DELETE, &path),
            world
                .as_alice(Method::PUT, &path)
                .json(&json!({"role": "user"})),
        ] {
            assert_eq!(answer(request).await.0, 409);
        }
        assert_eq!(world.state().await, before, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_signs_up_or_resets_a_password_without_credentials() {
    let world = World::new(Kind::Sqlite).await;
    let before = world.state().await;
    let user = json!({"username": "new", "password": "Passw0rd_1", "email": "a@b.example"});
    for (path, wanted) in [
        ("/v2/users", 401),
        ("/v2/users/me/password", 404),
        ("/v2/register", 404),
        ("/v2/signup", 404),
        ("/v2/password-reset", 404),
        ("/auth/login", 401),
        ("/auth/update-password", 401),
        ("/auth/register", 404),
        ("/auth/forgot", 404),
    ] {
        let request = world.client.request(Method::POST, path).json(&user);
        assert_eq!(answer(request).await.0, wanted, "{path}");
    }
    assert_eq!(world.state().await, before);
}
