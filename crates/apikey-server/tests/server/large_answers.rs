//! Memory while clients ask for large lists and do not read them.

use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
};
use reqwest::Method;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::{io::AsyncWriteExt, net::TcpStream};
use xtask_harness::usage::resident_megabytes;

/// How many clients do not read, and how large the list is that each asks for.
const CLIENTS: usize = 60;
const KEYS: usize = 150;

/// How much the server may grow, in megabytes: far less than the whole lists, which are
/// 180 MB, and more than what the pieces and the buffers of all connections take.
const MOST_MEGABYTES: f64 = 48.0;

async fn unread_lists_take_little_memory(kind: Kind) {
    let server = TestServer::start(kind).await;
    let client = Client::new(&server);
    let key = client.create_key("ci").await["value"].clone();
    let key = key.as_str().unwrap();
    for number in 0..KEYS {
        let models = vec!["m".repeat(250); 65];
        let body = json!({
            "name": number.to_string(),
            "description": "d".repeat(4_096),
            "allowed_model_names": models,
        });
        let create = client.as_admin(Method::POST, "/v2/api-keys").json(&body);
        assert_eq!(answer(create).await.0, 200);
    }
    for path in [
        "/v2/api-keys?perPage=1000",
        "/v2/api-keys?page=-1",
        "/v2/events?limit=1000",
    ] {
        let megabytes = || resident_megabytes(server.process_id()).unwrap();
        let before = megabytes();
        let mut unread = Vec::new();
        for _ in 0..CLIENTS {
            unread.push(ask(&server, key, path).await);
        }
        let (mut most, started) = (0.0_f64, Instant::now());
        while started.elapsed() < Duration::from_secs(3) {
            most = most.max(megabytes() - before);
            assert_eq!(client.verify(key, "m").await, 200);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(most < MOST_MEGABYTES, "{path}: {most} MB");
        drop(unread);
        // The others make room as they go.
        let whole = client.as_admin(Method::GET, path);
        let (status, list) = answer(whole).await;
        assert_eq!(status, 200, "{list}");
        assert!(list["items"].as_array().unwrap().len() > KEYS, "{path}");
    }
}

/// Asks for a list over a connection of its own, whose answer is not read.
async fn ask(server: &TestServer, key: &str, path: &str) -> TcpStream {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    // The system would hold much of the answer for the client otherwise.
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stream = socket.connect(server.address).await.unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn unread_lists_take_little_memory_on_sqlite() {
    unread_lists_take_little_memory(Kind::Sqlite).await;
}

#[tokio::test]
async fn unread_lists_take_little_memory_on_postgresql() {
    unread_lists_take_little_memory(Kind::Postgres).await;
}
