//! What is wrong with the machine: files, folders, limits and disks.

use super::{command, examined, must_find, used};
use crate::{
    backup::Mounted,
    support::{Kind, TestServer},
};
use std::{
    fs::Permissions,
    os::unix::fs::{PermissionsExt, chown},
    path::Path,
    process::Command,
};

/// A user that nobody is.
const NOBODY: u32 = 54_321;

#[tokio::test(flavor = "multi_thread")]
async fn a_pepper_that_others_may_read_is_found() {
    let server = TestServer::not_started_on(Kind::Sqlite).await;
    let data = server.folder().join("data");
    std::fs::create_dir(&data).unwrap();
    let pepper = data.join("pepper");
    std::fs::write(&pepper, "c0ffee11".repeat(8)).unwrap();
    for (mode, is_found) in [(0o644, true), (0o640, true), (0o600, false), (0o400, false)] {
        std::fs::set_permissions(&pepper, Permissions::from_mode(mode)).unwrap();
        for variable in [None, Some(&pepper)] {
            let mut command = command(&server);
            command
                .env("APIKEY_DATA_DIR", &data)
                .env_remove("APIKEY_PEPPER");
            command.envs(variable.map(|path| ("APIKEY_PEPPER_FILE", path)));
            if is_found {
                must_find(&mut command, "error files", "others may read the pepper");
            } else {
                let (code, findings) = examined(&mut command);
                assert_eq!((code, findings), (0, Vec::new()), "{mode:o}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_of_another_user_is_found() {
    let server = used(Kind::Postgres).await;
    let data = server.folder().join("data");
    std::fs::create_dir(&data).unwrap();
    if let Err(error) = chown(&data, Some(NOBODY), None) {
        eprintln!("skipped: only root can give a folder to another user ({error})");
        return;
    }
    let mut command = command(&server);
    command.env("APIKEY_DATA_DIR", &data);
    must_find(&mut command, "error files", "belongs to the user 54321");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_password_that_is_still_there_is_found() {
    let server = used(Kind::Sqlite).await;
    let file = server.folder().join("initial_admin_password");
    std::fs::write(&file, "x").unwrap();
    must_find(&mut command(&server), "warning files", "password");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_few_descriptors_are_found() {
    let server = used(Kind::Sqlite).await;
    for (limit, kind) in [(80, "error open files"), (512, "warning open files")] {
        let whole = command(&server);
        let mut command = Command::new("sh");
        command
            .args(["-c", &format!("ulimit -n {limit} && exec \"$0\" \"$@\"")])
            .arg(whole.get_program())
            .env_clear()
            .envs(
                whole
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .current_dir(server.folder());
        must_find(&mut command, kind, &format!("{limit} files may be open"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_found() {
    let server = TestServer::not_started_on(Kind::Sqlite).await;
    let folder = server.folder().join("small");
    std::fs::create_dir(&folder).unwrap();
    let Some(_mounted) = Mounted::small(&folder) else {
        eprintln!("skipped: this user may not mount a small file system");
        return;
    };
    let mut command = command(&server);
    command.env("APIKEY_DATABASE_URL", "sqlite://small/deep/apikey.db");
    must_find(&mut command, "error space", "0 MiB are free");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_secret_that_others_may_read_is_found() {
    let server = used(Kind::Postgres).await;
    let url = server.folder().join("url");
    let text = server.database_url();
    let (_, rest) = text.split_once("://").unwrap();
    let (who, rest) = rest.split_once('@').unwrap();
    let password = if who.contains(':') {
        ""
    } else {
        ":needed-by-nobody"
    };
    std::fs::write(&url, format!("postgres://{who}{password}@{rest}")).unwrap();
    let token = server.folder().join("token");
    std::fs::write(&token, "a-token-for-the-metrics").unwrap();
    let command = || {
        let mut command = command(&server);
        command
            .env_remove("APIKEY_DATABASE_URL")
            .env("APIKEY_DATABASE_URL_FILE", &url)
            .env("APIKEY_METRICS_TOKEN_FILE", &token);
        command
    };
    let allow = |file, mode| {
        std::fs::set_permissions(file, Permissions::from_mode(mode)).unwrap();
    };
    allow(&url, 0o600);
    allow(&token, 0o600);
    let (code, findings) = examined(&mut command());
    assert_eq!((code, findings), (0, Vec::new()));
    allow(&token, 0o644);
    must_find(&mut command(), "error files", "the token for the metrics");
    allow(&token, 0o600);
    allow(&url, 0o640);
    must_find(&mut command(), "error files", "the URL of the database");
}

/// Each of these keeps a server from its start.
#[tokio::test(flavor = "multi_thread")]
async fn an_audit_log_that_cannot_be_written_is_found() {
    let server = used(Kind::Sqlite).await;
    let file = server.folder().join("audit");
    let writing = |file: &Path| {
        let mut command = command(&server);
        command.env("APIKEY_AUDIT_LOG", file);
        command
    };
    let (code, findings) = examined(&mut writing(&file));
    assert_eq!((code, findings), (0, Vec::new()));
    assert!(!file.exists());
    std::fs::write(&file, "something else\n").unwrap();
    must_find(
        &mut writing(&file),
        "error audit log",
        "does not end with a line",
    );
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    must_find(&mut writing(&file), "error audit log", "it is not a file");
    let missing = server.folder().join("missing/audit");
    must_find(&mut writing(&missing), "error audit log", "No such file");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_for_the_metrics_that_is_taken_is_found() {
    let server = used(Kind::Sqlite).await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (address, kind) in [
        (&*address, "warning server"),
        ("192.0.2.1:1", "error server"),
    ] {
        let mut command = command(&server);
        command.env("APIKEY_METRICS_LISTEN", address);
        must_find(&mut command, kind, address);
    }
}
