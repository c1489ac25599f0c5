//! API3: broken object property level authorization. Nobody sets a property that is
//! not theirs to set, and no answer shows what must not be seen.

use super::world::World;
use crate::support::{Kind, client::answer};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_belongs_to_its_maker_whatever_the_body_says() {
    let world = World::new(Kind::Sqlite).await;
    let fields = [
        ("id", json!(1)),
        ("user_id", json!(1)),
        ("user_name", json!("admin")),
        ("user", json!({"id": 1})),
        ("owner_principal_id", json!(world.acme)),
        ("organization_id", json!(world.umbrella)),
        ("is_admin", json!(true)),
        (
            "value",
            json!("gpustack_0000000000000000_00000000000000000000000000000000"),
        ),
        ("access_key", json!("0000000000000000")),
        ("secret_digest", json!("hmac-sha256$00000000$00")),
        ("created_at", json!("2001-01-01T00:00:00Z")),
        ("last_used_at", json!("2001-01-01T00:00:00Z")),
        ("__proto__", json!({"is_admin": true})),
    ];
    for (number, (field, value)) in fields.into_iter().enumerate() {
        let mut body = json!({"name": format!("mine {number}")});
        body[field] = value.clone();
        let create = world.as_alice(Method::POST, "/v2/api-keys");
        let (status, key) = answer(create.json(&body)).await;
        if status == 422 {
            continue;
        }
        assert_eq!(status, 200, "{field}: {key}");
        assert_eq!(key["user_name"], "alice", "{field}");
        assert_eq!(key["is_custom"], false, "{field}");
        assert_eq!(key["last_used_at"], Value::Null, "{field}");
        for shown in ["id", "value", "created_at"] {
            assert_ne!(key[shown], value, "{field}");
        }
        let verify = world.as_alice(Method::POST, "/v2/api-keys/verify");
        let decision = answer(verify.json(&json!({"key": key["value"]}))).await.1;
        assert_eq!(decision["user_id"], world.alice, "{field}");
        let mine = answer(world.as_alice(Method::GET, "/v2/users/me")).await.1;
        assert_eq!(
            decision["owner_principal_id"], mine["principal_id"],
            "{field}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_sets_what_is_documented_and_nothing_else() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let world = World::new(kind).await;
        let before = world.state().await;
        let path = format!("/v2/api-keys/{}", world.own_key.0);
        for body in [
            json!({"name": "other", "user_id": 1, "owner_principal_id": world.acme}),
            json!({"value": "x", "is_custom": true, "access_key": "x", "id": 1}),
            json!({"expires_in": 1, "expires_at": "2001-01-01T00:00:00Z"}),
            json!({"last_used_at": null, "created_at": "2001-01-01T00:00:00Z"}),
        ] {
            let (status, key) = answer(world.as_alice(Method::PUT, &path).json(&body)).await;
            assert!(matches!(status, 200 | 422), "{body}: {key}");
        }
        assert_eq!(world.state().await, before, "{kind}");
        // An account may not make itself more than it is.
        for body in [
            json!({"is_admin": true}),
            json!({"is_system": true}),
            json!({"is_active": false}),
            json!({"username": "admin2"}),
            json!({"id": 1, "principal_id": 1}),
            json!({"role": "admin"}),
        ] {
            let change = world.as_alice(Method::PUT, "/v2/users/me").json(&body);
            let status = answer(change).await.0;
            assert!(matches!(status, 200 | 422), "{body}: {status}");
            let me = answer(world.as_alice(Method::GET, "/v2/users/me")).await.1;
            assert_eq!(
                (&me["is_admin"], &me["is_system"]),
                (&json!(false), &json!(false))
            );
            assert_eq!(
                (&me["username"], &me["is_active"]),
                (&json!("alice"), &json!(true))
            );
            assert_eq!(me["id"], world.alice);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_shows_a_secret_again_or_what_is_stored_of_it() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let world = World::new(kind).await;
        // On PostgreSQL until the record can be read.
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        let members = format!("/v2/organizations/{}/members", world.acme);
        let mut shown = String::new();
        for path in [
            "/v2/api-keys?user_id=*&page=-1",
            "/v2/users",
            "/v2/users/me",
            "/v2/organizations",
            &members,
            "/v2/events?limit=1000",
            "/readyz?verbose",
            "/version",
        ] {
            let answer = world
                .client
                .as_admin(Method::GET, path)
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), 200, "{path}");
            shown += &answer.text().await.unwrap();
        }
        let metrics = world.client.as_admin(Method::GET, "/metrics");
        let metrics = metrics.send().await.unwrap();
        assert_eq!(metrics.status(), 200, "{kind}");
        let metrics = metrics.text().await.unwrap();
        let watch = world.as_alice(Method::GET, "/v2/api-keys?watch=true");
        let mut stream = watch.send().await.unwrap();
        shown += &String::from_utf8_lossy(&stream.chunk().await.unwrap().unwrap());
        let users = world.client.as_admin(Method::GET, "/v2/users?watch=true");
        let mut stream = users.send().await.unwrap();
        shown += &String::from_utf8_lossy(&stream.chunk().await.unwrap().unwrap());
        for (_, key) in [&world.own_key, &world.team_key] {
            let change = json!({ "key": key });
            let verify = world.as_alice(Method::POST, "/v2/api-keys/verify");
            shown += &answer(verify.json(&change)).await.1.to_string();
            let secret = key.rsplit('_').next().unwrap();
            assert!(!shown.contains(secret), "{kind}: {shown}");
            assert!(!metrics.contains(secret), "{kind}: {metrics}");
        }
        // How many keys need an older pepper is no secret.
        for stored in ["hmac-sha256", "argon2", "digest", "Admin_123"] {
            assert!(!metrics.contains(stored), "{kind}, {stored}: {metrics}");
        }
        for stored in ["hmac-sha256", "argon2", "digest", "pepper", "Admin_123"] {
            assert!(!shown.contains(stored), "{kind}, {stored}: {shown}");
        }
    }
}
