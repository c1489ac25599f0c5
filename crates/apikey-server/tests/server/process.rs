//! The process: its start, its configuration errors and its shutdown.

use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
    command, run,
};
use futures_util::StreamExt;
use reqwest::{Method, StatusCode};
use serde_json::json;
use std::{
    os::unix::fs::PermissionsExt,
    process::Stdio,
    time::{Duration, Instant},
};
use xtask_harness::server::pepper;
use xtask_programs::port::free_port;

#[test]
fn an_invalid_value_is_reported_with_its_setting_and_what_was_expected() {
    let folder = tempfile::tempdir().unwrap();
    type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], &'a [&'a str]);
    let table: [Case<'_>; 24] = [
        (
            &["--listen", "here"],
            &[],
            &["'here'", "--listen", "an address and a port"],
        ),
        (
            &[],
            &[("APIKEY_LISTEN", "x")],
            &["'x'", "--listen", "an address and a port"],
        ),
        (
            &["--workers", "0"],
            &[],
            &["'0'", "--workers", "from 1 to 512"],
        ),
        (
            &["--max-connections", "0"],
            &[],
            &["'0'", "--max-connections", "from 1"],
        ),
        (
            &[],
            &[("APIKEY_MAX_CONNECTIONS_PER_ADDRESS", "many")],
            &["'many'", "--max-connections-per-address", "from 1"],
        ),
        (
            &["--lists-per-user", "0"],
            &[],
            &["'0'", "--lists-per-user", "from 1"],
        ),
        (
            &[],
            &[("APIKEY_WATCHES_PER_USER", "all")],
            &["'all'", "--watches-per-user", "from 1"],
        ),
        (
            &["--watches-per-organization", "0"],
            &[],
            &["'0'", "--watches-per-organization", "from 1"],
        ),
        (
            &[],
            &[("APIKEY_TRUSTED_PROXIES", "10.0.0.0/33")],
            &["'10.0.0.0/33'", "--trusted-proxies", "10.0.0.0/8, "],
        ),
        (
            &["--client-address-header", "x-client-ip"],
            &[("APIKEY_TRUSTED_PROXIES", "10.0.0.0/8")],
            &["'x-client-ip'", "--client-address-header", "x-real-ip"],
        ),
        (
            &[],
            &[("APIKEY_CLIENT_ADDRESS_HEADER", "X-Forwarded-For")],
            &[
                "'x-forwarded-for'",
                "--client-address-header",
                "--trusted-proxies",
            ],
        ),
        (
            &["--key-prefix", "a_b"],
            &[],
            &["'a_b'", "--key-prefix", "letters and digits"],
        ),
        (
            &[],
            &[("APIKEY_POLICY", "contract,everybody-may")],
            &["'contract,everybody-may'", "--policy", "attenuated"],
        ),
        (
            &["--cache-bytes", "1000"],
            &[],
            &["'1000'", "--cache-bytes", "from 1048576"],
        ),
        (
            &[],
            &[("APIKEY_METRICS", "yes")],
            &["'yes'", "--metrics", "on, off"],
        ),
        (
            &["--feed", "push"],
            &[],
            &["'push'", "--feed", "listen, poll"],
        ),
        (
            &["--on-database-loss", "serve-stale:0"],
            &[],
            &["'serve-stale:0'", "--on-database-loss", "1 to 3600"],
        ),
        (
            &[],
            &[("APIKEY_EVENT_RETENTION", "90")],
            &["'90'", "--event-retention", "such as 90d"],
        ),
        (
            &[],
            &[("APIKEY_EXPIRY_NOTICES", "30,0")],
            &["'30,0'", "--expiry-notices", "from 1 to 365", "or none"],
        ),
        (
            &["--keep-ended", "0"],
            &[],
            &["'0'", "--keep-ended", "from 1 to 36500", "or off"],
        ),
        (
            &["--log-format", "xml"],
            &[],
            &["'xml'", "--log-format", "text, json"],
        ),
        (
            &["--database-url", "mysql://me:hidden@host/x"],
            &[],
            &["'(not shown)'", "--database-url", "sqlite://{path}"],
        ),
        (
            &[],
            &[("APIKEY_PEPPER", "abc")],
            &["APIKEY_PEPPER", "32 bytes or more as hex"],
        ),
        (
            &["--database-url", "postgres://me:hidden@localhost/x"],
            &[],
            &["APIKEY_PEPPER", "all nodes share it"],
        ),
    ];
    for (arguments, environment, expected) in table {
        let mut command = command(folder.path());
        command.args(arguments).envs(environment.iter().copied());
        let (code, printed) = run(&mut command);
        assert_eq!(code, 2, "{arguments:?}: {printed}");
        for part in expected {
            assert!(printed.contains(part), "{part} is missing: {printed}");
        }
        assert!(!printed.contains("hidden"), "{printed}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_first_start_creates_its_files_and_logs_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port().unwrap();
    let log = std::fs::File::create(folder.path().join("log")).unwrap();
    let mut process = command(folder.path())
        .args(["--listen", &format!("127.0.0.1:{port}")])
        .stderr(log)
        .spawn()
        .unwrap();
    let ready = format!("http://127.0.0.1:{port}/readyz");
    let deadline = Instant::now() + Duration::from_secs(30);
    while reqwest::get(&ready).await.is_err() {
        assert!(Instant::now() < deadline, "the server does not start");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let data = folder.path().join("data");
    for name in ["pepper", "initial_admin_password", "apikey.db"] {
        let mode = std::fs::metadata(data.join(name)).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, 0o600, "{name}");
    }
    let password = std::fs::read_to_string(data.join("initial_admin_password")).unwrap();
    let users = format!("http://127.0.0.1:{port}/v2/users");
    let request = reqwest::Client::new().get(users);
    let response = request.basic_auth("admin", Some(&password)).send().await;
    assert_eq!(response.unwrap().status(), StatusCode::OK);

    let (code, printed) = run(command(folder.path()).args(["--listen", "127.0.0.1:0"]));
    assert_eq!(code, 1, "{printed}");
    assert!(
        printed.contains("another apikey-server is using"),
        "{printed}"
    );

    process.kill().unwrap();
    process.wait().unwrap();
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    let pepper = std::fs::read_to_string(data.join("pepper")).unwrap();
    assert!(log.contains("initial_admin_password"), "{log}");
    assert!(
        !log.contains(&password) && !log.contains(pepper.trim()),
        "{log}"
    );

    std::fs::remove_file(data.join("pepper")).unwrap();
    let (code, printed) = run(command(folder.path()).args(["--listen", "127.0.0.1:0"]));
    assert_eq!(code, 1, "{printed}");
    assert!(
        printed.contains("every key in it was made with that pepper"),
        "{printed}"
    );
}

#[tokio::test]
async fn a_wrong_pepper_is_refused_at_startup() {
    let mut server = TestServer::start(Kind::Postgres).await;
    Client::new(&server).create_key("ci").await;
    server.kill();
    let (code, printed) = run(&mut server.command_with_pepper(&"77".repeat(32)));
    assert_eq!(code, 1, "{printed}");
    assert!(
        printed.contains("the newest pepper of this database is"),
        "{printed}"
    );
    let both = format!("{},{}", "77".repeat(32), pepper());
    let mut rotated = server.command_with_pepper(&both);
    let mut process = rotated.stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(1));
    assert!(process.try_wait().unwrap().is_none());
    process.kill().unwrap();
    process.wait().unwrap();
}

