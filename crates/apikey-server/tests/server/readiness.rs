//! `/readyz` is true only while the server can do its work, and says what it cannot.

use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
};
use futures_util::{FutureExt, StreamExt};
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    process::Command,
    time::{Duration, Instant},
};

/// Within which time it answers, whatever the database does.
const ANSWER_LIMIT: Duration = Duration::from_millis(1_500);
/// For how long a write that was committed is a proof.
const PROOF_AGE: Duration = Duration::from_secs(2);

/// Asks whether the server is ready, in both ways, and returns the status and the parts.
async fn readiness(client: &Client) -> (u16, Value) {
    let started = Instant::now();
    let plain = answer(client.request(Method::GET, "/readyz"));
    let verbose = answer(client.request(Method::GET, "/readyz?verbose"));
    let ((status, body), (verbose, shown)) = tokio::join!(plain, verbose);
    assert!(started.elapsed() < ANSWER_LIMIT, "{:?}", started.elapsed());
    assert_eq!(status, verbose, "{shown}");
    let word = match status {
        200 => body.as_str().unwrap(),
        _ => {
            assert_eq!(body["reason"], "ServiceUnavailable");
            "unavailable"
        }
    };
    assert_eq!(shown["status"], word);
    (status, shown["parts"].clone())
}

/// Waits until the server is ready again.
async fn until_ready(client: &Client) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while readiness(client).await.0 != 200 {
        assert!(Instant::now() < deadline, "it does not become ready again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Sets how large a file of the server may become, in bytes.
fn limit_files(server: &TestServer, bytes: &str) {
    let mut prlimit = Command::new("prlimit");
    let process = server.process_id().to_string();
    prlimit.args(["--pid", &process, &format!("--fsize={bytes}:unlimited")]);
    assert!(prlimit.status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_disk_is_full_is_not_ready_and_its_watchers_stay() {
    // A write beyond the limit then fails, as on a full disk, and is no signal.
    let server = TestServer::start_in_shell(Kind::Sqlite, "trap '' XFSZ", &[]).await;
    let client = Client::new(&server);
    client.create_key("ci").await;
    assert_eq!(readiness(&client).await.0, 200);
    let watch = client.as_admin(Method::GET, "/v2/api-keys?watch=true");
    let mut stream = watch.send().await.unwrap().bytes_stream();
    stream.next().await.unwrap().unwrap();
    let path = server.database_url().replace("sqlite://", "") + "-wal";
    let size = std::fs::metadata(path).unwrap().len();
    assert!(size > server.log().len() as u64 + 4_096);
    limit_files(&server, &size.to_string());
    tokio::time::sleep(PROOF_AGE).await;
    let reason = "The database takes no writes";
    let expected = json!({
        "read": {"status": "ok"},
        "write": {"status": "failed", "reason": reason},
        "migrations": {"status": "ok"},
        "clock": {"status": "ok"},
        "draining": {"status": "ok"},
    });
    for _ in 0..5 {
        assert_eq!(readiness(&client).await, (503, expected.clone()));
    }
    assert!(stream.next().now_or_never().is_none(), "the watch ended");
    let created = client.as_admin(Method::POST, "/v2/api-keys");
    assert_eq!(answer(created.json(&json!({"name": "late"}))).await.0, 503);
    limit_files(&server, "unlimited");
    until_ready(&client).await;
    client.create_key("later").await;
    let log = server.log();
    assert_eq!(log.matches("not ready").count(), 1, "{log}");
    assert_eq!(log.matches("ready again").count(), 1, "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_database_is_read_only_is_not_ready() {
    // Such a server is not relied on for reads either: another may be the primary.
    for (on_loss, status, verified) in [("refuse", 503, 503), ("serve-stale:30", 200, 200)] {
        let arguments = ["--on-database-loss", on_loss];
        let server = TestServer::start_with(Kind::Postgres, &arguments).await;
        let client = Client::new(&server);
        let key = client.create_key("ci").await;
        let value = key["value"].as_str().unwrap();
        assert_eq!(client.verify(value, "m").await, 200);
        assert_eq!(readiness(&client).await.0, 200);
        let disconnect = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                          WHERE application_name LIKE 'apikey%' \
                          AND datname = current_database()";
        let alter = |change: &str| {
            format!(
                "DO $$ BEGIN EXECUTE 'ALTER DATABASE \"' || current_database() || '\" {change}'; \
                 END $$"
            )
        };
        let read_only = alter("SET default_transaction_read_only = on");
        let statements = [read_only, disconnect.to_owned()];
        server.database().run_all(&statements).await.unwrap();
        tokio::time::sleep(PROOF_AGE).await;
        let (seen, parts) = readiness(&client).await;
        assert_eq!(seen, status, "{on_loss}: {parts}");
        let write = json!({"status": "failed", "reason": "The database takes no writes"});
        assert_eq!(parts["write"], write);
        let read = json!({"status": "failed", "reason": "The database cannot be read"});
        assert_eq!(parts["read"], read);
        // Now the lease is over, too.
        tokio::time::sleep(PROOF_AGE).await;
        assert_eq!(client.verify(value, "m").await, verified, "{on_loss}");
        let writable = alter("RESET default_transaction_read_only");
        let own = "SET default_transaction_read_only = off".to_owned();
        let statements = [own, writable, disconnect.to_owned()];
        server.database().run_all(&statements).await.unwrap();
        until_ready(&client).await;
        client.create_key("later").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_commits_nothing_for_a_second_is_not_ready_and_answers_in_time() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let server = TestServer::start(kind).await;
        let client = Client::new(&server);
        tokio::time::sleep(PROOF_AGE).await;
        let locked = server.database().lock_for(Duration::from_secs(4));
        // Until it is.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let (status, parts) = readiness(&client).await;
        let reason = "No write was committed within 1 s";
        assert_eq!(status, 503, "{kind}: {parts}");
        assert_eq!(parts["write"]["reason"], reason, "{kind}");
        assert_eq!(parts["read"]["status"], "ok", "{kind}");
        locked.await.unwrap().unwrap();
        until_ready(&client).await;
    }
}
