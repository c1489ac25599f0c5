//! A statement that is stuck on PostgreSQL ends, on the server's side.

use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::json;
use std::time::{Duration, Instant};

/// Sends a request that cannot be answered in time. Returns after how many seconds it
/// was refused.
async fn refused_after(request: RequestBuilder) -> f64 {
    let started = Instant::now();
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "1");
    started.elapsed().as_secs_f64()
}

/// What every statement for a page of keys holds: the look whether they are listed.
const OF_PAGES: &str = "AS robots";

/// Returns whether a statement of the server that holds `text` has run for 3 s.
async fn runs(server: &TestServer, text: &str) -> bool {
    let check = format!(
        "DO $$ BEGIN IF EXISTS (SELECT FROM pg_stat_activity \
         WHERE datname = current_database() AND application_name LIKE 'apikey%' \
         AND state = 'active' AND now() - query_start > interval '3 s' \
         AND position('{text}' IN query) > 0) \
         THEN RAISE EXCEPTION 'a statement still runs'; END IF; END $$"
    );
    server.database().run_all(&[check]).await.is_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_whose_statement_is_stuck_ends_after_10_s() {
    let server = TestServer::start(Kind::Postgres).await;
    let client = Client::new(&server);
    client.create_key("ci").await;
    // From now on reading a key takes a minute.
    let statements = [
        "ALTER TABLE api_keys RENAME TO stored_keys".to_owned(),
        "CREATE VIEW api_keys AS SELECT stored_keys.* FROM stored_keys, \
         LATERAL (SELECT pg_sleep(60)::text AS slept OFFSET 0) AS slow \
         WHERE slow.slept IS NOT NULL"
            .to_owned(),
    ];
    server.database().run_all(&statements).await.unwrap();
    let list = client.as_admin(Method::GET, "/v2/api-keys");
    let meanwhile = async {
        tokio::time::sleep(Duration::from_secs(6)).await;
        assert!(runs(&server, OF_PAGES).await);
    };
    let (seconds, ()) = tokio::join!(refused_after(list), meanwhile);
    assert!((9.5..15.0).contains(&seconds), "{seconds} s");
    tokio::time::sleep(Duration::from_secs(1)).await;
    let log = server.log();
    assert!(log.contains("reading a list took too long"), "{log}");
    // What fills the index of names reads the keys, too, with a longer bound.
    assert!(!runs(&server, OF_PAGES).await);
    // Other parts go on.
    let users = client.as_admin(Method::GET, "/v2/users");
    assert_eq!(answer(users).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_statement_is_stuck_ends_within_20_s_and_delays_no_other() {
    let server = TestServer::start(Kind::Postgres).await;
    let client = Client::new(&server);
    client.create_key("ci").await;
    let statements = [
        "CREATE FUNCTION sleep() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$"
            .to_owned(),
        "CREATE TRIGGER slow BEFORE INSERT ON api_keys FOR EACH ROW \
         WHEN (NEW.name = 'stuck') EXECUTE FUNCTION sleep()"
            .to_owned(),
    ];
    server.database().run_all(&statements).await.unwrap();
    let stuck = client.as_admin(Method::POST, "/v2/api-keys");
    let stuck = stuck.json(&json!({"name": "stuck"}));
    let others = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        for number in 0..5 {
            let started = Instant::now();
            client.create_key(&format!("other {number}")).await;
            let took = started.elapsed();
            assert!(took < Duration::from_secs(3), "{took:?}");
        }
    };
    let (seconds, ()) = tokio::join!(refused_after(stuck), others);
    assert!((10.0..21.0).contains(&seconds), "{seconds} s");
    assert!(!runs(&server, "").await);
    let keys = answer(client.as_admin(Method::GET, "/v2/api-keys")).await.1;
    assert_eq!(keys["pagination"]["total"], 6, "{keys}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_waits_for_a_lock_of_another_program_ends_after_3_s() {
    let server = TestServer::start(Kind::Postgres).await;
    let client = Client::new(&server);
    client.create_key("ci").await;
    let lock = "BEGIN; LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE; \
                SELECT pg_sleep(8); COMMIT";
    let statements = [lock.to_owned()];
    let listing = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let list = client.as_admin(Method::GET, "/v2/api-keys");
        let seconds = refused_after(list).await;
        assert!((2.5..7.0).contains(&seconds), "{seconds} s");
    };
    let (locked, ()) = tokio::join!(server.database().run_all(&statements), listing);
    locked.unwrap();
    assert!(
        server.log().contains("due to lock timeout"),
        "{}",
        server.log()
    );
    let list = client.as_admin(Method::GET, "/v2/api-keys");
    assert_eq!(answer(list).await.0, 200);
}
