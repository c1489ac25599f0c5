//! API2: broken authentication.

use super::world::World;
use crate::support::{Kind, TestServer, client::answer};
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use xtask_harness::server::ADMIN_PASSWORD as PASSWORD;

/// Fails unless a request is refused for want of credentials, without a word that
/// helps to guess them.
async fn must_be_refused(what: &str, request: RequestBuilder) {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 401, "{what}");
    let challenges = response.headers().get_all("www-authenticate");
    for challenge in challenges {
        let challenge = challenge.to_str().unwrap();
        assert!(challenge.starts_with("Bearer "), "{what}: {challenge}");
    }
    let body = response.text().await.unwrap();
    let wanted =
        r#"{"code":401,"reason":"Unauthorized","message":"Invalid authentication credentials"}"#;
    assert_eq!(body, wanted, "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_almost_a_credential_is_none() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let world = World::new(kind).await;
        let key = &world.own_key.1;
        let me = || world.client.request(Method::GET, "/v2/users/me");
        let [prefix, access, secret] = key.split('_').collect::<Vec<_>>()[..] else {
            panic!("{key}");
        };
        let almost = [
            key[..key.len() - 1].to_owned(),
            format!("{key}0"),
            key.to_uppercase(),
            format!("{prefix}_{access}_"),
            format!("{prefix}_{access}"),
            format!("{prefix}_{secret}_{access}"),
            format!("{access}_{secret}"),
            access.to_owned(),
            secret.to_owned(),
            "null".to_owned(),
            "undefined".to_owned(),
            "*".to_owned(),
            "' OR '1'='1".to_owned(),
            // An unsigned JSON Web Token.
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.".to_owned(),
        ];
        for text in &almost {
            must_be_refused(text, me().bearer_auth(text)).await;
            must_be_refused(text, me().header("x-api-key", text)).await;
            let verify = world.client.request(Method::GET, "/auth/verify");
            must_be_refused(text, verify.bearer_auth(text)).await;
        }
        must_be_refused("a password as a key", me().bearer_auth(PASSWORD)).await;
        must_be_refused("a key as a password", me().basic_auth("alice", Some(key))).await;
        must_be_refused("no password", me().basic_auth("alice", None::<&str>)).await;
        must_be_refused("no name", me().basic_auth("", Some(PASSWORD))).await;
        let other_case = PASSWORD.to_lowercase();
        must_be_refused("other case", me().basic_auth("alice", Some(other_case))).await;
        // A key never comes in the query, where logs would show it.
        for name in ["key", "api_key", "token", "access_token", "x-api-key"] {
            let path = format!("/v2/users/me?{name}={key}");
            let request = world.client.request(Method::GET, &path);
            must_be_refused(name, request).await;
            let path = format!("/auth/verify?{name}={key}");
            let request = world.client.request(Method::GET, &path);
            must_be_refused(name, request).await;
        }
        let cookie = me().header("cookie", format!("session={key}; token={key}"));
        must_be_refused("a cookie", cookie).await;
        assert_eq!(answer(me().bearer_auth(key)).await.0, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_are_throttled_whatever_address_a_header_claims() {
    let world = World::new(Kind::Sqlite).await;
    let mut refused = Vec::new();
    for number in 0..40 {
        let address = format!("192.0.2.{number}");
        let guess = world.client.request(Method::GET, "/v2/users/me");
        let guess = guess
            .basic_auth("alice", Some(format!("Guess_{number}")))
            .header("x-forwarded-for", &address)
            .header("x-real-ip", &address)
            .header("forwarded", format!("for={address}"));
        let response = guess.send().await.unwrap();
        let status = response.status().as_u16();
        assert!(matches!(status, 401 | 429), "{status}");
        if status == 429 {
            assert!(response.headers().contains_key("retry-after"));
        }
        refused.push(status);
    }
    let throttled = refused.iter().filter(|status| **status == 429).count();
    assert!(throttled >= 20, "{refused:?}");
    // Her keys work all the same, and so do others.
    let by_key = world.client.request(Method::GET, "/v2/users/me");
    assert_eq!(answer(by_key.bearer_auth(&world.own_key.1)).await.0, 200);
    let by_bob = world.client.request(Method::GET, "/v2/users/me");
    let by_bob = by_bob.basic_auth("bob", Some(PASSWORD));
    assert_eq!(answer(by_bob).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_first_password_is_known_in_advance() {
    let mut passwords = Vec::new();
    for _ in 0..2 {
        let mut server = TestServer::not_started_on(Kind::Sqlite).await;
        server
            .start_changed(|command| {
                command.env_remove("APIKEY_BOOTSTRAP_PASSWORD");
            })
            .await;
        let client = crate::support::client::Client::new(&server);
        for guess in ["", "admin", "password", "Admin_123", "gpustack", "changeme"] {
            let me = client.request(Method::GET, "/v2/users/me");
            must_be_refused(guess, me.basic_auth("admin", Some(guess))).await;
        }
        let path = server.folder().join("initial_admin_password");
        passwords.push(std::fs::read_to_string(path).unwrap());
    }
    assert!(passwords[0].len() >= 20);
    assert_ne!(passwords[0], passwords[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_was_replaced_and_a_user_who_was_deactivated_are_refused_at_once() {
    let world = World::new(Kind::Sqlite).await;
    let me = |password: &str| {
        let me = world.client.request(Method::GET, "/v2/users/me");
        me.basic_auth("alice", Some(password.to_owned()))
    };
    // It is remembered for a minute.
    assert_eq!(answer(me(PASSWORD)).await.0, 200);
    let path = format!("/v2/users/{}", world.alice);
    let change = json!({"password": "Replaced_1"});
    world.client.change(Method::PUT, &path, change).await;
    must_be_refused("the old password", me(PASSWORD)).await;
    assert_eq!(answer(me("Replaced_1")).await.0, 200);
    let off = json!({"is_active": false});
    let activation = format!("{path}/activation");
    world.client.change(Method::PATCH, &activation, off).await;
    let (status, body) = answer(me("Replaced_1")).await;
    assert_eq!(
        (status, &body["message"]),
        (401, &json!("User account is deactivated"))
    );
    let by_key = world.client.request(Method::GET, "/v2/users/me");
    assert_eq!(answer(by_key.bearer_auth(&world.own_key.1)).await.0, 401);
    assert_eq!(world.client.verify(&world.own_key.1, "m").await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_is_told_of_each_key_what_it_may() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let world = World::new(kind).await;
        for caller in world.callers().await {
            for path in ["/auth/verify", "/auth/verify/v1/models"] {
                let path = format!("{path}?scope=management");
                let request = world.request(&caller, Method::GET, &path, Some(world.acme));
                let response = request.send().await.unwrap();
                // A password says nothing to a gateway.
                let otherwise = if caller.has_key() { 200 } else { 401 };
                let wanted = caller.always.unwrap_or(otherwise);
                assert_eq!(response.status(), wanted, "{kind}: {}", caller.name);
                let has_identity = response.headers().contains_key("x-auth-user-id");
                assert_eq!(has_identity, wanted == 200, "{kind}: {}", caller.name);
            }
        }
    }
}
