//! SIGINT and SIGTERM do the same: requests in flight finish, everything else ends.

use crate::{
    connections::raw::Raw,
    support::{Kind, TestServer, client::Client, held_request::HeldRequest},
};
use reqwest::Method;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use xtask_programs::process::Signal;

/// Waits until the server takes no new connections.
async fn until_refused(server: &TestServer) {
    let deadline = Instant::now() + Duration::from_secs(5);
    while TcpStream::connect(server.address).await.is_ok() {
        assert!(Instant::now() < deadline, "connections are still taken");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn stop_with_a_request_in_flight(kind: Kind, signal: Signal) {
    let mut server = TestServer::start(kind).await;
    let client = Client::new(&server);
    let mut idle = Raw::used(server.address).await;
    let mut watch = Raw::watching(server.address).await;
    let create = client.as_admin(Method::POST, "/v2/api-keys");
    let create = create.json(&json!({"name": "in flight"}));
    let held = HeldRequest::send(server.address, create).await;
    let signaled = Instant::now();
    server.signal(signal);
    assert!(idle.closes().await, "{kind}, {signal:?}");
    watch.read_all().await;
    until_refused(&server).await;
    // It is waited for, and neither refused nor cut.
    let took = signaled.elapsed();
    assert!(took < Duration::from_secs(7), "{took:?}");
    let (status, answer) = held.finish();
    assert_eq!(status, 200, "{kind}, {signal:?}: {answer}");
    let ended = server.ended().await;
    assert_eq!(ended.code(), Some(0), "{signal:?}: {}", server.log());
    let log = server.log();
    assert!(!log.contains("before everything was done"), "{log}");
    server.start_again().await;
    let list = Client::new(&server).as_admin(Method::GET, "/v2/api-keys");
    let list: serde_json::Value = list.send().await.unwrap().json().await.unwrap();
    assert_eq!(list["items"][0]["name"], "in flight", "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_in_flight_at_sigterm_finishes() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        stop_with_a_request_in_flight(kind, Signal::TERM).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sigint_does_what_sigterm_does() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        stop_with_a_request_in_flight(kind, Signal::INT).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_does_not_end_is_cut_8_s_after_the_signal() {
    let mut server = TestServer::start(Kind::Sqlite).await;
    // It is taken as being in flight as soon as it has begun.
    let mut begun = Raw::open(server.address).await;
    let head = crate::connections::raw::by_admin("POST /v2/api-keys HTTP/1.1");
    begun
        .send(&head.replace("\r\n\r\n", "\r\nContent-Length: 9\r\n\r\n"))
        .await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let signaled = Instant::now();
    server.signal(Signal::INT);
    let ended = server.ended().await;
    let took = signaled.elapsed().as_secs_f64();
    assert!((7.0..10.0).contains(&took), "{took} s: {}", server.log());
    assert_eq!(ended.code(), Some(0), "{}", server.log());
}
