//! A server that has lost PostgreSQL serves cached data for as long as configured.

use crate::support::{Kind, TestServer, client::Client};
use reqwest::Method;
use std::time::{Duration, Instant};
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
    };
    let (locked, ()) = tokio::join!(server.database().run_all(&statements), asking);
    locked.unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while ready().await != 200 {
        assert!(Instant::now() < deadline, "it does not become ready again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
