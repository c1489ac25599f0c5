//! What a restored database is, and what cannot be restored.

use super::{backed_up, elsewhere};
use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
    run,
};
use reqwest::{Method, StatusCode};
use serde_json::json;
use std::{fs::File, path::Path, process::Command};
use xtask_harness::server::ADMIN_PASSWORD;

const WARNING: &str = "restored from a backup";

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_database_warns_has_no_sessions_and_gives_no_position_again() {
    let mut server = TestServer::start(Kind::Sqlite).await;
    let client = Client::new(&server);
    let revoked_before = client.create_key("revoked before").await;
    let path = format!("/v2/api-keys/{}/revoke", revoked_before["id"]);
    client
        .change(Method::POST, &path, json!({"reason": "other"}))
        .await;
    let key = client.create_key("revoked later").await;
    let cookie = signed_in(&client).await;
    let (file, _) = backed_up(&server, "b.db");
    let position = |events: &serde_json::Value| events["next"].as_str().unwrap().to_owned();
    let known = position(&answer(client.as_admin(Method::GET, "/v2/events")).await.1);

    let path = format!("/v2/api-keys/{}", key["id"]);
    client.change(Method::DELETE, &path, json!({})).await;
    let lost = position(&answer(client.as_admin(Method::GET, "/v2/events")).await.1);
    assert_ne!(known, lost);

    let (code, printed) = run(server.command().args(["restore", "--force"]).arg(&file));
    assert_eq!(code, 1, "{printed}");
    assert!(
        printed.contains("another apikey-server is using"),
        "{printed}"
    );
    assert!(server.terminate().success());
    let (code, printed) = run(server.command().arg("restore").arg(&file));
    assert_eq!(code, 1, "{printed}");
    assert!(printed.contains("--force"), "{printed}");
    let (code, printed) = run(server.command().args(["restore", "--force"]).arg(&file));
    assert_eq!(code, 0, "{printed}");
    let kept = printed.lines().last().unwrap().rsplit(' ').next().unwrap();
    assert!(std::fs::metadata(kept).unwrap().len() > 0, "{printed}");

    server.start_again().await;
    assert_eq!(server.log().matches(WARNING).count(), 1, "{}", server.log());
    let client = Client::new(&server);
    let value = |key: &serde_json::Value| key["value"].as_str().unwrap().to_owned();
    assert_eq!(client.verify(&value(&revoked_before), "m").await, 401);
    assert_eq!(
        client.verify(&value(&key), "m").await,
        200,
        "as the warning says"
    );
    assert_eq!(status_with(&client, &cookie).await, 401);

    client.create_key("new").await;
    let events = |after: &str| client.as_admin(Method::GET, &format!("/v2/events?after={after}"));
    let (_, after_known) = answer(events(&known)).await;
    assert_eq!(after_known["is_complete"], true, "{after_known}");
    assert_eq!(after_known["items"].as_array().unwrap().len(), 1);
    let (_, after_lost) = answer(events(&lost)).await;
    assert_eq!(after_lost["is_complete"], false, "{after_lost}");

    let (code, printed) = run(server.command().args(["restore", "--acknowledge"]));
    assert_eq!(code, 0, "{printed}");
    assert!(server.terminate().success());
    server.start_again().await;
    // The log is that of all starts.
    assert_eq!(server.log().matches(WARNING).count(), 1, "{}", server.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_put_in_its_place_by_hand_is_taken_for_restored() {
    let mut server = TestServer::start(Kind::Sqlite).await;
    let client = Client::new(&server);
    let cookie = signed_in(&client).await;
    let (file, _) = backed_up(&server, "b.db");
    client.create_key("lost").await;
    let position = |events: &serde_json::Value| events["next"].as_str().unwrap().to_owned();
    let lost = position(&answer(client.as_admin(Method::GET, "/v2/events")).await.1);
    assert!(server.terminate().success());
    let (_, database) = server.database().url().split_once("sqlite://").unwrap();
    std::fs::copy(&file, database).unwrap();

    server.start_again().await;
    assert_eq!(server.log().matches(WARNING).count(), 1, "{}", server.log());
    let client = Client::new(&server);
    assert_eq!(status_with(&client, &cookie).await, 401);
    let path = format!("/v2/events?after={lost}");
    client.create_key("new").await;
    let (_, after_lost) = answer(client.as_admin(Method::GET, &path)).await;
    assert_eq!(after_lost["is_complete"], false, "{after_lost}");

    // The next start does not restore it once more.
    let session = signed_in(&client).await;
    assert!(server.terminate().success());
    server.start_again().await;
    let client = Client::new(&server);
    let with_cookie = client
        .request(Method::GET, "/v2/users/me")
        .header("cookie", session);
    assert_eq!(answer(with_cookie).await.0, 200);
}

/// After `pg_restore`, which can do none of it.
#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_a_dump_is_noted_and_its_sessions_end() {
    let mut server = TestServer::start(Kind::Postgres).await;
    let cookie = signed_in(&Client::new(&server)).await;
    assert!(server.terminate().success());
    let made_at = "2026-11-29T13:00:00+01:00";
    let (code, printed) = run(server.command().args(["restore", "--dumped-at", made_at]));
    assert_eq!(code, 0, "{printed}");
    assert!(printed.contains("2026-11-29T12:00:00.000000Z"), "{printed}");
    server.start_again().await;
    let log = server.log();
    assert_eq!(log.matches(WARNING).count(), 1, "{log}");
    assert!(log.contains("2026-11-29T12:00:00"), "{log}");
    assert_eq!(status_with(&Client::new(&server), &cookie).await, 401);
    let (code, printed) = run(server.command().args(["restore", "--acknowledge"]));
    assert_eq!(code, 0, "{printed}");
    assert!(server.terminate().success());
    server.start_again().await;
    assert_eq!(server.log().matches(WARNING).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_of_no_instant_or_of_sqlite_is_refused_and_changes_nothing() {
    for (kind, made_at, reason) in [
        (Kind::Postgres, "yesterday", "expected an instant"),
        (Kind::Postgres, "2999-01-01T00:00:00Z", "in the future"),
        (Kind::Sqlite, "2026-11-29T12:00:00Z", "is for PostgreSQL"),
    ] {
        let mut server = TestServer::start(kind).await;
        let cookie = signed_in(&Client::new(&server)).await;
        assert!(server.terminate().success());
        let (code, printed) = run(server.command().args(["restore", "--dumped-at", made_at]));
        assert_eq!(code, 2, "{printed}");
        assert!(printed.contains(reason), "{printed}");
        server.start_again().await;
        assert!(!server.log().contains(WARNING), "{}", server.log());
        assert_eq!(status_with(&Client::new(&server), &cookie).await, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_is_noted_where_it_was_restored_and_nowhere_else() {
    let server = TestServer::not_started_on(Kind::Postgres).await;
    let noted = || {
        run(server
            .command()
            .args(["restore", "--dumped-at", "2026-11-29T12:00:00Z"]))
    };
    let (code, printed) = noted();
    assert_eq!(code, 1, "{printed}");
    assert!(printed.contains("restore the dump first"), "{printed}");
    // It has no tables still, which would be in the way of the dump.
    let (code, printed) = run(server.command().arg("migrate"));
    assert_eq!(code, 0, "{printed}");
    assert!(printed.contains("applied 20261122000000"), "{printed}");
    let later = "INSERT INTO __diesel_schema_migrations (version) VALUES ('20990101000000')";
    let later = [later.to_owned()];
    server.database().run_all(&later).await.unwrap();
    let (code, printed) = noted();
    assert_eq!(code, 1, "{printed}");
    assert!(printed.contains("of a later release"), "{printed}");
}

/// Returns the cookie of a session.
async fn signed_in(client: &Client) -> String {
    let login = client.request(Method::POST, "/auth/login");
    let login = login.form(&[("username", "admin"), ("password", ADMIN_PASSWORD)]);
    let login = login.send().await.unwrap();
    assert_eq!(login.status(), StatusCode::OK);
    let cookie = login.headers()["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

/// Returns the status of a call with the cookie of a session.
async fn status_with(client: &Client, cookie: &str) -> u16 {
    let request = client.request(Method::GET, "/v2/users/me");
    answer(request.header("cookie", cookie)).await.0
}

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
