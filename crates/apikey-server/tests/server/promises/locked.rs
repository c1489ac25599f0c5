//! Another program keeps the SQLite file: what waits is refused in time, and what
//! reads goes on.

use crate::{
    connections::raw::Raw,
    support::{
        Kind, TestServer,
        client::{Client, answer},
    },
};
use reqwest::{Method, StatusCode};
use serde_json::json;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn a_write_to_a_locked_file_is_refused_after_10_s_and_reads_go_on() {
    let server = TestServer::start(Kind::Sqlite).await;
    let client = Client::new(&server);
    let known = client.create_key("known").await;
    let fresh = client.create_key("fresh").await;
    let [known, fresh] = [&known, &fresh].map(|key| key["value"].as_str().unwrap());
    assert_eq!(client.verify(known, "m").await, 200);
    let locked = server.database().lock_for(Duration::from_secs(14));
    // Until it is.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let create = client.as_admin(Method::POST, "/v2/api-keys");
    let create = create.json(&json!({"name": "late"}));
    let writing = async {
        let started = Instant::now();
        let response = create.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()["retry-after"], "1");
        started.elapsed().as_secs_f64()
    };
    let reading = async {
        for _ in 0..8 {
            let started = Instant::now();
            for key in [known, fresh] {
                assert_eq!(client.verify(key, "m").await, 200);
            }
            let list = client.as_admin(Method::GET, "/v2/api-keys");
            assert_eq!(answer(list).await.0, 200);
            let took = started.elapsed();
            assert!(took < Duration::from_secs(4), "{took:?}");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    let (seconds, ()) = tokio::join!(writing, reading);
    assert!((9.0..13.9).contains(&seconds), "{seconds} s");
    let log = server.log();
    assert!(log.contains("database is locked"), "{log}");
    locked.await.unwrap().unwrap();
    client.create_key("later").await;
    let list = answer(client.as_admin(Method::GET, "/v2/api-keys")).await.1;
    assert_eq!(list["pagination"]["total"], 3, "{list}");
}

/// How many writes wait at most, and those that share the commit under way.
const WAITING: usize = 4_096 + 128;

#[tokio::test(flavor = "multi_thread")]
async fn more_writes_than_may_wait_are_refused_at_once() {
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let many = ["--max-connections-per-address", "8000"];
    let server = TestServer::start_with(Kind::Sqlite, &many).await;
    let client = Client::new(&server);
    let key = client.create_key("ci").await;
    let key = key["value"].as_str().unwrap();
    assert_eq!(client.verify(key, "m").await, 200);
    let locked = server.database().lock_for(Duration::from_secs(30));
    // Until it is.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut connections = Vec::new();
    // Some of those that came first may have been refused meanwhile, because the file
    // is locked.
    for number in 0..WAITING + 600 {
        let body = json!({ "name": format!("key {number}") }).to_string();
        let mut connection = Raw::open(server.address).await;
        let request = format!(
            "POST /v2/api-keys HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        connection.send(&request).await;
        connections.push(connection);
    }
    let sent = Instant::now();
    let refused = connections.pop().unwrap().read().await;
    let took = sent.elapsed();
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    assert!(refused.contains("retry-after: 1\r\n"), "{refused}");
    assert!(refused.contains("Temporarily unavailable"), "{refused}");
    assert!(took < Duration::from_secs(8), "{took:?}");
    let log = server.log();
    assert!(log.contains("too many writes are waiting"), "{log}");
    // Verifications need no write.
    assert_eq!(client.verify(key, "m").await, 200);
    drop(connections);
    drop(server);
    locked.await.unwrap().unwrap();
}
