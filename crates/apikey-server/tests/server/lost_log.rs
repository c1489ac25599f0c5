//! A log that cannot be written, or that nobody reads, is no error.

use crate::support::{Kind, TestServer, client::Client, command, raw::RawServer};
use reqwest::Method;
use std::{
    fs::File,
    io::{PipeReader, Read, Write},
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use xtask_programs::process;

const BOTH: [Kind; 2] = [Kind::Sqlite, Kind::Postgres];

/// Every level: each request writes several lines.
const EVERYTHING: &str = "trace";

fn full() -> Stdio {
    Stdio::from(File::options().write(true).open("/dev/full").unwrap())
}

/// Returns a pipe whose reader is gone.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    Stdio::from(writer)
}

/// Returns a pipe that has no room left, and its reader.
fn stuffed() -> (PipeReader, Stdio) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    // Linux gives a pipe 64 KiB unless it is asked for more.
    writer.write_all(&[b'x'; 65_536]).unwrap();
    (reader, Stdio::from(writer))
}

async fn metrics(client: &Client) -> String {
    let request = client.as_admin(Method::GET, "/metrics");
    request.send().await.unwrap().text().await.unwrap()
}

/// Returns the number of lines that the server has lost.
async fn lost_lines(client: &Client) -> u64 {
    let text = metrics(client).await;
    let mut lines = text.lines();
    let name = "apikey_log_lines_dropped_total ";
    let value = lines.find_map(|line| line.strip_prefix(name));
    value.unwrap_or_else(|| panic!("{text}")).parse().unwrap()
}

