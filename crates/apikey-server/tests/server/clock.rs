//! A server whose clock shows a time that cannot be.

use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
    raw::RawServer,
    run,
};
use reqwest::Method;
use std::time::{Duration, Instant};
use xtask_programs::faketime;

#[tokio::test]
async fn a_server_does_not_start_with_a_clock_before_its_time() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let server = TestServer::not_started_on(kind).await;
        // In 1966, in 1970 as on a machine whose clock was never set, and beyond the calendar.
        for offset in ["-60y", "-56y", "-5y", "+9000y"] {
            let mut command = server.command();
            command.envs(faketime::variables(offset).unwrap());
            let (code, printed) = run(&mut command);
            assert_eq!(code, 1, "{printed}");
            assert!(printed.contains("a time that cannot be"), "{printed}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_clock_is_wrong_nothing_is_judged() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let folder = tempfile::tempdir().unwrap();
        let clock = folder.path().join("clock");
        let set = |offset: &str| std::fs::write(&clock, offset).unwrap();
        set("+0");
        let server = RawServer::start(kind, |command| {
            let variables = faketime::variables("+0").unwrap();
            command.envs(variables).env_remove("FAKETIME");
            command.env("FAKETIME_TIMESTAMP_FILE", &clock);
            command.env("FAKETIME_NO_CACHE", "1");
        })
        .await;
        let client = server.client();
        let key = client.create_key("ci").await;
        let key = key["value"].as_str().unwrap();
        for offset in ["-60y", "-56y"] {
            assert_eq!(statuses(&client, key).await, [200; 4]);
            set(offset);
            assert_eq!(statuses(&client, key).await, [503; 4]);
            let verbose = client.request(Method::GET, "/readyz?verbose");
            let (_, parts) = answer(verbose).await;
            assert_eq!(parts["parts"]["clock"]["status"], "failed", "{parts}");
            assert_eq!(answer(client.request(Method::GET, "/healthz")).await.0, 200);
            set("+0");
            let deadline = Instant::now() + Duration::from_secs(10);
            while answer(client.request(Method::GET, "/readyz")).await.0 != 200 {
                assert!(Instant::now() < deadline, "the server is not ready again");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// Returns the statuses of a probe, a verification and sign-ins with a key and a password.
async fn statuses(client: &Client, key: &str) -> [u16; 4] {
    let me = || client.request(Method::GET, "/v2/users/me");
    [
        answer(client.request(Method::GET, "/readyz")).await.0,
        client.verify(key, "m").await,
        answer(me().bearer_auth(key)).await.0,
        answer(client.as_admin(Method::GET, "/v2/users/me")).await.0,
    ]
}
