//! Peppers are replaced while servers run, and digests move to the newest one.

use crate::support::{Kind, TestServer, client::Client, command, run};
use serde_json::Value;
use std::{path::PathBuf, process::Command, time::Duration};
use tokio::time::Instant;
use xtask_harness::server::pepper;
use xtask_programs::process::Signal;

const NEW: &str = "77";
/// What is said when keys need a pepper that was not given.
const MISSING: &str = "their digests are under peppers that are not among those given";
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that reads its peppers from a file.
struct Node {
    server: TestServer,
    file: PathBuf,
}

impl Node {
    /// Starts a server with these peppers.
    async fn start(mut server: TestServer, peppers: &str) -> Self {
        let file = server.folder().join("peppers");
        std::fs::write(&file, peppers).unwrap();
        let path = file.clone();
        server
            .start_changed(|command| from_file(command, &path))
            .await;
        Self { server, file }
    }

    /// Gives it other peppers while it runs.
    fn give(&self, peppers: &str) {
        std::fs::write(&self.file, peppers).unwrap();
        self.server.signal(Signal::HUP);
    }

    /// Waits until its log has this line so many times.
    async fn logs(&self, line: &str, times: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.server.log().matches(line).count() < times {
            assert!(Instant::now() < deadline, "{line}: {}", self.server.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Returns what `pepper show` says of it, and its exit code.
    fn shown(&self) -> (i32, Vec<Value>) {
        let mut command = self.server.command();
        from_file(&mut command, &self.file);
        let (code, printed) = run(command.args(["pepper", "show", "--json"]));
        let lines = printed.lines().find(|line| line.starts_with('['));
        let lines = lines.unwrap_or_else(|| panic!("{code}: {printed}"));
        (code, serde_json::from_str(lines).unwrap())
    }

    /// Waits until so many secrets have a digest under the newest pepper, and none under
    /// others.
    async fn has_moved(&self, digests: u64) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (_, shown) = self.shown();
            let of = |line: &Value| line["digests"].as_u64().unwrap();
            let others: u64 = shown.iter().skip(1).map(of).sum();
            if of(&shown[0]) == digests && others == 0 {
                return;
            }
            assert!(Instant::now() < deadline, "{shown:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

fn from_file(command: &mut Command, file: &std::path::Path) {
    command
        .env_remove("APIKEY_PEPPER")
        .env("APIKEY_PEPPER_FILE", file);
}

fn new_pepper() -> String {
    NEW.repeat(32)
}

fn both() -> String {
    format!("{},{}\n", new_pepper(), pepper())
}

#[tokio::test]
async fn a_key_that_was_used_under_both_peppers_outlives_the_old_one() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let node = Node::start(TestServer::not_started_on(kind).await, &pepper()).await;
        let client = Client::new(&node.server);
        let mut keys = Vec::new();
        for name in ["used", "cached", "unused"] {
            let key = client.create_key(name).await;
            keys.push(key["value"].as_str().unwrap().to_owned());
        }
        // Its facts are in memory from before.
        assert_eq!(client.verify(&keys[1], "m").await, 200, "{kind}");
        node.give(&both());
        node.logs("read the pepper again", 1).await;
        for key in &keys[..2] {
            assert_eq!(client.verify(key, "m").await, 200, "{kind}");
        }
        let made = client.create_key("made").await;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (code, shown) = node.shown();
            assert_eq!(code, 0, "{kind}: {shown:?}");
            if shown[0]["digests"] == 3 && shown[1]["digests"] == 1 {
                break;
            }
            assert!(Instant::now() < deadline, "{kind}: {shown:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert!(
            !node.server.log().contains(MISSING),
            "{kind}: nothing is missing"
        );
        node.give(&new_pepper());
        node.logs("read the pepper again", 2).await;
        assert_eq!(node.server.log().matches(MISSING).count(), 1, "{kind}");
        let made = made["value"].as_str().unwrap();
        for (key, status) in [
            (&*keys[0], 200),
            (&keys[1], 200),
            (made, 200),
            (&keys[2], 401),
        ] {
            assert_eq!(client.verify(key, "m").await, status, "{kind}");
        }
        let (code, shown) = node.shown();
        assert_eq!(code, 3, "{kind}: {shown:?}");
        // Who is in doubt asks the database, and not the order.
        node.give(&format!("{},{}", pepper(), new_pepper()));
        node.logs("read the pepper again", 3).await;
        client.create_key("later").await;
        assert_eq!(
            node.server.log().matches(MISSING).count(),
            1,
            "{kind}: it is there again"
        );
        let (code, shown) = node.shown();
        assert_eq!(
            (code, &shown[0]["digests"]),
            (0, &4.into()),
            "{kind}: {shown:?}"
        );
        assert!(!node.server.log().contains(&new_pepper()), "{kind}");
    }
}

/// Each time the digest that is cached is another than the one before.
#[tokio::test]
async fn a_key_that_is_always_in_memory_moves_at_each_rotation() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let node = Node::start(TestServer::not_started_on(kind).await, &pepper()).await;
        let client = Client::new(&node.server);
        let key = client.create_key("used").await;
        let key = key["value"].as_str().unwrap();
        assert_eq!(client.verify(key, "m").await, 200, "{kind}");
        let mut peppers = pepper();
        for (times, new) in ["77", "88", "99"].iter().enumerate() {
            peppers = format!("{},{peppers}", new.repeat(32));
            node.give(&peppers);
            node.logs("read the pepper again", times + 1).await;
            assert_eq!(client.verify(key, "m").await, 200, "{kind}");
            node.has_moved(1).await;
            assert_eq!(client.verify(key, "m").await, 200, "{kind}");
        }
        node.give(&"99".repeat(32));
        node.logs("read the pepper again", 4).await;
        assert_eq!(client.verify(key, "m").await, 200, "{kind}");
    }
}

#[tokio::test]
async fn a_new_pepper_is_used_once_every_node_knows_it() {
    let one = TestServer::not_started_on(Kind::Postgres).await;
    let other = one.idle_beside();
    let (one, other) = (
        Node::start(one, &pepper()).await,
        Node::start(other, &pepper()).await,
    );
    let client = Client::new(&one.server);
    let key = client.create_key("ci").await;
    let key = key["value"].as_str().unwrap();
    one.give(&both());
    one.logs("a new pepper waits until every node knows it", 1)
        .await;
    let made = client.create_key("made").await;
    let made = made["value"].as_str().unwrap();
    let elsewhere = Client::new(&other.server);
    for key in [key, made] {
        assert_eq!(elsewhere.verify(key, "m").await, 200);
    }
    assert_eq!(
        one.shown().1[0]["digests"],
        2,
        "it was made under the old one"
    );
    // The other one follows, in whichever order it has them.
    other.give(&format!("{},{}", pepper(), new_pepper()));
    other.logs("read the pepper again", 1).await;
    one.logs("another pepper is the newest", 1).await;
    other.logs("another pepper is the newest", 1).await;
    for key in [key, made] {
        assert_eq!(elsewhere.verify(key, "m").await, 200);
    }
    one.has_moved(2).await;
    for key in [key, made] {
        assert_eq!(client.verify(key, "m").await, 200);
    }
}

#[tokio::test]
async fn a_node_with_other_peppers_does_not_start_also_before_the_first_key() {
    let server = TestServer::start(Kind::Postgres).await;
    let (code, printed) = run(&mut server.command_with_pepper(&new_pepper()));
    assert_eq!(code, 1, "{printed}");
    assert!(
        printed.contains("the newest pepper of this database is"),
        "{printed}"
    );
    assert!(!printed.contains(&new_pepper()), "{printed}");
}

#[tokio::test]
async fn peppers_that_cannot_be_used_leave_those_of_before() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let node = Node::start(TestServer::not_started_on(kind).await, &pepper()).await;
        let client = Client::new(&node.server);
        let key = client.create_key("ci").await;
        let key = key["value"].as_str().unwrap();
        for (times, wrong) in ["c0ffee00", "", &new_pepper()].iter().enumerate() {
            node.give(wrong);
            node.logs("the pepper was not replaced", times + 1).await;
            assert_eq!(client.verify(key, "m").await, 200, "{kind}");
        }
        std::fs::remove_file(&node.file).unwrap();
        node.server.signal(Signal::HUP);
        node.logs("the pepper was not replaced", 4).await;
        assert_eq!(client.verify(key, "m").await, 200, "{kind}");
        let log = node.server.log();
        assert!(
            !log.contains("c0ffee00") && !log.contains(&new_pepper()),
            "{log}"
        );
    }
}

