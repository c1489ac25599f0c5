//! Putting a backup in the place of a database: what is refused, and what becomes of what was
//! there.

use super::{backed_up, elsewhere};
use crate::support::{Kind, TestServer, client::Client, run};
use std::{fs::File, path::Path, process::Command};

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_restored_is_refused_and_changes_nothing() {
    let server = TestServer::start(Kind::Sqlite).await;
    Client::new(&server).create_key("one").await;
    let (good, _) = backed_up(&server, "good.db");
    let changed = |name: &str, statement: &str| {
        let file = server.folder().join(name);
        std::fs::copy(&good, &file).unwrap();
        execute(&file, statement);
        file
    };
    let later = changed(
        "later.db",
        "INSERT INTO __diesel_schema_migrations (version) VALUES ('20990101000000')",
    );
    let foreign = server.folder().join("foreign.db");
    execute(&foreign, "CREATE TABLE x (y)");
    let damaged = server.folder().join("damaged.db");
    let mut bytes = std::fs::read(&good).unwrap();
    let third = bytes.len() / 3;
    bytes.get_mut(third..2 * third).unwrap().fill(0x5a);
    std::fs::write(&damaged, bytes).unwrap();
    let text = server.folder().join("text.db");
    std::fs::write(&text, "no database").unwrap();
    let in_use = server.folder().join("in_use.db");
    std::fs::copy(&good, &in_use).unwrap();
    std::fs::write(server.folder().join("in_use.db-wal"), "log").unwrap();
    let missing = server.folder().join("missing.db");
    let data = server.folder().join("data-of-none");
    for (file, reason) in [
        (&later, "of a later release"),
        (&foreign, "no database of this service"),
        (&damaged, "damaged"),
        (&text, "not a database"),
        (&in_use, "a database in use"),
        (&missing, "unable to open"),
    ] {
        for check in [true, false] {
            let mut command = elsewhere(&server, &data);
            command
                .arg("restore")
                .arg(file)
                .args(check.then_some("--check"));
            let (code, printed) = run(&mut command);
            assert_eq!(code, 1, "{printed}");
            assert!(
                printed.contains(reason) || file == &damaged,
                "{reason}: {printed}"
            );
        }
    }
    let other = "c0ffee11".repeat(8);
    for arguments in [&["--check"][..], &[]] {
        let mut command = elsewhere(&server, &data);
        command.arg("restore").arg(&good).args(arguments);
        let (code, printed) = run(command.env("APIKEY_PEPPER", &other));
        assert_eq!(code, 1, "{printed}");
        assert!(printed.contains("NOT among those given"), "{printed}");
    }
    assert!(!data.exists());
    let mut command = elsewhere(&server, &data);
    command.arg("restore").arg(&good).arg("--without-peppers");
    let (code, printed) = run(command.env("APIKEY_PEPPER", &other));
    assert_eq!(code, 0, "{printed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_a_database_that_is_gone_is_not_taken_for_the_restored_one() {
    let server = TestServer::start(Kind::Sqlite).await;
    let (file, _) = backed_up(&server, "b.db");
    let data = server.folder().join("data-of-none");
    std::fs::create_dir(&data).unwrap();
    for ending in ["-wal", "-shm"] {
        let (_, database) = server.database().url().split_once("sqlite://").unwrap();
        let from = format!("{database}{ending}");
        std::fs::copy(from, data.join(format!("apikey.db{ending}"))).unwrap();
    }
    let (code, printed) = run(elsewhere(&server, &data).arg("restore").arg(&file));
    assert_eq!(code, 0, "{printed}");
    assert!(!data.join("apikey.db-wal").exists());
    let (code, printed) = run(elsewhere(&server, &data).args(["backup", "c.db"]));
    assert_eq!(code, 0, "{printed}");
}

/// Changes a database that no server uses.
fn execute(database: &Path, statement: &str) {
    let mut sqlite = Command::new("sqlite3");
    let status = sqlite.arg(database).arg(statement).status();
    assert!(status.unwrap().success());
}

/// A database that a link leads to stays where it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_restore_replaces_what_a_link_leads_to() {
    let server = TestServer::start(Kind::Sqlite).await;
    Client::new(&server).create_key("one").await;
    let (file, _) = backed_up(&server, "b.db");
    let [data, disk] = ["linked", "disk"].map(|name| server.folder().join(name));
    std::fs::create_dir(&data).unwrap();
    std::fs::create_dir(&disk).unwrap();
    std::fs::copy(&file, disk.join("real.db")).unwrap();
    let link = data.join("apikey.db");
    std::os::unix::fs::symlink(disk.join("real.db"), &link).unwrap();
    let mut restore = elsewhere(&server, &data);
    let (code, printed) = run(restore.args(["restore", "--force"]).arg(&file));
    assert_eq!(code, 0, "{printed}");
    assert!(link.is_symlink());
    let names = std::fs::read_dir(&disk).unwrap();
    let names: Vec<_> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("real.db.replaced-"))
        .collect();
    assert_eq!(names.len(), 1, "{names:?}");
    assert!(!disk.join(&names[0]).is_symlink());
}

