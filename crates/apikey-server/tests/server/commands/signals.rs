//! Commands that are interrupted.

use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
};
use reqwest::Method;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
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

/// Starts `event follow` without a server, and returns it once it has the database.
fn following_alone(server: &TestServer, before: &str) -> Child {
    let own = server.command();
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{before} exec \"$0\" event follow")]);
    command.arg(own.get_program()).current_dir(server.folder());
    for (name, value) in own.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let child = command.stdout(Stdio::null()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while server.database().url().starts_with("sqlite") && !is_locked(server) {
        assert!(Instant::now() < deadline, "it does not begin");
        std::thread::sleep(Duration::from_millis(20));
    }
    // It takes signals from its beginning on, and needs a moment for the rest.
    std::thread::sleep(Duration::from_secs(1));
    child
}

fn is_locked(server: &TestServer) -> bool {
    let (_, database) = server.database().url().split_once("sqlite://").unwrap();
    let lock = std::fs::File::open(format!("{database}.lock")).unwrap();
    lock.try_lock_shared().is_err()
}

/// A terminal that is closed ends the command: it would keep the server from its start.
#[tokio::test(flavor = "multi_thread")]
async fn a_hangup_ends_a_command_unless_it_is_ignored() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut server = TestServer::start(kind).await;
        assert!(server.terminate().success());
        let mut child = following_alone(&server, "");
        let started = Instant::now();
        signal(&child, Signal::HUP).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(129), "{kind}");
        assert!(started.elapsed() < Duration::from_secs(5));
        server.start_again().await;
        assert_eq!(sessions(&Client::new(&server)).await, 0, "{kind}");
        assert!(server.terminate().success());
        // As nohup does.
        let mut child = following_alone(&server, "trap '' HUP;");
        signal(&child, Signal::HUP).unwrap();
        std::thread::sleep(Duration::from_secs(1));
        assert!(child.try_wait().unwrap().is_none(), "{kind}");
        signal(&child, Signal::TERM).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(143), "{kind}");
    }
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

/// A command that uses the database without a server keeps none from its start for good.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_waits_for_a_command() {
    let mut server = TestServer::start(Kind::Sqlite).await;
    assert!(server.terminate().success());
    let mut child = following_alone(&server, "");
    let ending = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(2));
        signal(&child, Signal::TERM).unwrap();
        child.wait().unwrap().code()
    });
    server.start_again().await;
    assert_eq!(ending.join().unwrap(), Some(143));
}

/// Nor does one whose output nobody reads any longer, as after `| grep -m1`.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_nobody_listens_to_ends() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let server = TestServer::start(kind).await;
        let mut command = server.command();
        command.args(["event", "follow"]).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        std::thread::sleep(Duration::from_secs(3));
        assert!(child.try_wait().unwrap().is_none(), "{kind}");
        drop(child.stdout.take());
        let deadline = Instant::now() + Duration::from_secs(10);
        let code = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status.code();
            }
            assert!(Instant::now() < deadline, "{kind}: it goes on");
            std::thread::sleep(Duration::from_millis(50));
        };
        assert_eq!(code, Some(0), "{kind}");
    }
}
