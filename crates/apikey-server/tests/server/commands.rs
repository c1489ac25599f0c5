//! The subcommands that are calls of the service: in the name of a platform admin, while
//! servers run and without one, and with a key.

mod confirmed;
mod large_lists;
mod lying_server;
mod no_administrator;
mod others;
mod signals;
mod with_a_key;

use crate::support::{Kind, TestServer};
use serde_json::Value;
use std::{
    io::{Read, Seek, Write},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// What a command did.
struct Done {
    code: i32,
    output: String,
    errors: String,
}

// === impl Done ===

impl Done {
    /// Returns the JSON that was printed, a value a line.
    fn json(&self) -> Vec<Value> {
        assert_eq!(self.code, 0, "{}", self.errors);
        let lines = self.output.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Expects a failure that says something, and prints nothing else.
    fn must_fail(&self, code: i32, part: &str) {
        assert_eq!(self.code, code, "{} {}", self.output, self.errors);
        assert!(self.errors.contains(part), "{}", self.errors);
        assert_eq!(self.output, "");
    }
}

/// Runs a command to its end, which reads `typed`.
fn run(mut command: Command, typed: &str) -> Done {
    let mut input = tempfile::tempfile().unwrap();
    input.write_all(typed.as_bytes()).unwrap();
    input.rewind().unwrap();
    // A pipe that nobody reads meanwhile would stop it.
    let [mut output, mut errors] = [(); 2].map(|()| tempfile::tempfile().unwrap());
    let status = command
        .stdin(input)
        .stdout(Stdio::from(output.try_clone().unwrap()))
        .stderr(Stdio::from(errors.try_clone().unwrap()))
        .status()
        .unwrap();
    let [output, errors] = [&mut output, &mut errors].map(|file| {
        let mut text = String::new();
        file.rewind().unwrap();
        file.read_to_string(&mut text).unwrap();
        text
    });
    Done {
        code: status.code().unwrap(),
        output,
        errors,
    }
}

/// Runs a command on the database of a server.
fn on(server: &TestServer, arguments: &[&str], typed: &str) -> Done {
    let mut command = server.command();
    command.args(arguments);
    run(command, typed)
}

/// Asks until there is something: on PostgreSQL an event appears once all transactions that
/// began before it have ended.
fn until_some(ask: impl Fn() -> Vec<Value>) -> Vec<Value> {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let found = ask();
        if !found.is_empty() || Instant::now() > deadline {
            return found;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

const PASSWORD: &str = "Passw0rd_1\n";

/// Creates, lists, shows, changes and deletes one of each.
fn one_of_each(server: &TestServer) {
    let ask = |arguments: &[&str]| {
        let done = on(server, arguments, PASSWORD);
        assert_eq!(done.code, 0, "{arguments:?}: {}", done.errors);
        done
    };
    let json = |arguments: &[&str]| {
        let done = ask(&[arguments, &["--json"]].concat());
        done.json()
    };
    let alice = json(&["user", "create", "alice", "--full-name", "Alice A."]).remove(0);
    assert_eq!(alice["full_name"], "Alice A.");
    assert_eq!(alice["is_admin"], false);
    let users = json(&["user", "list"]);
    assert_eq!(users.len(), 2);
    assert_eq!(users[1], alice);
    let table = ask(&["user", "list", "--search", "ali"]).output;
    assert!(table.starts_with("ID  USERNAME  ADMIN  ACTIVE"), "{table}");
    assert_eq!(table.lines().count(), 2, "{table}");
    let changed = json(&["user", "change", "alice", "--no-full-name"]).remove(0);
    assert_eq!(changed["full_name"], Value::Null);

    let acme = json(&["org", "create", "acme", "--name", "Acme"]).remove(0);
    assert_eq!(acme["name"], "Acme");
    let shown = ask(&["org", "show", "acme"]).output;
    assert!(shown.contains("slug                     acme\n"), "{shown}");
    let changed = json(&["org", "change", "acme", "--description", "tools"]).remove(0);
    assert_eq!(changed["description"], "tools");
    assert_eq!(json(&["org", "list"]), [changed]);

    let member = json(&["member", "create", "acme", "alice"]).remove(0);
    assert_eq!(member["role"], "user");
    let member = json(&["member", "change", "acme", "alice", "--role", "admin"]).remove(0);
    assert_eq!(
        json(&["member", "show", "acme", "alice"]),
        std::slice::from_ref(&member)
    );
    assert_eq!(json(&["member", "list", "acme"]), [member]);
    on(server, &["member", "show", "acme", "admin"], "").must_fail(4, "Member not found");

    let key = [
        "key",
        "create",
        "ci",
        "--user",
        "alice",
        "--scope",
        "inference",
    ];
    let key = json(
        &[
            &key[..],
            &["--expires-in", "90d", "--metadata", "team=search"],
        ]
        .concat(),
    );
    assert_eq!(key[0]["user_name"], "alice");
    assert_eq!(key[0]["metadata"]["team"], "search");
    let value = key[0]["value"].as_str().unwrap();
    let rotated = json(&["key", "rotate", "ci", "--grace", "1h"]).remove(0);
    assert_ne!(rotated["value"], value);
    let listed = json(&["key", "list", "--metadata", "team=search"]);
    assert_eq!((listed.len(), &listed[0]["value"]), (1, &Value::Null));
    let changed = json(&["key", "change", "ci", "--disable", "--never-expires"]).remove(0);
    assert_eq!(
        (&changed["status"], &changed["expires_at"]),
        (&"disabled".into(), &Value::Null)
    );
    let tried = json(&["key", "change", "ci", "--enable", "--dry-run"]).remove(0);
    assert_eq!(tried["status"], "active");
    assert_eq!(json(&["key", "show", "ci"])[0]["status"], "disabled");
    json(&["key", "create", "nightly", "--org", "acme"]);
    let reason = ["--reason", "unused", "--yes"];
    let revoked = json(&[&["key", "revoke", "nightly"][..], &reason].concat()).remove(0);
    assert_eq!(revoked["status"], "revoked");
    assert_eq!(json(&["key", "list", "--org", "acme"]), [revoked]);

    for delete in [["key", "delete", "ci"], ["user", "delete", "alice"]] {
        on(server, &delete, "").must_fail(2, "add --yes");
    }
    let deleted = ask(&["key", "delete", "ci", "--yes"]).output;
    assert!(
        deleted.starts_with("deleted the key \"ci\" (id "),
        "{deleted}"
    );
    on(server, &["key", "delete", "ci", "--yes"], "").must_fail(4, "there is no key \"ci\"");
    let delete = ["org", "delete", "acme", "--yes"];
    on(server, &delete, "").must_fail(3, "Organization still owns API keys");
    assert_eq!(json(&["key", "delete", "nightly", "--yes"]), [Value::Null]);
    ask(&["member", "create", "acme", "admin", "--role", "admin"]);
    ask(&["member", "delete", "acme", "alice", "--yes"]);
    ask(&["org", "delete", "acme", "--yes"]);
    ask(&["user", "delete", "alice", "--yes"]);
    on(server, &["user", "show", "alice"], "").must_fail(4, "there is no user \"alice\"");

    // All of it was done in the name of the first platform admin.
    let deletions = until_some(|| json(&["event", "list", "--kind", "user.deleted"]));
    assert_eq!(deletions.len(), 1);
    let events = json(&["event", "list"]);
    let by = |event: &Value| event["by"]["user_id"].as_i64();
    assert!(events.len() > 15, "{events:?}");
    assert!(
        events[1..].iter().all(|event| by(event) == Some(1)),
        "{events:?}"
    );
    let all = events.iter().chain(&deletions).map(ToString::to_string);
    assert!(all.clone().all(|event| !event.contains(value)));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_thing_is_administered_by_a_running_server_on_sqlite() {
    one_of_each(&TestServer::start(Kind::Sqlite).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_thing_is_administered_beside_a_running_server_on_postgres() {
    one_of_each(&TestServer::start(Kind::Postgres).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_thing_is_administered_without_a_server() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut server = TestServer::start(kind).await;
        assert!(server.terminate().success());
        one_of_each(&server);
        // The server goes on from there.
        server.start_again().await;
    }
}
