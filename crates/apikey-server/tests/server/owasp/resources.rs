//! API4: unrestricted resource consumption. What a request may ask for is bounded, and
//! what is beyond the bound costs nothing and changes nothing.

use super::world::World;
use crate::{
    connections::raw::Raw,
    support::{Kind, client::answer},
};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn no_body_asks_for_more_than_is_documented() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let world = World::new(kind).await;
        let before = world.state().await;
        let names = |count| {
            (0..count)
                .map(|number| format!("m{number}"))
                .collect::<Vec<_>>()
        };
        let long = |length| "x".repeat(length);
        let mut deep = json!([]);
        for _ in 0..64 {
            deep = json!([deep]);
        }
        let table: [(&str, Value, u16); 13] = [
            ("/v2/api-keys", json!({"name": long(65_536)}), 413),
            ("/v2/api-keys", json!({"name": long(256)}), 422),
            (
                "/v2/api-keys",
                json!({"name": "n", "description": long(4_097)}),
                422,
            ),
            (
                "/v2/api-keys",
                json!({"name": "n", "scope": vec!["*"; 17]}),
                422,
            ),
            (
                "/v2/api-keys",
                json!({"name": "n", "allowed_model_names": names(1_001)}),
                422,
            ),
            (
                "/v2/api-keys",
                json!({"name": "n", "allowed_model_names": vec![long(255); 65]}),
                422,
            ),
            (
                "/v2/api-keys",
                json!({"name": "n", "custom": long(513)}),
                422,
            ),
            (
                "/v2/api-keys",
                json!({"name": "n", "custom": long(15)}),
                422,
            ),
            (
                "/v2/api-keys",
                json!({"name": "n", "expires_in": 1_000_000_000_000_i64}),
                422,
            ),
            ("/v2/api-keys", json!({"name": "n", "other": deep}), 422),
            (
                "/v2/api-keys/verify",
                json!({"items": vec![json!({"key": "k"}); 101]}),
                422,
            ),
            ("/v2/api-keys/verify", json!({"items": []}), 422),
            (
                "/v2/users",
                json!({"username": "new", "password": format!("Aa1!{}", long(1_024))}),
                422,
            ),
        ];
        for (path, body, wanted) in table {
            let request = world.client.as_admin(Method::POST, path).json(&body);
            let (status, answer) = answer(request).await;
            assert_eq!(status, wanted, "{path}: {answer}");
        }
        assert_eq!(world.state().await, before, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_query_asks_for_more_than_is_documented() {
    let world = World::new(Kind::Sqlite).await;
    let long = "x".repeat(256);
    for (path, wanted) in [
        ("/v2/api-keys?perPage=1001", 422),
        ("/v2/api-keys?perPage=0", 422),
        ("/v2/api-keys?perPage=99999999999999999999", 422),
        ("/v2/api-keys?page=0", 422),
        ("/v2/api-keys?page=-2", 422),
        ("/v2/api-keys?page=9223372036854775807&perPage=1000", 200),
        (&format!("/v2/api-keys?search={long}"), 422),
        ("/v2/users?page=-1", 200),
        ("/v2/users?page=-1&perPage=1001", 422),
        ("/v2/users?perPage=1001", 422),
        ("/v2/users?page=9223372036854775807&perPage=1000", 200),
        (&format!("/v2/users?search={long}"), 422),
        ("/v2/organizations?page=-1", 422),
        ("/v2/events?limit=1001", 422),
        ("/v2/events?limit=0", 422),
    ] {
        let (status, answer) = answer(world.client.as_admin(Method::GET, path)).await;
        assert_eq!(status, wanted, "{path}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_head_is_larger_than_documented() {
    let world = World::new(Kind::Sqlite).await;
    let headers = |count: usize| "X-One: more\r\n".repeat(count);
    for (head, wanted) in [
        (
            format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{}\r\n", headers(95)),
            "200",
        ),
        (
            format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{}\r\n", headers(96)),
            "431",
        ),
        (
            format!(
                "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n",
                "x".repeat(140_000)
            ),
            "431",
        ),
        (
            format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(65_600)),
            "400",
        ),
    ] {
        let mut raw = Raw::open(world.server.address).await;
        raw.send(&head).await;
        let answer = raw.read().await;
        let beginning = format!("HTTP/1.1 {wanted} ");
        assert!(answer.starts_with(&beginning), "{wanted}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_not_unpacked() {
    let world = World::new(Kind::Sqlite).await;
    for encoding in ["gzip", "deflate", "br", "zstd"] {
        let create = world.as_alice(Method::POST, "/v2/api-keys");
        // The beginning of what gzip makes of many zeros.
        let packed = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3, 0xed, 0xc1];
        let create = create.header("content-encoding", encoding);
        let (status, answer) = answer(create.body(packed.to_vec())).await;
        assert_eq!(status, 422, "{encoding}: {answer}");
    }
    // Nor is an answer packed, from whose length a secret could be guessed.
    let list = world.as_alice(Method::GET, "/v2/api-keys");
    let list = list.header("accept-encoding", "gzip, deflate, br, zstd");
    let list = list.send().await.unwrap();
    assert!(!list.headers().contains_key("content-encoding"));
}
