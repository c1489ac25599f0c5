//! The connections to PostgreSQL: their names, their number and their settings.

use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
};
use reqwest::Method;
use std::time::Duration;

/// Fails unless a condition holds on the database.
async fn must_hold(server: &TestServer, condition: &str) {
    let check = format!(
        "DO $$ BEGIN IF ({condition}) IS NOT TRUE THEN \
         RAISE EXCEPTION 'it does not hold'; END IF; END $$"
    );
    server.database().run_all(&[check]).await.unwrap();
}

/// The number of connections of a name.
fn named(name: &str) -> String {
    format!(
        "(SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
         AND application_name = '{name}')"
    )
}

/// Reads with many requests at the same time.
async fn read_at_once(client: &Client) {
    let reading = (0..64).map(|_| {
        let list = client.as_admin(Method::GET, "/v2/users");
        tokio::spawn(answer(list))
    });
    for read in reading.collect::<Vec<_>>() {
        assert_eq!(read.await.unwrap().0, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_have_their_names_and_are_no_more_than_documented() {
    for (feed, listeners) in [("listen", 1), ("poll", 0)] {
        let server = TestServer::start_with(Kind::Postgres, &["--feed", feed]).await;
        let client = Client::new(&server);
        client.create_key("ci").await;
        read_at_once(&client).await;
        let apikey = named("apikey");
        must_hold(&server, &format!("{apikey} BETWEEN 2 AND 18")).await;
        must_hold(&server, &format!("{} = 1", named("apikey-feed"))).await;
        let listener = named("apikey-listener");
        must_hold(&server, &format!("{listener} = {listeners}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_opens_no_more_connections_than_it_was_allowed() {
    let few = ["--database-connections", "5"];
    let server = TestServer::start_with(Kind::Postgres, &few).await;
    let client = Client::new(&server);
    read_at_once(&client).await;
    client.create_key("ci").await;
    let all = ["apikey", "apikey-feed", "apikey-listener"]
        .map(named)
        .join(" + ");
    must_hold(&server, &format!("{all} BETWEEN 3 AND 5")).await;
}

/// A trigger that lets a statement pass only with these settings.
fn only_with(table: &str, event: &str, settings: &[(&str, &str)]) -> [String; 2] {
    let wrong: Vec<_> = settings
        .iter()
        .map(|(name, value)| format!("current_setting('{name}') <> '{value}'"))
        .collect();
    [
        format!(
            "CREATE FUNCTION check_{table}() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN IF {} THEN RAISE EXCEPTION 'wrong settings'; END IF; RETURN NEW; END $$",
            wrong.join(" OR ")
        ),
        format!(
            "CREATE TRIGGER settings BEFORE {event} ON {table} FOR EACH ROW \
             EXECUTE FUNCTION check_{table}()"
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_made_with_the_documented_settings() {
    let server = TestServer::start(Kind::Postgres).await;
    let settings = [
        ("statement_timeout", "15s"),
        ("lock_timeout", "3s"),
        ("idle_in_transaction_session_timeout", "10s"),
        ("synchronous_commit", "on"),
        ("jit", "off"),
        ("enable_seqscan", "off"),
        ("enable_hashjoin", "off"),
        ("enable_mergejoin", "off"),
        ("application_name", "apikey"),
    ];
    let trigger = only_with("api_keys", "INSERT", &settings);
    server.database().run_all(&trigger).await.unwrap();
    Client::new(&server).create_key("ci").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leases_are_renewed_with_the_documented_settings() {
    let server = TestServer::start(Kind::Postgres).await;
    let settings = [
        ("synchronous_commit", "off"),
        ("jit", "off"),
        ("application_name", "apikey-feed"),
    ];
    let trigger = only_with("nodes", "UPDATE", &settings);
    server.database().run_all(&trigger).await.unwrap();
    // A lease that is not renewed has ended by then.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let client = Client::new(&server);
    let metrics = client.as_admin(Method::GET, "/metrics");
    let metrics = metrics.send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("\napikey_lease_held 1\n"), "{metrics}");
}