#[tokio::test]
async fn sigterm_ends_streams_finishes_requests_and_exits_0() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut server = TestServer::start(kind).await;
        let client = Client::new(&server);
        client.create_key("ci").await;
        let request = client.as_admin(Method::GET, "/v2/api-keys?watch=true");
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let mut stream = response.bytes_stream();
        let first = stream.next().await.unwrap().unwrap();
        assert!(first.starts_with(b"{\"type\":1"), "{first:?}");
        let started = Instant::now();
        let status = server.terminate();
        assert_eq!(status.code(), Some(0), "{}", server.log());
        assert!(started.elapsed() < Duration::from_secs(10));
        assert!(stream.next().await.is_none_or(|end| end.is_err()));
    }
}

#[tokio::test]
async fn servers_that_start_together_share_one_database() {
    let (one, other) = TestServer::start_two_on_nothing().await;
    let key = Client::new(&one).create_key("ci").await;
    let client = Client::new(&other);
    let request = client.request(Method::GET, "/v2/api-keys");
    let (status, body) = answer(request.bearer_auth(key["value"].as_str().unwrap())).await;
    assert_eq!(status, 200, "{body}");
    let (status, body) = answer(client.as_admin(Method::GET, "/v2/users")).await;
    assert_eq!(
        (status, &body["pagination"]["total"]),
        (200, &json!(1)),
        "{body}"
    );
}
