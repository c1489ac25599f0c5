//! What a restored database is, and what cannot be restored.

use super::{backed_up, elsewhere};
use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
    run,
};
use reqwest::{Method, StatusCode};
use serde_json::json;
use std::{path::Path, process::Command};
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
    let with_cookie = client
        .request(Method::GET, "/v2/users/me")
        .header("cookie", cookie);
    assert_eq!(answer(with_cookie).await.0, 401);

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
    let with_cookie = client
        .request(Method::GET, "/v2/users/me")
        .header("cookie", cookie);
    assert_eq!(answer(with_cookie).await.0, 401);
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

/// As `docs/operations.md` has it, for what `pg_restore` wrote.
#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_a_row_has_the_server_warn() {
    let mut server = TestServer::start(Kind::Postgres).await;
    assert!(server.terminate().success());
    let mark = "INSERT INTO restores (made_at, restored_at) SELECT \
                extract(epoch FROM timestamptz '2026-11-29 12:00:00Z') * 1000000, \
                extract(epoch FROM now()) * 1000000";
    server.database().run_all(&[mark.to_owned()]).await.unwrap();
    server.start_again().await;
    let log = server.log();
    assert_eq!(log.matches(WARNING).count(), 1, "{log}");
    assert!(log.contains("2026-11-29T12:00:00"), "{log}");
    let (code, printed) = run(server.command().args(["restore", "--acknowledge"]));
    assert_eq!(code, 0, "{printed}");
    assert!(server.terminate().success());
    server.start_again().await;
    assert_eq!(server.log().matches(WARNING).count(), 1);
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

/// Signs the administrator in, and returns the cookie.
async fn signed_in(client: &Client) -> String {
    let login = client.request(Method::POST, "/auth/login");
    let login = login.form(&[("username", "admin"), ("password", ADMIN_PASSWORD)]);
    let login = login.send().await.unwrap();
    assert_eq!(login.status(), StatusCode::OK);
    let cookie = login.headers()["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

/// Changes a database that no server uses.
fn execute(database: &Path, statement: &str) {
    let mut sqlite = Command::new("sqlite3");
    let status = sqlite.arg(database).arg(statement).status();
    assert!(status.unwrap().success());
}
