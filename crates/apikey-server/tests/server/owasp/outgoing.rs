//! API7 and API10: server side request forgery, and unsafe consumption of APIs. The
//! server calls nothing but its database, and believes nothing that a proxy may have
//! said.

use super::world::World;
use crate::{
    connections::raw::Raw,
    support::{Kind, client::answer},
};
use reqwest::Method;
use serde_json::json;
use std::time::Duration;
use tokio::net::TcpListener;

#[tokio::test(flavor = "multi_thread")]
async fn no_address_that_a_client_names_is_called() {
    let world = World::new(Kind::Sqlite).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let url = format!("http://{address}/x");
    let custom = format!("{url}/{}", "k".repeat(20));
    for (path, body) in [
        (
            "/v2/api-keys",
            json!({"name": url, "description": url, "allowed_model_names": [url],
                   "custom": custom, "callback_url": url, "webhook": url}),
        ),
        (
            "/v2/users",
            json!({"username": "url", "password": "Passw0rd_1", "full_name": url}),
        ),
        (
            "/v2/organizations",
            json!({"name": url, "slug": "url", "description": url}),
        ),
        ("/v2/api-keys/verify", json!({"key": custom, "model": url})),
    ] {
        let request = world.client.as_admin(Method::POST, path);
        let mut request = request.json(&body);
        for name in [
            "referer",
            "origin",
            "x-forwarded-host",
            "x-original-url",
            "x-model",
        ] {
            request = request.header(name, &url);
        }
        let (status, answer) = answer(request).await;
        assert_eq!(status, 200, "{path}: {answer}");
    }
    let list = format!("/v2/api-keys?search={url}");
    assert_eq!(
        answer(world.client.as_admin(Method::GET, &list)).await.0,
        200
    );
    // Nor is the server a proxy.
    for request in [
        format!("GET {url} HTTP/1.1\r\nHost: {address}\r\n\r\n"),
        format!("CONNECT {address} HTTP/1.1\r\nHost: {address}\r\n\r\n"),
        format!("GET /x HTTP/1.1\r\nHost: {address}\r\n\r\n"),
    ] {
        let mut raw = Raw::open(world.server.address).await;
        raw.send(&request).await;
        let answer = raw.read().await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{request}: {answer}");
    }
    let called = tokio::time::timeout(Duration::from_secs(1), listener.accept()).await;
    assert!(called.is_err(), "{called:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_proxy_says_of_the_caller_is_not_believed() {
    let world = World::new(Kind::Sqlite).await;
    for (name, value) in [
        ("x-auth-user-id", "1"),
        ("x-auth-user-name", "admin"),
        ("x-auth-scope", "*"),
        ("x-forwarded-user", "admin"),
        ("x-remote-user", "admin"),
        ("remote-user", "admin"),
        ("x-mse-consumer", "x.gpustack-1"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-organization-id", "1"),
        ("forwarded", "for=127.0.0.1;host=localhost"),
    ] {
        for path in ["/v2/users/me", "/v2/users", "/metrics", "/auth/verify"] {
            let request = world.client.request(Method::GET, path);
            let status = answer(request.header(name, value)).await.0;
            assert_eq!(status, 401, "{name}: {path}");
        }
    }
    // What a gateway gets comes from the key alone.
    let verify = world.client.request(Method::GET, "/auth/verify");
    let verify = verify
        .bearer_auth(&world.own_key.1)
        .header("x-auth-user-id", "1")
        .header("x-auth-scope", "root")
        .header("x-organization-id", world.umbrella);
    let response = verify.send().await.unwrap();
    assert_eq!(response.status(), 200);
    let headers = response.headers();
    assert_eq!(headers["x-auth-user-id"], world.alice.to_string());
    assert_eq!(headers["x-auth-scope"], "*");
    assert_eq!(headers["x-auth-organization-id"], "");
}
