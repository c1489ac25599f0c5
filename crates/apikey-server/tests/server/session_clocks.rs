//! Sessions where the clock of a node is wrong.

use crate::{
    sessions::{sign_in, status},
    support::{Kind, TestServer, client::Client},
};
use std::time::{Duration, Instant};
use xtask_harness::server::ADMIN_PASSWORD as PASSWORD;
use xtask_programs::faketime;

/// How long a node may take until it has looked what has expired.
const LIMIT: Duration = Duration::from_secs(10);

/// Returns a node beside another one, whose clock is off by so much.
async fn beside(one: &TestServer, offset: &str) -> TestServer {
    let mut other = one.beside().await;
    other.kill();
    let variables = faketime::variables(offset).unwrap();
    other
        .start_changed(|command| _ = command.envs(variables))
        .await;
    other
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_known_to_nodes_whose_clocks_are_an_hour_apart() {
    let one = TestServer::start(Kind::Postgres).await;
    let here = Client::new(&one);
    here.user("alice").await;
    for (offset, expected) in [("+59m", 200), ("-59m", 200), ("+61m", 401)] {
        let other = beside(&one, offset).await;
        let there = Client::new(&other);
        let cookie = sign_in(&here, "alice", PASSWORD).await;
        let of_other = sign_in(&there, "alice", PASSWORD).await;
        for client in [&here, &there] {
            assert_eq!(status(client, &cookie).await, 200, "{offset}");
        }
        assert_eq!(status(&there, &of_other).await, 200, "{offset}");
        assert_eq!(status(&here, &of_other).await, expected, "{offset}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_with_a_wrong_clock_ends_no_session_of_others() {
    let one = TestServer::start(Kind::Postgres).await;
    let here = Client::new(&one);
    here.user("alice").await;
    let cookie = sign_in(&here, "alice", PASSWORD).await;
    // For one they have all expired, and for the other they would last for too long.
    for offset in ["+13h", "-40d"] {
        let other = beside(&one, offset).await;
        let deadline = Instant::now() + LIMIT;
        while !other.log().contains("expired sessions are deleted later") {
            assert!(Instant::now() < deadline, "{offset}: {}", other.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(status(&here, &cookie).await, 200, "{offset}");
    }
}