/// What a killed server left in its log is in the file that is kept.
#[tokio::test(flavor = "multi_thread")]
async fn the_database_that_is_replaced_is_kept_as_a_whole() {
    let mut server = TestServer::start(Kind::Sqlite).await;
    let client = Client::new(&server);
    let (file, _) = backed_up(&server, "b.db");
    client.create_key("one").await;
    server.kill();
    let (_, database) = server.database().url().split_once("sqlite://").unwrap();
    let log = format!("{database}-wal");
    assert!(std::fs::metadata(&log).unwrap().len() > 0);
    let (code, printed) = run(server.command().args(["restore", "--force"]).arg(&file));
    assert_eq!(code, 0, "{printed}");
    let kept = printed.lines().last().unwrap().rsplit(' ').next().unwrap();
    let other = server.folder().join("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::copy(kept, other.join("apikey.db")).unwrap();
    let mut backup = elsewhere(&server, &other);
    let (_, printed) = run(backup.arg("backup").arg(server.folder().join("c.db")));
    assert!(
        printed.contains("1 users, 1 keys and 2 events"),
        "{printed}"
    );
}

/// It is done: nobody should do it once more.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_printed_is_done_all_the_same() {
    let server = TestServer::start(Kind::Sqlite).await;
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let file = server.folder().join("b.db");
    let done = server
        .command()
        .arg("backup")
        .arg(&file)
        .stdout(full())
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let data = server.folder().join("other");
    let mut restore = elsewhere(&server, &data);
    let done = restore
        .arg("restore")
        .arg(&file)
        .stdout(full())
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    assert!(data.join("apikey.db").metadata().unwrap().len() > 0);
    // A question that is not answered has failed.
    let mut check = elsewhere(&server, &data);
    let check = check
        .args(["restore", "--check"])
        .arg(&file)
        .stdout(full())
        .output();
    assert_eq!(check.unwrap().status.code(), Some(1));
}

/// One row that is damaged keeps nobody from the copy that is wanted then.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_digest_keeps_nobody_from_a_backup() {
    let server = TestServer::start(Kind::Sqlite).await;
    let client = Client::new(&server);
    client.create_key("one").await;
    client.create_key("two").await;
    for (damage, counted) in [("substr(secret_digest, 1, 30)", 2), ("'hmac-sha256$x'", 1)] {
        let update = format!("UPDATE api_keys SET secret_digest = {damage} WHERE name = 'one'");
        server.database().run_all(&[update]).await.unwrap();
        let (_, printed) = backed_up(&server, "b.db");
        let line = format!("for {counted} keys");
        assert!(printed.contains(&line), "{printed}");
    }
}

/// Nor does a pepper that cannot be read; and what is no file is not waited for.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_pepper_there_is_a_backup_and_a_pipe_is_none() {
    let server = TestServer::start(Kind::Sqlite).await;
    Client::new(&server).create_key("one").await;
    let data = server.folder().join("other");
    std::fs::create_dir(&data).unwrap();
    let (file, _) = backed_up(&server, "b.db");
    std::fs::copy(&file, data.join("apikey.db")).unwrap();
    std::fs::write(data.join("pepper"), "damaged").unwrap();
    let mut backup = elsewhere(&server, &data);
    backup.env_remove("APIKEY_PEPPER");
    let (code, printed) = run(backup.arg("backup").arg(server.folder().join("c.db")));
    assert_eq!(code, 0, "{printed}");
    for part in ["cannot be read", "NOT among those given"] {
        assert!(printed.contains(part), "{printed}");
    }
    let pipe = server.folder().join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let mut check = elsewhere(&server, &data);
    let (code, printed) = run(check.args(["restore", "--check"]).arg(&pipe));
    assert_eq!(code, 1, "{printed}");
    assert!(printed.contains("is no file"), "{printed}");
}
