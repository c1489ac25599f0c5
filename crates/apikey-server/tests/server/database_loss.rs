//! A server that loses PostgreSQL answers from memory for as long as it may.

use crate::support::{TestServer, client::Client};
use reqwest::Method;
use std::time::{Duration, Instant};
use xtask_harness::proxy::{Passage, Proxy};

/// What became of a key at a gateway after the database was lost.
struct Answer {
    /// How long after the loss it was asked for.
    after: Duration,
    status: u16,
    is_stale: bool,
}

/// Asks again and again for so long after the database was lost.
async fn answers_after_the_loss(on_loss: &str, lasting: Duration) -> (TestServer, Vec<Answer>) {
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
    let mut answers = Vec::new();
    while lost_at.elapsed() < lasting {
        let after = lost_at.elapsed();
        let request = client.request(Method::GET, "/auth/verify").bearer_auth(key);
        let answer = request.send().await.unwrap();
        answers.push(Answer {
            after,
            status: answer.status().as_u16(),
            is_stale: answer.headers().contains_key("x-auth-stale"),
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    (server, answers)
}

#[tokio::test(flavor = "multi_thread")]
async fn by_itself_it_refuses_when_its_lease_has_lapsed() {
    let (_server, answers) = answers_after_the_loss("refuse", Duration::from_secs(5)).await;
    for answer in answers {
        assert!(!answer.is_stale);
        // A lease lasts three seconds, and was renewed within the last one or two.
        let seconds = answer.after.as_secs_f64();
        match seconds {
            ..0.8 => assert_eq!(answer.status, 200, "after {seconds} s"),
            3.0.. => assert_eq!(answer.status, 503, "after {seconds} s"),
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn by_choice_it_goes_on_and_says_so() {
    let lasting = Duration::from_secs(9);
    let (server, answers) = answers_after_the_loss("serve-stale:4", lasting).await;
    for answer in &answers {
        let seconds = answer.after.as_secs_f64();
        match seconds {
            ..0.8 => assert_eq!((answer.status, answer.is_stale), (200, false)),
            3.0..4.8 => assert_eq!((answer.status, answer.is_stale), (200, true)),
            7.0.. => assert_eq!((answer.status, answer.is_stale), (503, false)),
            _ => {}
        }
    }
    assert!(answers.iter().any(|answer| answer.is_stale));
    drop(server);
}
