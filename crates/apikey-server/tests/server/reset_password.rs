//! The subcommand `user reset-password`, while servers run and without one.

use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
    run,
};
use futures_util::StreamExt;
use reqwest::Method;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::{Value, json};
use std::{
    fs::File,
    io::{Read, Seek, Write},
    process::{Command, Stdio},
    time::Duration,
};
use xtask_harness::server::ADMIN_PASSWORD;

const NEW: &str = "N3w_password";
/// How soon a stream ends after the command.
const ENDED: Duration = Duration::from_secs(2);

/// Returns a file from which a program reads this text.
fn input(text: &str) -> Stdio {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.rewind().unwrap();
    file.into()
}

pub(crate) fn reset(server: &TestServer, username: &str, typed: &str) -> (i32, String) {
    let mut command = server.command();
    command.args(["user", "reset-password", username]);
    // It needs none.
    command.env_remove("APIKEY_PEPPER");
    run(command.stdin(input(typed)))
}

async fn sign_in(client: &Client, username: &str, password: &str) -> u16 {
    let request = client.request(Method::GET, "/v2/users/me");
    answer(request.basic_auth(username, Some(password))).await.0
}

/// Everywhere else a number is an id, and somebody else would be meant.
#[tokio::test]
async fn a_number_is_no_name_unless_that_is_said() {
    let mut server = TestServer::start(Kind::Sqlite).await;
    Client::new(&server).user("42").await;
    assert!(server.terminate().success());
    for (user, code, said) in [
        ("42", 1, "give the name with which they sign in"),
        ("id:2", 1, "give the name with which they sign in"),
        ("name:42", 0, "changed the password of \"42\""),
    ] {
        let (found, printed) = reset(&server, user, "Passw0rd_2\n");
        assert_eq!(found, code, "{user}: {printed}");
        assert!(printed.contains(said), "{user}: {printed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_server_applies_a_new_password_before_the_command_ends() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let server = TestServer::start(kind).await;
        let client = Client::new(&server);
        let user = client.user("alice").await;
        assert_eq!(sign_in(&client, "alice", ADMIN_PASSWORD).await, 200);
        let watch = client.request(Method::GET, "/v2/api-keys?watch=true");
        let watch = watch.basic_auth("alice", Some(ADMIN_PASSWORD)).send();
        let mut stream = watch.await.unwrap().bytes_stream();
        let (_, key) = client.own_key("alice").await;
        stream.next().await.unwrap().unwrap();

        let (code, printed) = reset(&server, "alice", &format!("{NEW}\n"));
        assert_eq!(code, 0, "{printed}");
        assert!(
            printed.contains("changed the password of \"alice\"\n"),
            "{printed}"
        );
        assert_eq!(sign_in(&client, "alice", ADMIN_PASSWORD).await, 401);
        assert_eq!(sign_in(&client, "alice", NEW).await, 200);
        let end = tokio::time::timeout(ENDED, async {
            while let Some(Ok(_)) = stream.next().await {}
        });
        assert!(end.await.is_ok(), "the stream goes on");
        assert_eq!(client.verify(&key, "m").await, 200, "keys stay");

        let path = format!("/v2/events?kind=user.password_changed&user_id={user}");
        let (_, events) = answer(client.as_admin(Method::GET, &path)).await;
        let events = events["items"].as_array().unwrap();
        assert_eq!(events.len(), 1, "{events:?}");
        assert_eq!(events[0]["by"], Value::Null);
        // Later changes are in order, and reach watchers.
        client.create_key("later").await;
        let log = server.log();
        assert!(!log.contains(NEW) && !log.contains("ERROR"), "{log}");
    }
}

#[tokio::test]
async fn a_password_is_reset_without_a_server_and_after_one_was_killed() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut server = TestServer::start(kind).await;
        server.kill();
        let (code, printed) = reset(&server, "admin", &format!("{NEW}\r\n"));
        assert_eq!(code, 0, "{printed}");
        server.start_again().await;
        let client = Client::new(&server);
        assert_eq!(sign_in(&client, "admin", ADMIN_PASSWORD).await, 401);
        assert_eq!(sign_in(&client, "admin", NEW).await, 200);
        // The server took the place of the one that was killed.
        let (code, printed) = reset(&server, "admin", ADMIN_PASSWORD);
        assert_eq!(code, 0, "{printed}");
        assert_eq!(sign_in(&client, "admin", NEW).await, 401);
        client.create_key("later").await;
    }
}