#[tokio::test]
async fn a_command_rotates_the_pepper_of_a_file_while_the_server_runs() {
    let mut node = Node::start(TestServer::not_started_on(Kind::Sqlite).await, &pepper()).await;
    let client = Client::new(&node.server);
    let key = client.create_key("ci").await;
    let key = key["value"].as_str().unwrap();
    let rotate = |node: &Node| {
        let mut command = node.server.command();
        from_file(&mut command, &node.file);
        run(command.args(["pepper", "rotate"]))
    };
    let (code, printed) = rotate(&node);
    assert_eq!(code, 0, "{printed}");
    assert!(printed.contains("The server uses it"), "{printed}");
    let peppers = std::fs::read_to_string(&node.file).unwrap();
    assert!(peppers.trim().ends_with(&pepper()) && peppers.len() == 2 * 64 + 2);
    assert!(!printed.contains(&peppers[..64]), "{printed}");
    assert_eq!(client.verify(key, "m").await, 200);
    node.has_moved(1).await;
    node.server.kill();
    let (code, printed) = rotate(&node);
    assert_eq!(code, 0, "{printed}");
    assert!(printed.contains("No server is running"), "{printed}");
    let Node { server, file } = node;
    let peppers = std::fs::read_to_string(file).unwrap();
    assert_eq!(peppers.split(',').count(), 3);
    let node = Node::start(server, &peppers).await;
    assert_eq!(Client::new(&node.server).verify(key, "m").await, 200);
    node.has_moved(1).await;
}

#[tokio::test]
async fn a_pepper_that_is_set_by_hand_is_not_rotated() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let server = TestServer::start(kind).await;
        let (code, printed) = run(server.command().args(["pepper", "rotate"]));
        assert_eq!(code, 1, "{kind}: {printed}");
        let expected = match kind {
            Kind::Sqlite => "the peppers are in APIKEY_PEPPER",
            Kind::Postgres => "send each node SIGHUP",
        };
        assert!(printed.contains(expected), "{kind}: {printed}");
    }
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path());
    let (code, printed) = run(command.args(["pepper", "rotate"]));
    assert_eq!(code, 1, "{printed}");
    assert!(printed.contains("the first start makes it"), "{printed}");
}
