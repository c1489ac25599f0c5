//! The file to which the record of changes is written.

use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
    command, run,
};
use reqwest::Method;
use serde_json::Value;
use std::{os::unix::fs::PermissionsExt, path::Path, time::Duration};
use xtask_programs::process::Signal;

/// Returns the lines of the log.
fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    lines.collect()
}

/// Waits until the log ends with the event of a user who was created.
async fn until_it_has(path: &Path, username: &str) -> Vec<Value> {
    for _ in 0..200 {
        let lines = lines(path);
        if lines
            .last()
            .is_some_and(|line| line["after"]["username"] == username)
        {
            return lines;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{:?}", lines(path));
}

/// Returns the events as the API shows them.
async fn events(client: &Client) -> Vec<Value> {
    let page = answer(client.as_admin(Method::GET, "/v2/events?limit=1000"))
        .await
        .1;
    page["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_has_each_event_once_across_kills_and_rotations() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut server = TestServer::not_started_on(kind).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit");
        let argument = path.to_str().unwrap().to_owned();
        let url = server.database_url();
        server.start_by(&url, &["--audit-log", &argument]).await;
        let client = Client::new(&server);
        client.user("alice").await;
        until_it_has(&path, "alice").await;
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        server.kill();
        server.start_by(&url, &["--audit-log", &argument]).await;
        let client = Client::new(&server);
        client.user("bob").await;
        let written = until_it_has(&path, "bob").await;
        assert_eq!(written, events(&client).await, "{kind}");
        let moved = folder.path().join("audit.1");
        std::fs::rename(&path, &moved).unwrap();
        server.signal(Signal::HUP);
        for _ in 0..100 {
            if path.exists() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        client.user("carol").await;
        let after = until_it_has(&path, "carol").await;
        assert_eq!(after[0]["kind"], "audit.continued");
        let all: Vec<_> = lines(&moved)
            .into_iter()
            .chain(after.into_iter().skip(1))
            .collect();
        assert_eq!(all, events(&client).await, "{kind}");
        assert!(server.log().contains("opened the audit log again"));
    }
}

/// After an older record was restored, until something happens.
#[tokio::test(flavor = "multi_thread")]
async fn that_the_record_is_another_one_is_written_once() {
    let mut server = TestServer::not_started_on(Kind::Sqlite).await;
    let path = server.folder().join("audit");
    let backup = server.folder().join("backup");
    let (url, argument) = (server.database_url(), path.to_str().unwrap().to_owned());
    let arguments = ["--audit-log", &*argument];
    server.start_by(&url, &arguments).await;
    let (code, printed) = run(server.command().arg("backup").arg(&backup));
    assert_eq!(code, 0, "{printed}");
    Client::new(&server).user("alice").await;
    until_it_has(&path, "alice").await;
    assert!(server.terminate().success());
    let (code, printed) = run(server.command().args(["restore", "--force"]).arg(&backup));
    assert_eq!(code, 0, "{printed}");
    for _ in 0..2 {
        server.start_by(&url, &arguments).await;
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        let others = lines(&path);
        let others = others
            .iter()
            .filter(|line| line["kind"] == "audit.other_record");
        assert_eq!(others.count(), 1);
        server.kill();
    }
    server.start_by(&url, &arguments).await;
    Client::new(&server).user("bob").await;
    let all = until_it_has(&path, "bob").await;
    assert_eq!(all[all.len() - 2]["kind"], "audit.other_record", "{all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_node_writes_what_all_nodes_change() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit");
    let mut server = TestServer::not_started().await;
    let url = server.database_url();
    server
        .start_by(&url, &["--audit-log", path.to_str().unwrap()])
        .await;
    let other = server.beside().await;
    let (one, other) = (Client::new(&server), Client::new(&other));
    one.user("alice").await;
    other.user("bob").await;
    let written = until_it_has(&path, "bob").await;
    assert_eq!(written, events(&one).await);
}

/// A start that is refused has made and migrated nothing.
#[test]
fn a_file_that_is_something_else_stops_a_start_before_the_database_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit");
    std::fs::write(&path, "something else\n").unwrap();
    let mut command = command(folder.path());
    command.args(["--listen", "127.0.0.1:0", "--audit-log"]);
    let (code, printed) = run(command.arg(&path));
    assert_eq!(code, 1, "{printed}");
    assert!(printed.contains("does not end with a line"), "{printed}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
