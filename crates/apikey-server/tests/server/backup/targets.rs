//! Where a backup may be written.

use super::elsewhere;
use crate::support::{Kind, TestServer, client::Client, run};
use std::{
    os::unix::fs::{FileExt, PermissionsExt, symlink},
    path::PathBuf,
};

/// What belongs to a server is not replaced by a backup, with `--force` either; nothing else is
/// that is no backup.
#[tokio::test(flavor = "multi_thread")]
async fn only_a_backup_is_replaced() {
    let server = TestServer::start(Kind::Sqlite).await;
    Client::new(&server).create_key("one").await;
    let (_, database) = server.database().url().split_once("sqlite://").unwrap();
    let folder = server.folder();
    let pepper = folder.join("the-pepper");
    std::fs::write(&pepper, xtask_harness::server::pepper()).unwrap();
    let log = folder.join("audit.log");
    std::fs::write(&log, "{}\n").unwrap();
    let link = folder.join("link.db");
    symlink(&pepper, &link).unwrap();
    let loose = folder.join("loose.db");
    symlink(folder.join("missing"), &loose).unwrap();
    let part = |ending: &str| PathBuf::from(format!("{database}{ending}"));
    let there = [
        pepper.clone(),
        log,
        part("-wal"),
        part("-shm"),
        part(".lock"),
    ];
    let before = there.each_ref().map(|file| std::fs::read(file).unwrap());
    let others = [
        link.clone(),
        loose,
        part(".socket"),
        part("-journal"),
        part(".partial"),
        folder.to_owned(),
        folder.join("missing/b.db"),
        folder.join("..").join("..").join(".."),
    ];
    for file in there.iter().chain(&others) {
        let mut command = server.command();
        command
            .env_remove("APIKEY_PEPPER")
            .env("APIKEY_PEPPER_FILE", &pepper)
            .args(["backup", "--force"])
            .arg(file);
        let (code, printed) = run(&mut command);
        assert_eq!(code, 1, "{}: {printed}", file.display());
        assert!(printed.starts_with("error: "), "{printed}");
    }
    assert!(link.is_symlink());
    assert!(!folder.join("missing").exists());
    let after = there.each_ref().map(|file| std::fs::read(file).unwrap());
    // The memory of the log changes all the time.
    assert!(before[0] == after[0] && before[1] == after[1], "{there:?}");
    Client::new(&server).create_key("two").await;

    // Where they would be counts, too.
    let data = folder.join("other");
    std::fs::create_dir(&data).unwrap();
    std::fs::copy(database, data.join("apikey.db")).unwrap();
    for name in ["apikey.db-wal", "apikey.db.lock"] {
        let mut command = elsewhere(&server, &data);
        let (code, printed) = run(command.arg("backup").arg(data.join(name)));
        assert_eq!(code, 1, "{printed}");
        assert!(printed.contains("belongs to the database"), "{printed}");
    }
    // Nor is the database of another server one.
    let mut command = elsewhere(&server, &data);
    let (code, printed) = run(command.args(["backup", "--force", database]));
    assert_eq!(code, 1, "{printed}");
    assert!(printed.contains("a database in use"), "{printed}");

    let empty = folder.join("empty.db");
    std::fs::write(&empty, "").unwrap();
    let (code, printed) = run(server.command().args(["backup", "--force"]).arg(&empty));
    assert_eq!(code, 0, "{printed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_looks_like_a_url_is_a_name() {
    let server = TestServer::start(Kind::Sqlite).await;
    for name in ["file:x", "file:y?mode=memory", ":memory:"] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = server.command();
        command.current_dir(folder.path()).args(["backup", name]);
        let (code, printed) = run(&mut command);
        assert_eq!(code, 0, "{name}: {printed}");
        let names = std::fs::read_dir(folder.path()).unwrap();
        let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, [name]);
        let file = folder.path().join(name).metadata().unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
        assert!(file.len() > 0);
    }
}

/// SQLite has to write beside a database to read it, which a disk that is to be rescued forbids.
#[tokio::test(flavor = "multi_thread")]
async fn of_a_read_only_disk_it_is_said_what_to_do() {
    let server = TestServer::start(Kind::Sqlite).await;
    let (file, _) = super::backed_up(&server, "b.db");
    let data = server.folder().join("small");
    std::fs::create_dir(&data).unwrap();
    let Some(_mounted) = super::Mounted::small(&data) else {
        eprintln!("skipped: this user may not mount a small file system");
        return;
    };
    let mut restore = elsewhere(&server, &data);
    let (code, printed) = run(restore.arg("restore").arg(&file));
    assert_eq!(code, 0, "{printed}");
    // As a server leaves it: with a log.
    let database = std::fs::File::options()
        .write(true)
        .open(data.join("apikey.db"));
    database.unwrap().write_all_at(&[2, 2], 18).unwrap();
    let mut remount = std::process::Command::new("mount");
    let remounted = remount.args(["-o", "remount,ro"]).arg(&data).status();
    assert!(remounted.unwrap().success());
    let mut backup = elsewhere(&server, &data);
    let (code, printed) = run(backup.arg("backup").arg(server.folder().join("c.db")));
    assert_eq!(code, 1, "{printed}");
    assert!(printed.contains("elsewhere"), "{printed}");
}
