//! Nobody but the owner reads what the server creates.

use crate::support::{Kind, TestServer, client::Client, run};
use std::{
    collections::BTreeMap,
    fs::{DirBuilder, Permissions},
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::Path,
};

/// Returns the modes of all files and folders below a folder, and of itself.
fn modes(folder: &Path) -> BTreeMap<String, u32> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        let metadata = std::fs::metadata(&path).unwrap();
        if metadata.is_dir() {
            let entries = std::fs::read_dir(&path).unwrap();
            open.extend(entries.map(|entry| entry.unwrap().path()));
        }
        let name = path.strip_prefix(folder.parent().unwrap()).unwrap();
        let mode = metadata.permissions().mode() & 0o777;
        found.insert(name.display().to_string(), mode);
    }
    found
}

/// Fails unless all of these are there, and nobody but the owner may do anything with
/// whatever is there.
fn must_be_private(modes: &BTreeMap<String, u32>, names: &[String]) {
    for name in names {
        assert!(modes.contains_key(name), "{name} is missing: {modes:?}");
    }
    for (name, mode) in modes {
        assert!(matches!(mode, 0o600 | 0o700), "{name}: {mode:o}");
    }
}

/// As a service may be started that nobody configured for it.
const OPEN_UMASK: &str = "umask 0 && unset APIKEY_PEPPER APIKEY_BOOTSTRAP_PASSWORD";

#[tokio::test]
async fn what_the_server_creates_is_for_its_owner_alone_whatever_the_umask() {
    let arguments = [
        "--data-dir",
        "a/data",
        "--database-url",
        "sqlite://b/c/apikey.db",
    ];
    let server = TestServer::start_in_shell(Kind::Sqlite, OPEN_UMASK, &arguments).await;
    let found = modes(&server.folder().join("a"));
    let names = ["bootstrap.lock", "initial_admin_password", "pepper"];
    must_be_private(&found, &names.map(|name| format!("a/data/{name}")));
    assert_eq!((found["a"], found["a/data"]), (0o700, 0o700));
    assert_eq!(found["a/data/pepper"], 0o600);
    let found = modes(&server.folder().join("b"));
    let names = ["", "-shm", "-wal", ".lock"];
    must_be_private(&found, &names.map(|name| format!("b/c/apikey.db{name}")));
    assert_eq!((found["b"], found["b/c"]), (0o700, 0o700));
    assert_eq!(found["b/c/apikey.db"], 0o600);
}

#[tokio::test]
async fn in_a_folder_that_others_can_read_the_files_are_still_private() {
    let mut server = TestServer::not_started_on(Kind::Sqlite).await;
    let folder = server.folder().join("shared");
    DirBuilder::new().mode(0o755).create(&folder).unwrap();
    std::fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
    server
        .start_changed(|command| {
            command
                .env("APIKEY_DATA_DIR", "shared")
                .env("APIKEY_DATABASE_URL", "sqlite://shared/apikey.db")
                .env_remove("APIKEY_PEPPER");
        })
        .await;
    Client::new(&server).create_key("ci").await;
    let modes = modes(&folder);
    assert_eq!(modes["shared"], 0o755);
    assert!(modes.len() >= 7, "{modes:?}");
    for (name, mode) in modes {
        assert!(name == "shared" || mode == 0o600, "{name}: {mode:o}");
    }
}

#[tokio::test]
async fn the_modes_of_files_that_exist_stay() {
    let mut server = TestServer::not_started_on(Kind::Sqlite).await;
    let path = server.database_url().replace("sqlite://", "");
    std::fs::write(&path, "").unwrap();
    std::fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    server.start_again().await;
    Client::new(&server).create_key("ci").await;
    let mode = |path: &str| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o640);
    // SQLite gives its own files the mode of the database.
    assert_eq!(mode(&format!("{path}-wal")), 0o640);
    assert_eq!(mode(&format!("{path}.lock")), 0o600);
}

#[tokio::test]
async fn without_a_running_server_migrate_works_and_beside_one_it_is_refused() {
    let mut server = TestServer::not_started_on(Kind::Sqlite).await;
    let (code, printed) = run(server.command().arg("migrate"));
    assert_eq!(code, 0, "{printed}");
    assert!(printed.contains("applied 20261122000000"), "{printed}");
    let (code, printed) = run(server.command().arg("migrate"));
    assert_eq!((code, printed.trim()), (0, "up to date"));
    server.start_again().await;
    let (code, printed) = run(server.command().arg("migrate"));
    assert_eq!(code, 1, "{printed}");
    assert!(
        printed.contains("another apikey-server is using"),
        "{printed}"
    );
}
