//! What a restored database is, and what cannot be restored.

use super::backed_up;
use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
    run,
};
use reqwest::{Method, StatusCode};
use serde_json::json;
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

    // Restored once more, both times are spoken of until somebody acknowledges them.
    let (file, _) = backed_up(&server, "later.db");
    assert!(server.terminate().success());
    let (code, printed) = run(server.command().args(["restore", "--force"]).arg(&file));
    assert_eq!(code, 0, "{printed}");
    let (code, printed) = run(server.command().arg("doctor"));
    assert_eq!(code, 0, "{printed}");
    assert_eq!(
        printed.matches("what was revoked between").count(),
        2,
        "{printed}"
    );
    server.start_again().await;
    // The log is that of all starts.
    assert_eq!(server.log().matches(WARNING).count(), 3, "{}", server.log());
    let (code, printed) = run(server.command().args(["restore", "--acknowledge"]));
    assert_eq!(code, 0, "{printed}");
    assert!(server.terminate().success());
    server.start_again().await;
    assert_eq!(server.log().matches(WARNING).count(), 3, "{}", server.log());
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
    // A command that writes may be the first to see it.
    let password = server.folder().join("password");
    std::fs::write(&password, ADMIN_PASSWORD).unwrap();
    let mut reset = server.command();
    reset.args(["user", "reset-password", "admin"]);
    let (code, printed) = run(reset.stdin(std::fs::File::open(&password).unwrap()));
    assert_eq!(code, 0, "{printed}");

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
    let made_at = "2026-11-29T13:00:00+01:00";
    let (code, printed) = run(server.command().args(["restore", "--dumped-at", made_at]));
    assert_eq!(code, 1, "{printed}");
    assert!(printed.contains("stop every one of them"), "{printed}");
    assert_eq!(status_with(&Client::new(&server), &cookie).await, 200);
    assert!(server.terminate().success());
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
