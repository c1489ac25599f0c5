//! The file, across stops, rotations and disks that are full.

use super::*;
use apikey_diesel::Supervisor;
use apikey_domain::testing::ManualClock;
use apikey_testing::TestApp;
use std::{
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
};
use tempfile::TempDir;

/// A record of changes, and a folder for its audit log.
struct Fixture {
    app: TestApp,
    folder: TempDir,
    hangups: watch::Sender<u64>,
}

impl Fixture {
    fn new() -> Self {
        Self {
            app: TestApp::new(),
            folder: tempfile::tempdir().unwrap(),
            hangups: watch::channel(0).0,
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("audit")
    }

    fn open(&self) -> anyhow::Result<AuditLog> {
        AuditLog::open(
            &self.path(),
            self.app.memory.clone(),
            Arc::new(ManualClock::default()),
            self.app.keys.verify.key_prefix.clone(),
            self.hangups.subscribe(),
        )
    }

    /// Opens the log, writes what there is, and closes it.
    async fn write(&self) {
        let mut log = self.open().unwrap();
        while log.go_on().await {}
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.path()).unwrap()
    }

    /// Returns the usernames and special kinds in the log.
    fn shown(&self) -> Vec<String> {
        let text = self.text();
        assert!(text.is_empty() || text.ends_with('\n'), "{text:?}");
        let lines = text.lines().map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let name = line["after"]["username"].as_str();
            name.or(line["kind"].as_str()).unwrap().to_owned()
        });
        lines.collect()
    }
}

