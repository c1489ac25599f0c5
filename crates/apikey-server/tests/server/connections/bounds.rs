//! The number of connections is bounded, and those that wait longest make room.

use super::raw::Raw;
use crate::support::{Kind, TestServer};
use std::time::{Duration, Instant};

const SIXTEEN: [&str; 4] = [
    "--max-connections",
    "16",
    "--max-connections-per-address",
    "16",
];

#[tokio::test]
async fn the_longest_idle_is_ended_at_the_bound() {
    let server = TestServer::start_with(Kind::Sqlite, &SIXTEEN).await;
    let mut idle = Vec::new();
    for _ in 0..16 {
        idle.push(Raw::used(server.address).await);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // The oldest one is used again, so that the second waits longest.
    assert!(idle[0].answers().await);
    let mut new = Raw::used(server.address).await;
    assert!(idle[1].closes().await);
    for index in [0, 2, 3, 15] {
        assert!(idle[index].answers().await, "{index}");
    }
    // Not one that only sends part of a head: it waits since its last answer.
    idle[4].send("GET /healthz HTTP/1.1\r\n").await;
    let _newest = Raw::used(server.address).await;
    assert!(idle[4].closes().await);
    assert!(new.answers().await);
}

#[tokio::test]
async fn a_client_in_use_is_served_while_others_take_all_connections() {
    let server = TestServer::start_with(Kind::Sqlite, &SIXTEEN).await;
    let mut good = Raw::used(server.address).await;
    let mut others = Vec::new();
    for number in 0..100 {
        let mut other = Raw::used(server.address).await;
        if number % 2 == 0 {
            other.send("GET /").await;
        }
        others.push(other);
        if number % 5 == 0 {
            assert!(good.answers().await, "{number}");
        }
    }
    // These say nothing, and are not waited for.
    for _ in 0..100 {
        others.push(Raw::open(server.address).await);
    }
    assert!(Raw::open(server.address).await.answers().await);
}

#[tokio::test]
async fn watches_are_at_work_and_stay() {
    let server = TestServer::start_with(Kind::Sqlite, &SIXTEEN).await;
    let mut watches = Vec::new();
    for _ in 0..16 {
        watches.push(Raw::watching(server.address).await);
    }
    for _ in 0..5 {
        let mut refused = Raw::open(server.address).await;
        assert!(!refused.answers().await);
    }
    for watch in &mut watches {
        assert!(!watch.is_closed().await);
    }
    // A client that is gone, not one that only says nothing more.
    let gone = watches.pop().unwrap().0;
    gone.set_zero_linger().unwrap();
    drop(gone);
    let deadline = Instant::now() + Duration::from_secs(10);
    while !Raw::open(server.address).await.answers().await {
        assert!(Instant::now() < deadline, "its place stays taken");
    }
}

/// Returns how many the server has closed.
async fn closed_of(connections: &mut [Raw]) -> usize {
    let mut closed = 0;
    for connection in connections {
        closed += usize::from(connection.is_closed().await);
    }
    closed
}

#[tokio::test]
async fn an_address_has_half_of_all_unless_it_is_a_trusted_proxy() {
    let eight = ["--max-connections", "8"];
    let trusting = ["--max-connections", "8", "--trusted-proxies", "127.0.0.0/8"];
    for (arguments, ended) in [(&eight[..], 4), (&trusting[..], 0)] {
        let server = TestServer::start_with(Kind::Sqlite, arguments).await;
        let mut open = Vec::new();
        for _ in 0..8 {
            open.push(Raw::used(server.address).await);
        }
        // A worker may learn late that an answer has been written, so which ones are
        // ended is shown elsewhere.
        let deadline = Instant::now() + Duration::from_secs(10);
        let mut closed = 0;
        while closed < ended && Instant::now() < deadline {
            closed = closed_of(&mut open).await;
        }
        assert_eq!(closed_of(&mut open).await, ended, "{arguments:?}");
        assert!(!open[7].is_closed().await, "{arguments:?}");
    }
}

#[tokio::test]
async fn connections_never_take_the_last_open_file() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let server = TestServer::start_with_open_files(kind, 256, &["--workers", "2"]).await;
        let mut others = Vec::new();
        for _ in 0..400 {
            others.push(Raw::open(server.address).await);
        }
        // Until the workers have all of them: the next one is not the oldest then.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let request = super::raw::by_admin("GET /v2/api-keys HTTP/1.1");
        for _ in 0..20 {
            let mut good = Raw::open(server.address).await;
            good.send(&request).await;
            let answer = good.read().await;
            assert!(
                answer.starts_with("HTTP/1.1 200"),
                "{answer}{}",
                server.log()
            );
        }
        assert!(
            server.log().contains("too many connections"),
            "{}",
            server.log()
        );
        assert!(
            !server.log().contains("Too many open files"),
            "{}",
            server.log()
        );
    }
}
