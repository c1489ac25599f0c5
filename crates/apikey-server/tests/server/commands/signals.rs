//! Commands that are interrupted.

use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
};
use reqwest::Method;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    process::Stdio,
    time::{Duration, Instant},
};
use xtask_programs::process::{Signal, signal};

async fn follows_until_interrupted(kind: Kind) {
    let server = TestServer::start(kind).await;
    let client = Client::new(&server);
    client.create_key("before").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let wrong = super::on(&server, &["event", "follow", "--kind", "api_key.made"], "");
    assert_eq!(wrong.code, 3, "{}", wrong.errors);
    let mut command = server.command();
    command.args(["event", "follow", "--json", "--kind", "api_key.created"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    // It begins with what is recorded once it has begun.
    let making = async {
        for number in 0.. {
            client.create_key(&format!("key {number}")).await;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let reading = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        (line, output)
    });
    let (line, _output) = tokio::select! {
        () = making => unreachable!(),
        read = reading => read.unwrap(),
    };
    let event: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(event["kind"], "api_key.created");
    assert_ne!(event["after"]["name"], "before");
    assert_eq!(sessions(&client).await, 1);
    let started = Instant::now();
    signal(&child, Signal::INT).unwrap();
    let done = child.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(130));
    assert_eq!(String::from_utf8_lossy(&done.stderr), "");
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!(sessions(&client).await, 0, "the session goes on");
}

/// Returns how many sessions the first administrator has.
async fn sessions(client: &Client) -> u64 {
    let list = client.as_admin(Method::GET, "/v2/users/me/sessions");
    let (status, body) = answer(list).await;
    assert_eq!(status, 200, "{body}");
    body["pagination"]["total"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_command_ends_its_session() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        follows_until_interrupted(kind).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_leaves_no_session_behind() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let server = TestServer::start(kind).await;
        let client = Client::new(&server);
        for (arguments, code) in [(["user", "list"], 0), (["user", "show"], 4)] {
            let mut command = server.command();
            command.args(arguments);
            if code == 4 {
                command.arg("nobody");
            }
            assert_eq!(super::run(command, "").code, code);
        }
        assert_eq!(sessions(&client).await, 0);
    }
}
