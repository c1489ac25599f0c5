//! The memory of the server: no secret stays in it.

use crate::support::{Kind, TestServer};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use xtask_harness::{
    memory::{Secret, copies},
    request::{Credentials, Request},
    server::ADMIN,
};

const PASSWORD: &str = "Only-in-this-test_1_Rutabaga";
const OTHER: &str = "Other-in-this-test_2_Parsnip";
const CUSTOM: &str = "sk-only-in-this-test-Salsify-0123456789";

/// How long after the last answer the memory is read.
const AFTER: Duration = Duration::from_millis(500);

/// Sends a request on a connection of its own, and returns the connection and the body
/// of the answer.
async fn say(server: &TestServer, request: &Request) -> (TcpStream, Value) {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let text = request.to_http();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let body = loop {
        assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "{text}");
        let text = String::from_utf8_lossy(&answer);
        let body = text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
        if let Some(body) = body.filter(|body| body.is_empty() || body.ends_with('}')) {
            break body;
        }
    };
    let head = String::from_utf8_lossy(&answer);
    assert!(head.starts_with("HTTP/1.1 200 "), "{text}: {head}");
    (stream, serde_json::from_str(&body).unwrap_or_default())
}

async fn no_secret_stays(kind: Kind) {
    let server = TestServer::start(kind).await;
    let alice = Credentials::Password("alice", PASSWORD);
    let mut connections = Vec::new();
    let user = json!({"username": "alice", "password": PASSWORD});
    let custom = json!({"name": "custom", "custom": CUSTOM, "scope": ["*"]});
    let user = Request::post("/v2/users", &user).by(ADMIN);
    connections.push(say(&server, &user).await.0);
    let made = Request::post("/v2/api-keys", &json!({"name": "made"})).by(alice);
    let (connection, made) = say(&server, &made).await;
    connections.push(connection);
    let made = made["value"].as_str().unwrap();
    let by_backend = Request::post("/v2/api-keys/verify", &json!({"key": made}));
    for request in [
        Request::post("/v2/api-keys", &custom).by(alice),
        Request::get("/auth/verify").by(Credentials::Key(made)),
        Request::get("/auth/verify").header("x-api-key", CUSTOM),
        by_backend.by(Credentials::Key(CUSTOM)),
    ] {
        connections.push(say(&server, &request).await.0);
    }
    // This client leaves while its password is hashed.
    let update = json!({"password": OTHER, "current_password": PASSWORD});
    let update = Request::new(reqwest::Method::PUT, "/v2/users/me")
        .by(alice)
        .json(&update);
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(update.to_http().as_bytes()).await.unwrap();
    drop(stream);

    let secrets = [
        Secret::new("a made key", made),
        Secret::new("the secret of a made key", &made[made.len() - 32..]),
        Secret::new("a custom key", CUSTOM),
        Secret::new("a password", PASSWORD),
        Secret::new("another password", OTHER),
        Secret::new(
            "a password in Base64",
            BASE64_STANDARD.encode(format!("alice:{PASSWORD}")),
        ),
    ];
    for when in [
        "while its client stays connected",
        "once its client has left",
    ] {
        tokio::time::sleep(AFTER).await;
        let found = copies(server.process_id(), &secrets).unwrap();
        let first = found.first().map(ToString::to_string);
        assert_eq!(first, None, "{} copies {when}", found.len());
        connections.clear();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_stays_in_memory_on_sqlite() {
    no_secret_stays(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_stays_in_memory_on_postgres() {
    no_secret_stays(Kind::Postgres).await;
}