#[tokio::test]
async fn each_event_is_written_once_however_often_the_log_is_opened() {
    let fixture = Fixture::new();
    fixture.write().await;
    assert_eq!(fixture.text(), "");
    for user in ["alice", "bob"] {
        fixture.app.user(user).await;
        fixture.write().await;
        fixture.write().await;
    }
    for number in 0..250 {
        fixture.app.user(&format!("user {number}")).await;
    }
    fixture.write().await;
    let shown = fixture.shown();
    assert_eq!(shown.len(), 252);
    assert_eq!(shown[..2], ["alice", "bob"]);
    assert_eq!(shown[251], "user 249");
    let mode = fixture.path().metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_line_that_was_not_written_to_its_end_is_cut_and_written_again() {
    let fixture = Fixture::new();
    fixture.app.user("alice").await;
    fixture.app.user("bob").await;
    fixture.write().await;
    let text = fixture.text();
    let first = text.find('\n').unwrap() + 1;
    for end in [first + 1, first + 40, text.len() - 1] {
        std::fs::write(fixture.path(), &text[..end]).unwrap();
        fixture.write().await;
        assert_eq!(fixture.text(), text, "{end}");
    }
}

#[tokio::test]
async fn a_file_that_is_something_else_is_refused_and_left_as_it_is() {
    let fixture = Fixture::new();
    for text in [
        "x",
        "a line\n",
        "a line\nand a half",
        "{\"id\":\"first\"}\n",
        "\n",
    ] {
        std::fs::write(fixture.path(), text).unwrap();
        let refused = format!("{:#}", fixture.open().err().unwrap());
        assert!(refused.contains("does not end with a line"), "{refused}");
        assert_eq!(fixture.text(), text);
    }
    std::fs::remove_file(fixture.path()).unwrap();
    std::fs::create_dir(fixture.path()).unwrap();
    let refused = format!("{:#}", fixture.open().err().unwrap());
    assert!(refused.contains("it is not a file"), "{refused}");
}

/// A machine that lost its power must not keep the server from its next start.
#[tokio::test]
async fn a_first_line_that_was_not_written_to_its_end_is_written_again() {
    let fixture = Fixture::new();
    fixture.app.user("alice").await;
    for begun in ["{", "{\"id\":\"812-5\",\"kind\":\"audit.con"] {
        std::fs::write(fixture.path(), begun).unwrap();
        check(&fixture.path()).unwrap();
        assert_eq!(fixture.text(), begun);
        fixture.write().await;
        assert_eq!(fixture.shown(), ["alice"]);
    }
}

#[tokio::test]
async fn what_a_start_would_refuse_is_not_written_after_a_rotation_either() {
    let fixture = Fixture::new();
    fixture.app.user("alice").await;
    let mut log = fixture.open().unwrap();
    log.go_on().await;
    let moved = fixture.folder.path().join("audit.1");
    std::fs::rename(fixture.path(), &moved).unwrap();
    std::fs::write(fixture.path(), "of somebody else\n").unwrap();
    assert!(check(&fixture.path()).is_err());
    log.reopen().await;
    fixture.app.user("bob").await;
    log.go_on().await;
    assert_eq!(fixture.text(), "of somebody else\n");
    assert!(std::fs::read_to_string(&moved).unwrap().contains("bob"));
    // One that was written before says where it goes on.
    std::fs::copy(&moved, fixture.path()).unwrap();
    log.reopen().await;
    assert_eq!(fixture.shown(), ["alice", "bob", "audit.continued"]);
}

#[tokio::test]
async fn two_processes_do_not_write_one_file() {
    let fixture = Fixture::new();
    let first = fixture.open().unwrap();
    let refused = format!("{:#}", fixture.open().err().unwrap());
    assert!(refused.contains("another process writes it"), "{refused}");
    drop(first);
    fixture.open().unwrap();
}

#[tokio::test]
async fn a_file_that_was_moved_away_is_opened_again_and_the_new_one_says_where_it_goes_on() {
    let fixture = Fixture::new();
    fixture.app.user("alice").await;
    let mut log = fixture.open().unwrap();
    log.go_on().await;
    // Without another file there is nothing to open.
    log.reopen().await;
    assert_eq!(fixture.shown(), ["alice"]);
    let moved = fixture.folder.path().join("audit.1");
    std::fs::rename(fixture.path(), &moved).unwrap();
    fixture.app.user("bob").await;
    log.go_on().await;
    log.reopen().await;
    assert_eq!(fixture.shown(), ["audit.continued"]);
    drop(log);
    fixture.app.user("carol").await;
    fixture.write().await;
    assert_eq!(fixture.shown(), ["audit.continued", "carol"]);
    let before = std::fs::read_to_string(moved).unwrap();
    assert!(
        before.contains("bob") && !before.contains("carol"),
        "{before}"
    );
}

#[tokio::test]
async fn what_was_cut_off_by_a_rotation_in_place_is_not_filled_with_nothing() {
    let fixture = Fixture::new();
    fixture.app.user("alice").await;
    let mut log = fixture.open().unwrap();
    log.go_on().await;
    std::fs::File::options()
        .write(true)
        .truncate(true)
        .open(fixture.path())
        .unwrap();
    fixture.app.user("bob").await;
    log.go_on().await;
    assert_eq!(fixture.shown(), ["bob"]);
}

#[tokio::test]
async fn a_position_of_another_record_and_a_gap_have_lines() {
    let fixture = Fixture::new();
    fixture.app.user("alice").await;
    let line = Special::Continued.line(
        Position {
            horizon: 900,
            number: 7,
        },
        ManualClock::default().now(),
    );
    std::fs::write(fixture.path(), line).unwrap();
    fixture.write().await;
    assert_eq!(fixture.shown(), ["audit.continued", "audit.other_record"]);
    fixture.app.user("bob").await;
    fixture.write().await;
    let shown = fixture.shown();
    assert_eq!(shown[shown.len() - 1], "bob", "{shown:?}");
}

/// A device that is full takes nothing, and the same lines are written when it does.
#[tokio::test]
async fn a_full_disk_is_waited_for() {
    let fixture = Fixture::new();
    fixture.app.user("alice").await;
    let mut log = fixture.open().unwrap();
    // Dropped, so that it can be opened again.
    log.file = AuditFile::full(&fixture.path());
    let is_written = Arc::new(AtomicBool::new(false));
    let noted = Arc::clone(&is_written);
    let path = fixture.path();
    let writing = tokio::spawn(async move {
        log.go_on().await;
        noted.store(true, Ordering::SeqCst);
        log
    });
    sleep(PAUSE + PAUSE / 2).await;
    assert!(!is_written.load(Ordering::SeqCst));
    // The path leads to another file than the device.
    fixture.hangups.send_modify(|number| *number += 1);
    let log = writing.await.unwrap();
    assert_eq!(log.failing, None);
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains("alice"), "{text}");
}

#[tokio::test]
async fn what_happens_while_it_runs_is_written_within_seconds() {
    let fixture = Fixture::new();
    let supervisor = Supervisor::default();
    let log = fixture.open().unwrap();
    let running = log.start(supervisor.attend("the audit log"));
    fixture.app.user("alice").await;
    for _ in 0..50 {
        if !fixture.text().is_empty() {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(fixture.shown(), ["alice"]);
    supervisor.stop();
    running.abort();
}
