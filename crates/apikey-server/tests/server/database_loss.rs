//! A server that has lost PostgreSQL serves cached data for as long as configured.

use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
};
use reqwest::Method;
use std::time::{Duration, Instant};
use tokio::time::timeout;
use xtask_harness::proxy::{Passage, Proxy};

/// The result of a verification after the database was lost.
struct Observation {
    /// The time since the loss.
    after: Duration,
    status: u16,
    is_stale: bool,
}

/// Verifies a key repeatedly for `duration` after the database was lost.
async fn observe_loss(on_loss: &str, duration: Duration) -> (TestServer, Vec<Observation>) {
    let mut server = TestServer::not_started().await;
    let (proxy, url) = Proxy::before(&server.database_url()).await.unwrap();
    server
        .start_by(&url, &["--on-database-loss", on_loss])
        .await;
    let client = Client::new(&server);
    let key = client.create_key("ci").await;
    let key = key["value"].as_str().unwrap();
    assert_eq!(client.verify(key, "m").await, 200);
    proxy.set(Passage::Refused);
    let lost_at = Instant::now();
    let mut observations = Vec::new();
    while lost_at.elapsed() < duration {
        let after = lost_at.elapsed();
        let request = client.request(Method::GET, "/auth/verify").bearer_auth(key);
        let response = request.send().await.unwrap();
        observations.push(Observation {
            after,
            status: response.status().as_u16(),
            is_stale: response.headers().contains_key("x-auth-stale"),
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    (server, observations)
}

#[tokio::test(flavor = "multi_thread")]
async fn by_default_it_refuses_keys_after_its_lease_has_expired() {
    let (_server, observations) = observe_loss("refuse", Duration::from_secs(5)).await;
    for seen in observations {
        assert!(!seen.is_stale);
        // A lease lasts three seconds, and was renewed within the last one or two.
        let seconds = seen.after.as_secs_f64();
        match seconds {
            ..0.8 => assert_eq!(seen.status, 200, "after {seconds} s"),
            3.0.. => assert_eq!(seen.status, 503, "after {seconds} s"),
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn if_configured_it_serves_stale_data_and_marks_it() {
    let duration = Duration::from_secs(9);
    let (server, observations) = observe_loss("serve-stale:4", duration).await;
    for seen in &observations {
        let seconds = seen.after.as_secs_f64();
        match seconds {
            ..0.8 => assert_eq!((seen.status, seen.is_stale), (200, false)),
            3.0..4.8 => assert_eq!((seen.status, seen.is_stale), (200, true)),
            7.0.. => assert_eq!((seen.status, seen.is_stale), (503, false)),
            _ => {}
        }
    }
    assert!(observations.iter().any(|seen| seen.is_stale));
    drop(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_cannot_renew_its_lease_is_not_ready_until_it_can() {
    let server = TestServer::start(Kind::Postgres).await;
    let lock = "BEGIN; LOCK TABLE nodes; SELECT pg_sleep(12); COMMIT".to_owned();
    let statements = [lock];
    let client = Client::new(&server);
    let ready = async || {
        let answer = client.request(Method::GET, "/readyz").send().await;
        answer.unwrap().status().as_u16()
    };
    let asking = async {
        assert_eq!(ready().await, 200);
        // 3 s of the lease, and 5 s without it.
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert_eq!(ready().await, 503);
        let (_, shown) = answer(client.request(Method::GET, "/readyz?verbose")).await;
        for (part, status) in [("read", "ok"), ("write", "ok"), ("feed", "failed")] {
            assert_eq!(shown["parts"][part]["status"], status, "{shown}");
        }
    };
    let (locked, ()) = tokio::join!(server.database().run_all(&statements), asking);
    locked.unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while ready().await != 200 {
        assert!(Instant::now() < deadline, "it does not become ready again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Asks whether the server is ready and whether a key is good until it is not ready.
/// Returns when that was.
async fn agree_until_not_ready(on_loss: &str, passage: Passage) -> Duration {
    let mut server = TestServer::not_started().await;
    let (proxy, url) = Proxy::before(&server.database_url()).await.unwrap();
    server
        .start_by(&url, &["--on-database-loss", on_loss])
        .await;
    let client = Client::new(&server);
    let key = client.create_key("ci").await;
    let key = key["value"].as_str().unwrap();
    assert_eq!(client.verify(key, "m").await, 200);
    // What was committed before the loss is no proof any longer.
    tokio::time::sleep(Duration::from_secs(2)).await;
    proxy.set(passage);
    let lost_at = Instant::now();
    // Until connections have ended.
    tokio::time::sleep(Duration::from_millis(100)).await;
    loop {
        let verified = timeout(Duration::from_secs(1), client.verify(key, "m")).await;
        let asked = Instant::now();
        let (status, body) = answer(client.request(Method::GET, "/readyz")).await;
        assert!(asked.elapsed() < Duration::from_millis(1_500));
        if status != 200 {
            return lost_at.elapsed();
        }
        assert_eq!((verified, body), (Ok(200), "stale".into()));
        assert!(lost_at.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_ready_as_long_as_it_verifies_without_the_database() {
    for passage in [Passage::Refused, Passage::Silent] {
        let ready_for = agree_until_not_ready("refuse", passage).await;
        assert!(ready_for.as_secs_f64() < 1.5, "{passage:?}: {ready_for:?}");
        let ready_for = agree_until_not_ready("serve-stale:4", passage).await;
        // The lease was renewed within the last second or two, and lasts 3 s and 4 s.
        let seconds = ready_for.as_secs_f64();
        assert!((4.8..8.7).contains(&seconds), "{passage:?}: {ready_for:?}");
    }
}
