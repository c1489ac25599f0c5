//! API5: broken function level authorization. Nobody but a platform admin
//! administers.
//!
//! Each route by each kind of credential is in the table of `credentials.rs` among the
//! tests of `apikey-http`.

use super::world::World;
use crate::support::{Kind, client::answer};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn only_platform_admins_administer_and_nothing_changes() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let world = World::new(kind).await;
        let callers = world.callers().await;
        let before = world.state().await;
        let bob = format!("/v2/users/{}", world.bob);
        let promoted = json!({"is_admin": true});
        for caller in &callers {
            for (method, path, body) in [
                (Method::GET, "/v2/users", Value::Null),
                (
                    Method::POST,
                    "/v2/users",
                    json!({"username": "new", "password": "Passw0rd_1", "is_admin": true}),
                ),
                (Method::PUT, &*bob, promoted.clone()),
                (Method::GET, "/v2/organizations", Value::Null),
                (
                    Method::POST,
                    "/v2/organizations",
                    json!({"name": "n", "slug": "n"}),
                ),
                (Method::GET, "/v2/events", Value::Null),
                (Method::GET, "/v2/removals", Value::Null),
                (Method::GET, "/metrics", Value::Null),
            ] {
                let request = world.request(caller, method.clone(), path, None);
                let (status, answer) = answer(request.json(&body)).await;
                let wanted = caller.always.unwrap_or(403);
                let who = caller.name;
                assert_eq!(status, wanted, "{who}: {method} {path}: {answer}");
            }
        }
        assert_eq!(world.state().await, before, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_an_organization_does_not_administer_even_if_its_user_does() {
    let world = World::new(Kind::Sqlite).await;
    let create = world.client.as_admin(Method::POST, "/v2/api-keys");
    let create = create.header("x-organization-id", world.acme);
    let key = answer(create.json(&json!({"name": "team"}))).await.1;
    let inference = json!({"name": "inference", "scope": ["inference"]});
    let create = world.client.as_admin(Method::POST, "/v2/api-keys");
    let inference = answer(create.json(&inference)).await.1;
    let before = world.state().await;
    for key in [&key, &inference] {
        let key = key["value"].as_str().unwrap();
        for path in [
            "/v2/users",
            "/v2/organizations",
            "/v2/events",
            "/v2/removals",
            "/metrics",
        ] {
            let request = world.client.request(Method::GET, path);
            assert_eq!(answer(request.bearer_auth(key)).await.0, 403, "{path}");
        }
        let user = json!({"username": "new", "password": "Passw0rd_1"});
        let request = world.client.request(Method::POST, "/v2/users");
        assert_eq!(answer(request.bearer_auth(key).json(&user)).await.0, 403);
    }
    assert_eq!(world.state().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_does_not_make_themselves_an_admin() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let world = World::new(kind).await;
        let callers = world.callers().await;
        let before = world.state().await;
        let path = format!("/v2/organizations/{}/members/{}", world.acme, world.bob);
        for caller in callers {
            let request = world.request(&caller, Method::PUT, &path, None);
            let status = answer(request.json(&json!({"role": "admin"}))).await.0;
            assert!(
                matches!(status, 401 | 403 | 404),
                "{}: {status}",
                caller.name
            );
        }
        assert_eq!(world.state().await, before, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_is_what_the_first_line_says() {
    let world = World::new(Kind::Sqlite).await;
    let before = world.state().await;
    let path = format!("/v2/api-keys/{}", world.own_key.0);
    for header in [
        "x-http-method-override",
        "x-http-method",
        "x-method-override",
    ] {
        for (method, wanted) in [(Method::POST, 405), (Method::GET, 200)] {
            let request = world.as_alice(method, &format!("{path}?_method=DELETE"));
            let status = answer(request.header(header, "DELETE")).await.0;
            assert_eq!(status, wanted, "{header}");
        }
    }
    // What the gateway would rewrite is not read here.
    for header in ["x-original-url", "x-rewrite-url", "x-forwarded-uri"] {
        let request = world.as_alice(Method::GET, "/healthz");
        let (status, answer) = answer(request.header(header, "/v2/users")).await;
        assert_eq!((status, answer), (200, json!("ok")), "{header}");
    }
    assert_eq!(world.state().await, before);
}
