//! A server ends within 10 s of SIGTERM, whatever its database does.

use crate::support::{Kind, TestServer, client::Client};
use reqwest::Method;
use serde_json::json;
use std::time::{Duration, Instant};
use xtask_programs::{
    postgres::{Cluster, Durability, Settings},
    process::Signal,
};

const LIMIT: Duration = Duration::from_secs(10);

fn cluster() -> Cluster {
    Cluster::start(&Settings {
        durability: Durability::Throwaway,
        max_connections: 50,
    })
    .unwrap()
}

/// Starts requests of all kinds, whose answers may never come.
async fn begin_requests(client: &Client, key: &str) {
    let begin = |request: reqwest::RequestBuilder| tokio::spawn(request.send());
    let create = client.as_admin(Method::POST, "/v2/api-keys");
    begin(create.json(&json!({"name": "late"})));
    let by_key = client
        .request(Method::POST, "/v2/api-keys")
        .bearer_auth(key);
    begin(by_key.json(&json!({"name": "later"})));
    let unknown = client.request(Method::GET, "/auth/verify");
    begin(unknown.bearer_auth("sk-unknown-custom-key"));
    begin(client.request(Method::GET, "/readyz"));
    tokio::time::sleep(Duration::from_millis(300)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_database_is_frozen_ends_within_10_s_and_at_once_when_told_twice() {
    let mut cluster = cluster();
    for is_told_twice in [false, true] {
        let mut server = TestServer::not_started_on(Kind::Sqlite).await;
        server.start_by(&cluster.url(), &[]).await;
        let client = Client::new(&server);
        let key = client.create_key(&format!("ci {is_told_twice}")).await;
        let key = key["value"].as_str().unwrap();
        // This use waits to be stored.
        assert_eq!(client.verify(key, "m").await, 200);
        cluster.freeze().unwrap();
        begin_requests(&client, key).await;
        let mut signaled = Instant::now();
        if is_told_twice {
            server.signal(Signal::TERM);
            std::thread::sleep(Duration::from_secs(1));
            signaled = Instant::now();
        }
        let status = server.terminate();
        let (took, log) = (signaled.elapsed(), server.log());
        let limit = if is_told_twice { LIMIT / 5 } else { LIMIT };
        assert!(took < limit, "{took:?}: {log}");
        assert_eq!(status.code(), Some(0), "{log}");
        let cause = if is_told_twice {
            "a second signal"
        } else {
            "the time is over"
        };
        let mut lines = log.lines();
        let said = "stopped before everything was done";
        let last = lines.find(|line| line.contains(said)).unwrap();
        assert!(last.contains(cause), "{log}");
        assert!(last.contains("the uses of keys"), "{log}");
        cluster.thaw().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_file_is_locked_ends_within_10_s() {
    let mut server = TestServer::start(Kind::Sqlite).await;
    let client = Client::new(&server);
    let key = client.create_key("ci").await;
    let _locked = server.database().lock_for(Duration::from_secs(12));
    // Until it is.
    tokio::time::sleep(Duration::from_millis(300)).await;
    begin_requests(&client, key["value"].as_str().unwrap()).await;
    let signaled = Instant::now();
    let status = server.terminate();
    let (took, log) = (signaled.elapsed(), server.log());
    assert!(took < LIMIT, "{took:?}: {log}");
    assert_eq!(status.code(), Some(0), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_a_sound_database_leaves_nothing_undone() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut server = TestServer::start(kind).await;
        let client = Client::new(&server);
        let key = client.create_key("ci").await;
        assert_eq!(
            client.verify(key["value"].as_str().unwrap(), "m").await,
            200
        );
        let signaled = Instant::now();
        assert_eq!(server.terminate().code(), Some(0));
        let (took, log) = (signaled.elapsed(), server.log());
        assert!(took < Duration::from_secs(5), "{kind}, {took:?}: {log}");
        assert!(log.contains("\"stopped\""), "{log}");
        assert!(!log.contains("before everything was done"), "{log}");
        server.start_again().await;
        let list = Client::new(&server).as_admin(Method::GET, "/v2/api-keys");
        let list: serde_json::Value = list.send().await.unwrap().json().await.unwrap();
        assert!(list["items"][0]["last_used_at"].is_string(), "{list}");
    }
}
