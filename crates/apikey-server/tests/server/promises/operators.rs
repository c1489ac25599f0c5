//! What an operator relies on: which setting counts, and what it changes.

use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
    command, run,
};
use reqwest::Method;
use serde_json::json;
use std::{collections::BTreeSet, path::Path};

#[test]
fn a_flag_overrides_its_variable_and_a_variable_the_default() {
    let folder = tempfile::tempdir().unwrap();
    let workers = |variable: Option<&str>, arguments: &[&str]| {
        let mut command = command(folder.path());
        command.arg("config").args(arguments);
        command.envs(variable.map(|value| ("APIKEY_WORKERS", value)));
        let (code, printed) = run(&mut command);
        assert_eq!(code, 0, "{printed}");
        let mut lines = printed.lines();
        let line = lines.find(|line| line.starts_with("workers ")).unwrap();
        line.split_once("= ").unwrap().1.to_owned()
    };
    let cores = std::thread::available_parallelism().unwrap();
    assert_eq!(workers(None, &[]), format!("{cores}  # default"));
    assert_eq!(workers(Some("5"), &[]), "5  # APIKEY_WORKERS");
    assert_eq!(workers(Some("5"), &["--workers", "3"]), "3  # --workers");
    // It opened and made nothing.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn what_config_prints_holds_no_secret_wherever_it_came_from() {
    let folder = tempfile::tempdir().unwrap();
    let (pepper, password) = ("c0ffee00".repeat(8), "Do-not-show_1");
    let file = folder.path().join("pepper");
    std::fs::write(&file, &pepper).unwrap();
    let url = format!("postgres://me:{password}@db.example/apikey?sslmode=require");
    for (variable, value) in [
        ("APIKEY_PEPPER", &*pepper),
        ("APIKEY_PEPPER_FILE", file.to_str().unwrap()),
    ] {
        for is_flag in [false, true] {
            let mut command = command(folder.path());
            command.arg("config").env(variable, value);
            command.env("APIKEY_BOOTSTRAP_PASSWORD", password);
            match is_flag {
                true => command.args(["--database-url", &url]),
                false => command.env("APIKEY_DATABASE_URL", &url),
            };
            let (code, printed) = run(&mut command);
            assert_eq!(code, 0, "{printed}");
            assert!(printed.contains("db.example/apikey"), "{printed}");
            for secret in [&*pepper, password] {
                assert!(!printed.contains(secret), "{printed}");
            }
        }
    }
}

#[tokio::test]
async fn the_first_password_counts_on_a_database_without_users_only() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut server = TestServer::start(kind).await;
        server.kill();
        let other = "Other_123";
        server
            .start_changed(|command| {
                command.env("APIKEY_BOOTSTRAP_PASSWORD", other);
            })
            .await;
        let client = Client::new(&server);
        let me = client.request(Method::GET, "/v2/users/me");
        let (status, body) = answer(me.basic_auth("admin", Some(other))).await;
        assert_eq!(status, 401, "{kind}: {body}");
        let me = client.as_admin(Method::GET, "/v2/users/me");
        assert_eq!(answer(me).await.0, 200, "{kind}");
        let users = answer(client.as_admin(Method::GET, "/v2/users")).await.1;
        assert_eq!(users["pagination"]["total"], 1, "{kind}: {users}");
    }
}

#[tokio::test]
async fn after_a_change_of_the_prefix_keys_work_with_the_new_one() {
    let mut server = TestServer::start(Kind::Sqlite).await;
    let key = Client::new(&server).create_key("ci").await;
    let old = key["value"].as_str().unwrap();
    server.kill();
    let arguments = ["--key-prefix", "acme"];
    let url = server.database_url();
    server.start_by(&url, &arguments).await;
    let client = Client::new(&server);
    assert_eq!(client.verify(old, "m").await, 401);
    let new = old.replace("gpustack_", "acme_");
    assert_eq!(client.verify(&new, "m").await, 200);
    let list = answer(client.as_admin(Method::GET, "/v2/api-keys")).await.1;
    let masked = list["items"][0]["masked_value"].as_str().unwrap();
    assert!(masked.starts_with("acme_"), "{masked}");
}

#[tokio::test]
async fn without_metrics_nothing_is_counted_and_admins_get_404() {
    let server = TestServer::start_with(Kind::Sqlite, &["--metrics", "off"]).await;
    let client = Client::new(&server);
    let metrics = client.as_admin(Method::GET, "/metrics");
    assert_eq!(answer(metrics).await.0, 404);
    client.user("alice").await;
    let metrics = client.request(Method::GET, "/metrics");
    let by_alice = metrics.basic_auth("alice", Some("Admin_123"));
    assert_eq!(answer(by_alice).await.0, 403);
    assert_eq!(answer(client.request(Method::GET, "/metrics")).await.0, 401);
}

/// Returns the names in the table of metrics, of the rows that `counts` picks.
fn documented(counts: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations.md");
    let text = std::fs::read_to_string(path).unwrap();
    let beginnings = ["| `apikey_", "| `http_", "| `process_"];
    let is_metric = |line: &&str| beginnings.iter().any(|name| line.starts_with(name));
    let rows = text.lines().filter(is_metric);
    let names = rows.filter(|row| counts(row)).flat_map(|row| {
        let (names, _) = row.split_once(" | ").unwrap();
        let names = names.trim_start_matches("| ").split(", ");
        names.map(|name| name.trim_matches('`').split('{').next().unwrap().to_owned())
    });
    names.collect()
}

#[tokio::test]
async fn the_metrics_are_those_of_the_table() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let server = TestServer::start(kind).await;
        let client = Client::new(&server);
        let metrics = client.as_admin(Method::GET, "/metrics");
        let metrics = metrics.send().await.unwrap();
        let form = metrics.headers()["content-type"].to_str().unwrap();
        assert!(form.starts_with("application/openmetrics-text"), "{form}");
        let text = metrics.text().await.unwrap();
        assert!(text.ends_with("# EOF\n"), "{text}");
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let shown: BTreeSet<_> = lines
            .map(|line| line.split(['{', ' ']).next().unwrap())
            .map(|name| {
                // The three parts of a histogram.
                let parts = ["_bucket", "_sum", "_count"];
                let whole = parts.iter().find_map(|part| name.strip_suffix(part));
                whole.unwrap_or(name).to_owned()
            })
            .collect();
        let wanted = documented(|row| kind == Kind::Postgres || !row.contains("not on SQLite"));
        assert!(wanted.len() > 10, "{wanted:?}");
        assert_eq!(shown, wanted, "{kind}");
    }
}

#[tokio::test]
async fn a_password_that_the_server_made_follows_its_own_rules() {
    let mut server = TestServer::not_started_on(Kind::Sqlite).await;
    server
        .start_changed(|command| {
            command.env_remove("APIKEY_BOOTSTRAP_PASSWORD");
        })
        .await;
    let path = server.folder().join("initial_admin_password");
    let first = std::fs::read_to_string(path).unwrap();
    let client = Client::new(&server);
    let change = client.request(Method::PUT, "/v2/users/me");
    let change = change.basic_auth("admin", Some(&first));
    let again = json!({"current_password": first, "password": first});
    let (status, body) = answer(change.json(&again)).await;
    assert_eq!(status, 200, "{body}");
    assert!(!server.log().contains(&first));
}
