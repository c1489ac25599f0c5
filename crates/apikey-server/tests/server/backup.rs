//! Backups of a SQLite database, and what becomes of it when one is restored.

mod killed;
mod restored;
mod restoring;
mod targets;

use crate::support::{Kind, TestServer, client::Client, command, run};
use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

/// Makes a backup, and returns where it is and what was printed.
fn backed_up(server: &TestServer, name: &str) -> (PathBuf, String) {
    let file = server.folder().join(name);
    let (code, printed) = run(server.command().args(["backup", "--force"]).arg(&file));
    assert_eq!(code, 0, "{printed}");
    (file, printed)
}

/// Returns a call of the binary with a data folder, the pepper of the server and no other
/// settings.
fn elsewhere(server: &TestServer, data: &Path) -> Command {
    let mut elsewhere = command(server.folder());
    let own = server.command();
    let pepper = own.get_envs().find(|(name, _)| *name == "APIKEY_PEPPER");
    let pepper = pepper.unwrap().1.unwrap();
    elsewhere
        .env("APIKEY_DATA_DIR", data)
        .env("APIKEY_PEPPER", pepper);
    elsewhere
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_private_whole_and_says_what_it_needs() {
    let server = TestServer::start(Kind::Sqlite).await;
    let client = Client::new(&server);
    client.create_key("one").await;
    let (file, printed) = backed_up(&server, "b.db");
    for part in [
        "1 users, 1 keys and 2 events",
        "for 1 keys, which is in APIKEY_PEPPER",
    ] {
        assert!(printed.contains(part), "{part}: {printed}");
    }
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let before = std::fs::read(&file).unwrap();

    let (code, printed) = run(server.command().arg("backup").arg(&file));
    assert_eq!(code, 1, "{printed}");
    assert!(printed.contains("exists"), "{printed}");
    let (code, printed) = run(server.command().args(["restore", "--check"]).arg(&file));
    assert_eq!(code, 0, "{printed}");
    assert_eq!(std::fs::read(&file).unwrap(), before);
    let mut names: Vec<_> = std::fs::read_dir(server.folder()).unwrap().collect();
    names.retain(|name| {
        name.as_ref()
            .unwrap()
            .file_name()
            .to_str()
            .unwrap()
            .starts_with("b.db")
    });
    assert_eq!(names.len(), 1, "{names:?}");

    let (_, database) = server.database().url().split_once("sqlite://").unwrap();
    let (code, printed) = run(server.command().args(["backup", "--force", database]));
    assert_eq!(code, 1, "{printed}");
    assert!(printed.contains("the database itself"), "{printed}");
}

#[tokio::test]
async fn on_postgres_its_own_tools_are_named() {
    let server = TestServer::not_started().await;
    for (command, tool) in [("backup", "pg_dump"), ("restore", "pg_restore")] {
        let (code, printed) = run(server.command().args([command, "file"]));
        assert_eq!(code, 2, "{printed}");
        assert!(
            printed.contains(tool) && printed.contains("pepper"),
            "{printed}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_leaves_the_backup_of_before() {
    let server = TestServer::start(Kind::Sqlite).await;
    let client = Client::new(&server);
    let folder = server.folder().join("small");
    std::fs::create_dir(&folder).unwrap();
    let Some(_mounted) = Mounted::small(&folder) else {
        eprintln!("skipped: this user may not mount a small file system");
        return;
    };
    let (file, _) = backed_up(&server, "small/b.db");
    let before = std::fs::read(&file).unwrap();
    std::fs::write(folder.join("filler"), vec![0; 500_000]).unwrap();
    client.create_key("one").await;
    let (code, printed) = run(server.command().args(["backup", "--force"]).arg(&file));
    assert_eq!(code, 1, "{printed}");
    assert!(printed.contains("disk is full"), "{printed}");
    assert_eq!(std::fs::read(&file).unwrap(), before);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2);
    client.create_key("two").await;
}

/// A small file system in memory.
pub(crate) struct Mounted(PathBuf);

impl Mounted {
    pub(crate) fn small(folder: &Path) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", "size=1000k", "tmpfs"])
            .arg(folder);
        let is_mounted = mount.output().is_ok_and(|output| output.status.success());
        is_mounted.then(|| Self(folder.to_owned()))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
