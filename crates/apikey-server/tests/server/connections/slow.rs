//! Clients that are slow, and old ones.

use super::raw::{HEALTH, Raw, by_admin};
use crate::support::{Kind, TestServer, client::Client};
use std::time::{Duration, Instant};
use tokio::time::timeout;

#[tokio::test]
async fn every_head_has_five_seconds() {
    let server = TestServer::start(Kind::Sqlite).await;
    let address = server.address;
    let slow = |first: &'static str| async move {
        let mut raw = Raw::used(address).await;
        let started = Instant::now();
        raw.send(first).await;
        let answer = raw.read_all().await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{first}: {answer}");
        let elapsed = started.elapsed();
        assert!(
            elapsed > Duration::from_millis(4_500),
            "{first}: {elapsed:?}"
        );
        // Not by the clock of an idle connection.
        assert!(elapsed < Duration::from_secs(30), "{first}: {elapsed:?}");
    };
    let drip = async {
        let mut raw = Raw::used(address).await;
        raw.send("GET /").await;
        let started = Instant::now();
        let pause = Duration::from_millis(250);
        while timeout(pause, raw.0.peek(&mut [0])).await.is_err() {
            assert!(started.elapsed() < Duration::from_secs(30));
            raw.send("a").await;
        }
        assert!(raw.read().await.starts_with("HTTP/1.1 408"));
    };
    tokio::join!(
        slow("G"),
        slow("GET / HTTP/1.1\r\nHost: x\r\n"),
        slow("\r\n"),
        drip
    );
}

#[tokio::test]
async fn a_body_that_stops_is_answered_and_the_connection_closed() {
    let server = TestServer::start(Kind::Sqlite).await;
    let mut raw = Raw::used(server.address).await;
    let head = by_admin("POST /v2/api-keys HTTP/1.1\r\nContent-Length: 100");
    raw.send(&(head + "{\"name\":")).await;
    // Half of the time that a body has; reading waits for the rest.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let answer = raw.read_all().await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
}

#[tokio::test]
async fn an_old_client_gets_streams_without_chunks() {
    let server = TestServer::start(Kind::Sqlite).await;
    Client::new(&server).create_key("first").await;
    let mut raw = Raw::open(server.address).await;
    raw.send(&by_admin("GET /v2/api-keys?page=-1 HTTP/1.0"))
        .await;
    let answer = raw.read_all().await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(!head.contains("transfer-encoding"), "{head}");
    assert!(
        body.starts_with("{\"items\":[") && body.ends_with("}"),
        "{body}"
    );
    let mut raw = Raw::open(server.address).await;
    raw.send(&by_admin("GET /v2/api-keys?watch=true HTTP/1.0"))
        .await;
    let mut answer = raw.read().await;
    if !answer.contains("\r\n\r\n{") {
        answer += &raw.read().await;
    }
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(!head.contains("transfer-encoding"), "{head}");
    assert!(body.starts_with("{\"type\":1"), "{body}");
}

#[tokio::test]
async fn a_head_and_a_get_in_one_packet_are_told_apart() {
    let server = TestServer::start(Kind::Sqlite).await;
    let mut raw = Raw::open(server.address).await;
    let close = HEALTH.replace("Host: x", "Host: x\r\nConnection: close");
    raw.send(&(HEALTH.replace("GET", "HEAD") + &close)).await;
    let answers = raw.read_all().await;
    assert_eq!(answers.matches("\"ok\"").count(), 1, "{answers}");
    assert!(answers.ends_with("\"ok\""), "{answers}");
    assert_eq!(answers.matches("HTTP/1.1 200").count(), 2, "{answers}");
}
