//! Where the pepper comes from, and what happens to keys when it goes.

use crate::support::{Kind, TestServer, client::Client, command, run};
use std::path::Path;
use xtask_harness::server::pepper;

/// Writes a file with a pepper and returns its path.
fn file(folder: &Path, name: &str, contents: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, contents).unwrap();
    path.display().to_string()
}

async fn start_with_pepper_file(server: &mut TestServer, path: &str) {
    server
        .start_changed(|command| {
            command
                .env_remove("APIKEY_PEPPER")
                .env("APIKEY_PEPPER_FILE", path);
        })
        .await;
}

#[tokio::test]
async fn a_pepper_from_a_file_is_the_same_as_from_the_variable() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut server = TestServer::start(kind).await;
        let key = Client::new(&server).create_key("ci").await;
        let key = key["value"].as_str().unwrap();
        server.kill();
        let path = file(server.folder(), "given", &format!("{}\n", pepper()));
        start_with_pepper_file(&mut server, &path).await;
        let client = Client::new(&server);
        assert_eq!(client.verify(key, "m").await, 200, "{kind}");
        assert!(!server.folder().join("pepper").exists(), "{kind}");
        assert!(!server.log().contains(&pepper()), "{kind}");
    }
}

#[tokio::test]
async fn keys_under_a_pepper_that_was_removed_are_refused_like_unknown_ones() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut server = TestServer::start(kind).await;
        let old = Client::new(&server).create_key("old").await;
        let old = old["value"].as_str().unwrap();
        // One that was killed would be waited for: it may still have the old pepper.
        server.terminate();
        let new_pepper = "77".repeat(32);
        let both = format!("{new_pepper},{}\n", pepper());
        let path = file(server.folder(), "both", &both);
        start_with_pepper_file(&mut server, &path).await;
        let client = Client::new(&server);
        let new = client.create_key("new").await;
        let new = new["value"].as_str().unwrap();
        for key in [old, new] {
            assert_eq!(client.verify(key, "m").await, 200, "{kind}");
        }
        server.kill();
        let path = file(server.folder(), "new", &new_pepper);
        start_with_pepper_file(&mut server, &path).await;
        let client = Client::new(&server);
        let log = server.log();
        let missing = "keys are refused: their digests are under peppers";
        assert_eq!(log.matches(missing).count(), 1, "{kind}: {log}");
        let length = log.len();
        assert_eq!(client.verify(old, "m").await, 401, "{kind}");
        assert_eq!(client.verify(new, "m").await, 200, "{kind}");
        assert_eq!(server.log().len(), length, "{kind}: {}", server.log());
    }
}

#[test]
fn a_pepper_file_that_cannot_be_used_is_refused_and_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let short = file(folder.path(), "short", "c0ffee00\n");
    let wrong = file(folder.path(), "wrong", &"do-not-show".repeat(8));
    let empty = file(folder.path(), "empty", "");
    let one_of_two = file(
        folder.path(),
        "two",
        &format!("{},c0ffee00", "5a".repeat(32)),
    );
    let folder_itself = folder.path().display().to_string();
    for path in [
        "missing",
        &short,
        &wrong,
        &empty,
        &one_of_two,
        &folder_itself,
    ] {
        let mut command = command(folder.path());
        let (code, printed) = run(command.env("APIKEY_PEPPER_FILE", path));
        assert_eq!(code, 2, "{path}: {printed}");
        assert!(printed.contains("APIKEY_PEPPER_FILE"), "{path}: {printed}");
        for secret in ["c0ffee00", "do-not-show", "5a5a"] {
            assert!(!printed.contains(secret), "{path}: {printed}");
        }
    }
    let good = file(folder.path(), "good", &"5a".repeat(32));
    let mut command = command(folder.path());
    command.env("APIKEY_PEPPER_FILE", good);
    let (code, printed) = run(command.env("APIKEY_PEPPER", "5a".repeat(32)));
    assert_eq!(code, 2, "{printed}");
    assert!(printed.contains("not to be set together"), "{printed}");
    assert!(!folder.path().join("data").exists());
}