#[tokio::test]
async fn a_command_that_cannot_do_it_says_why() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let server = TestServer::start(kind).await;
        let client = Client::new(&server);
        let bob = client.user("bob").await;
        for (username, typed, expected, part) in [
            ("nobody", NEW, 1, "there is no user named \"nobody\""),
            ("Bob", NEW, 1, "there is no user named \"Bob\""),
            ("bob", "weak", 2, "must have at least 8 characters"),
            ("bob", "", 2, "it is empty"),
            ("bob", "\n", 2, "it is empty"),
            ("bob", "N3w_password\n\n", 2, "without control characters"),
        ] {
            let (code, printed) = reset(&server, username, typed);
            assert_eq!(code, expected, "{printed}");
            assert!(printed.contains(part), "{printed}");
            assert!(!printed.contains(NEW), "{printed}");
        }
        assert_eq!(sign_in(&client, "bob", ADMIN_PASSWORD).await, 200);
        let path = format!("/v2/users/{bob}");
        client
            .change(Method::PUT, &path, json!({"is_active": false}))
            .await;
        let (code, printed) = reset(&server, "bob", NEW);
        assert_eq!(code, 0, "{printed}");
        assert!(
            printed.contains("\"bob\", who is deactivated\n"),
            "{printed}"
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let mut away = crate::support::command(folder.path());
    away.args(["user", "reset-password", "bob"]);
    let (code, printed) = run(away.stdin(input(NEW)));
    assert_eq!(code, 1, "{printed}");
    assert!(
        printed.contains("there is no database data/apikey.db"),
        "{printed}"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// Runs a command on a terminal to its end, and types each line once it is asked for.
/// Returns its exit code, what it asked, and what the terminal showed of a line that was
/// typed after it.
fn on_terminal(command: &mut Command, lines: &[&str]) -> (i32, String, String) {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let name = ptsname(&controller, Vec::new()).unwrap();
    let terminal = File::options()
        .read(true)
        .write(true)
        .open(name.to_str().unwrap())
        .unwrap();
    let mut keyboard = File::from(controller);
    command.stdin(terminal).stdout(Stdio::null());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut asking = child.stderr.take().unwrap();
    let mut asked = String::new();
    for line in lines {
        let mut letter = [0];
        while letter != *b":" && asking.read(&mut letter).unwrap() == 1 {
            asked.push(char::from(letter[0]));
        }
        writeln!(keyboard, "{line}").unwrap();
    }
    asking.read_to_string(&mut asked).unwrap();
    let status = child.wait().unwrap();
    writeln!(keyboard, "later").unwrap();
    let mut shown = [0; 1_024];
    let length = keyboard.read(&mut shown).unwrap();
    let shown = String::from_utf8_lossy(&shown[..length]).into_owned();
    (status.code().unwrap(), asked, shown)
}

#[tokio::test]
async fn on_a_terminal_the_password_is_typed_twice_and_not_shown() {
    let server = TestServer::start(Kind::Sqlite).await;
    let client = Client::new(&server);
    let command = || {
        let mut command = server.command();
        command.args(["user", "reset-password", "admin"]);
        command
    };
    let lines = ["N3w_passwort", NEW, NEW, NEW];
    let (code, asked, shown) = on_terminal(&mut command(), &lines);
    assert_eq!(code, 0, "{asked}");
    assert!(asked.contains("They differ."), "{asked}");
    assert_eq!(shown, "later\r\n");
    assert_eq!(sign_in(&client, "admin", NEW).await, 200);
    let (code, asked, _) = on_terminal(&mut command(), &["a", "b", "c", "d", "e", "f"]);
    assert_eq!(code, 2, "{asked}");
    assert_eq!(sign_in(&client, "admin", NEW).await, 200);
}