/// Provokes errors in every part, then checks that all work as before.
async fn must_work(server: &RawServer, kind: Kind) {
    let client = server.client();
    let key = client.create_key("ci").await;
    let value = key["value"].as_str().unwrap();
    assert_eq!(client.verify(value, "m").await, 200);
    if kind == Kind::Postgres {
        let disconnect = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                          WHERE application_name LIKE 'apikey%' \
                          AND datname = current_database()";
        let database = server.server.database();
        database.run_all(&[disconnect.to_owned()]).await.unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        // The connections are opened again, and the lease is renewed.
        tokio::time::sleep(Duration::from_secs(2)).await;
        while !metrics(&client).await.contains("\napikey_lease_held 1\n") {
            assert!(Instant::now() < deadline, "the lease stays lost");
        }
    }
    for _ in 0..20 {
        assert_eq!(client.verify("no-such-key", "m").await, 401);
        assert_eq!(client.verify(value, "m").await, 200);
    }
    let ready = client.request(Method::GET, "/readyz").send().await.unwrap();
    assert_eq!(ready.status(), 200);
    let metrics = metrics(&client).await;
    assert!(metrics.contains("\napikey_lease_held 1\n"), "{metrics}");
    let path = format!("/v2/api-keys/{}", key["id"]);
    let deleted = client.as_admin(Method::DELETE, &path).send().await;
    assert_eq!(deleted.unwrap().status(), 200);
    assert_eq!(client.verify(value, "m").await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_standard_error_cannot_be_written_works() {
    for kind in BOTH {
        for unwritable in [full, closed] {
            let mut server = RawServer::start(kind, |command| {
                command.stderr(unwritable()).env("APIKEY_LOG", EVERYTHING);
            })
            .await;
            must_work(&server, kind).await;
            assert!(lost_lines(&server.client()).await > 40);
            assert_eq!(server.terminate().await, Some(0), "{kind}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_standard_error_is_closed_works() {
    let server = TestServer::not_started_on(Kind::Sqlite).await;
    let own = server.command();
    let program = own.get_program().to_owned();
    let mut raw = RawServer::start(Kind::Sqlite, |command| {
        // Only a shell starts a program without a standard error.
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", "exec \"$0\" \"$@\" 2>&-"]).arg(program);
        shell.args(command.get_args()).env_clear();
        let variables = command.get_envs();
        shell.envs(variables.filter_map(|(name, value)| Some((name, value?))));
        shell.current_dir(command.get_current_dir().unwrap());
        shell.stdin(Stdio::piped()).stdout(Stdio::null());
        *command = shell;
    })
    .await;
    must_work(&raw, Kind::Sqlite).await;
    assert_eq!(raw.terminate().await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_log_nobody_reads_works_and_later_says_what_was_lost() {
    for kind in BOTH {
        let (mut reader, stderr) = stuffed();
        let mut server = RawServer::start(kind, |command| {
            command.stderr(stderr).env("APIKEY_LOG", EVERYTHING);
        })
        .await;
        must_work(&server, kind).await;
        let client = server.client();
        let deadline = Instant::now() + Duration::from_secs(60);
        while lost_lines(&client).await < 100 {
            assert!(Instant::now() < deadline, "no line is lost");
            for _ in 0..100 {
                assert_eq!(client.verify("no-such-key", "m").await, 401);
            }
        }
        let reading = std::thread::spawn(move || {
            let mut text = String::new();
            reader.read_to_string(&mut text).unwrap();
            text
        });
        tokio::time::sleep(Duration::from_millis(500)).await;
        must_work(&server, kind).await;
        assert_eq!(server.terminate().await, Some(0), "{kind}");
        drop(server);
        let text = reading.join().unwrap();
        assert!(text.contains("lines of the log were lost"));
        assert!(text.contains("stopped"), "the last line is missing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_log_nobody_reads_stops_when_it_is_asked_to() {
    let (_reader, stderr) = stuffed();
    let mut server = RawServer::start(Kind::Sqlite, |command| {
        command.stderr(stderr).env("APIKEY_LOG", EVERYTHING);
    })
    .await;
    must_work(&server, Kind::Sqlite).await;
    let started = Instant::now();
    assert_eq!(server.terminate().await, Some(0));
    assert!(started.elapsed() < Duration::from_secs(10));
}

/// Runs a command to its end and returns its exit code.
fn code_of(command: &mut Command) -> Option<i32> {
    let mut child = command.spawn().unwrap();
    let ended = process::wait_at_most(&mut child, Duration::from_secs(10));
    let code = ended.unwrap().map(|status| status.code());
    let _ = child.kill();
    code.expect("the command does not end")
}

#[test]
fn a_command_whose_output_cannot_be_written_says_so_and_does_not_panic() {
    let table: [(&[&str], i32); 4] = [
        (&["config"], 1),
        (&["--help"], 1),
        (&["--version"], 1),
        // What it is for is done.
        (&["migrate"], 0),
    ];
    for (arguments, expected) in table {
        for unwritable in [full, closed] {
            let folder = tempfile::tempdir().unwrap();
            let log = folder.path().join("log");
            let mut command = command(folder.path());
            command.args(arguments).stdout(unwritable());
            command.stderr(File::create(&log).unwrap());
            assert_eq!(code_of(&mut command), Some(expected), "{arguments:?}");
            let log = std::fs::read_to_string(&log).unwrap();
            assert!(!log.contains("panic"), "{log}");
        }
    }
}

#[test]
fn an_error_that_cannot_be_written_keeps_its_exit_code() {
    let cases: [(&[&str], i32); 3] = [
        (&["--workers", "0"], 2),
        (&["--listen", "192.0.2.1:1"], 1),
        (
            &["migrate", "--database-url", "sqlite:///proc/no/such.db"],
            1,
        ),
    ];
    for (arguments, expected) in cases {
        let (reader, stuffed) = stuffed();
        for stderr in [full(), closed(), stuffed] {
            let folder = tempfile::tempdir().unwrap();
            let mut command = command(folder.path());
            command.args(arguments).stderr(stderr);
            assert_eq!(code_of(&mut command), Some(expected), "{arguments:?}");
        }
        drop(reader);
    }
}
