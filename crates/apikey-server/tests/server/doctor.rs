//! `doctor` finds each thing that can be wrong, and nothing on a good installation.

mod machine;

use crate::support::{Kind, TestServer, client::Client, run};
use apikey_diesel::testing::TestDatabase;
use serde_json::Value;
use std::{os::unix::fs::PermissionsExt, process::Command};
use xtask_programs::faketime;

/// Runs the command, and returns its exit code and what it found: the level and the check, and
/// the rest.
fn examined(command: &mut Command) -> (i32, Vec<(String, String)>) {
    command.args(["doctor", "--json"]);
    let (code, printed) = run(command);
    let line = printed
        .lines()
        .find(|line| line.starts_with("{\"findings\""));
    let found: Value = serde_json::from_str(line.unwrap_or_else(|| panic!("{printed}"))).unwrap();
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    let findings = found["findings"].as_array().unwrap().iter().map(|finding| {
        assert!(!text(finding, "do").is_empty(), "{finding}");
        let kind = format!("{} {}", text(finding, "level"), text(finding, "check"));
        (kind, text(finding, "what"))
    });
    (code, findings.collect())
}

/// Expects that a command finds exactly this.
#[track_caller]
fn must_find(command: &mut Command, kind: &str, what: &str) {
    let (code, findings) = examined(command);
    assert_eq!(code, i32::from(kind.starts_with("error")), "{findings:?}");
    let [(found, text)] = findings.as_slice() else {
        panic!("expected {kind}, {what}: {findings:?}");
    };
    assert_eq!(found, kind, "{text}");
    assert!(text.contains(what), "{what}: {text}");
}

/// Returns a server that ran, has keys and stopped.
async fn used(kind: Kind) -> TestServer {
    let mut server = TestServer::start(kind).await;
    Client::new(&server).create_key("one").await;
    assert!(server.terminate().success());
    server
}

/// Returns a call of the binary on a port that nobody uses.
fn command(server: &TestServer) -> Command {
    let mut command = server.command();
    command.env("APIKEY_LISTEN", "127.0.0.1:0");
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_wrong_with_a_good_installation() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        for server in [TestServer::not_started_on(kind).await, used(kind).await] {
            let (code, findings) = examined(&mut command(&server));
            assert_eq!((code, findings), (0, Vec::new()), "{kind:?}");
            let (code, printed) = run(command(&server).arg("doctor"));
            assert_eq!((code, &*printed), (0, "nothing is wrong\n"), "{kind:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pepper_that_fits_no_key_is_found() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let server = used(kind).await;
        let mut command = command(&server);
        command.env("APIKEY_PEPPER", "c0ffee11".repeat(8));
        must_find(&mut command, "error pepper", "1 secrets of keys");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_a_pepper_that_is_not_given_is_found() {
    for server in [
        TestServer::not_started_on(Kind::Postgres).await,
        used(Kind::Postgres).await,
    ] {
        let mut command = command(&server);
        // What a node on SQLite would use.
        let file = server.folder().join("pepper");
        std::fs::write(&file, xtask_harness::server::pepper()).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        command.env_remove("APIKEY_PEPPER");
        let what = "neither APIKEY_PEPPER nor APIKEY_PEPPER_FILE";
        must_find(&mut command, "error pepper", what);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_need_an_older_pepper_are_counted_and_a_newest_one_is_missed() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut server = used(kind).await;
        let peppers = format!("{},{}", "77".repeat(32), xtask_harness::server::pepper());
        server
            .start_changed(|command| {
                command.env("APIKEY_PEPPER", &peppers);
            })
            .await;
        assert!(server.terminate().success());
        let mut examining = command(&server);
        examining.env("APIKEY_PEPPER", &peppers);
        let what = "1 secrets of keys still need the older pepper";
        must_find(&mut examining, "warning pepper", what);
        // Nothing is under the newest one.
        let (code, findings) = examined(&mut command(&server));
        let is_missed = |(kind, what): &(String, String)| {
            kind == "warning pepper" && what.contains("the newest pepper is")
        };
        assert!(code == 0 && findings.iter().any(is_missed), "{findings:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_takes_no_changes_or_no_tables_is_found() {
    let server = TestServer::not_started().await;
    let reader = format!("reader_{}", std::process::id());
    let make = format!("CREATE ROLE {reader} LOGIN");
    server.database().run_all(&[make]).await.unwrap();
    let mut examining = command(&server);
    let url = server.database_url();
    examining.env(
        "APIKEY_DATABASE_URL",
        url.replacen("apikey@", &format!("{reader}@"), 1),
    );
    must_find(&mut examining, "error database", "may not create tables");
    let read_only = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET \
                     default_transaction_read_only = on', current_database()); END $$";
    server
        .database()
        .run_all(&[read_only.to_owned()])
        .await
        .unwrap();
    must_find(&mut command(&server), "error database", "read-only");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_gone_is_found() {
    let server = used(Kind::Sqlite).await;
    let (_, database) = server.database().url().split_once("sqlite://").unwrap();
    std::fs::rename(database, format!("{database}.old")).unwrap();
    must_find(&mut command(&server), "error files", "there is no database");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_an_hour_off_is_found() {
    for (kind, offset, what) in [
        (Kind::Sqlite, "-1h", "was recorded"),
        (Kind::Postgres, "-1h", "behind that of the database"),
        (Kind::Postgres, "+1h", "ahead of that of the database"),
    ] {
        let server = used(kind).await;
        let mut command = command(&server);
        command.envs(faketime::variables(offset).unwrap());
        must_find(&mut command, "error clock", what);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_of_another_release_is_found() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let server = used(kind).await;
        let newest = "SELECT max(version) FROM __diesel_schema_migrations";
        let delete = format!("DELETE FROM __diesel_schema_migrations WHERE version = ({newest})");
        server.database().run_all(&[delete]).await.unwrap();
        must_find(
            &mut command(&server),
            "warning schema",
            "1 migrations are missing",
        );
        let insert = "INSERT INTO __diesel_schema_migrations (version) VALUES ('20990101000000')";
        server
            .database()
            .run_all(&[insert.to_owned()])
            .await
            .unwrap();
        must_find(&mut command(&server), "error schema", "a later release");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_does_not_answer_or_has_another_encoding_is_found() {
    let server = TestServer::not_started().await;
    let mut unreachable = command(&server);
    unreachable.env("APIKEY_DATABASE_URL", "postgres://me:hidden@127.0.0.1:1/x");
    must_find(&mut unreachable, "error database", "cannot be read");
    let (_, printed) = run(unreachable.arg("doctor"));
    assert!(!printed.contains("hidden"), "{printed}");

    let other = TestDatabase::postgres_in_latin1().await.unwrap();
    let mut latin = command(&server);
    latin.env("APIKEY_DATABASE_URL", &other.url_text);
    must_find(
        &mut latin,
        "error database",
        "the encoding of the database is LATIN1",
    );

    let server = TestServer::not_started_on(Kind::Sqlite).await;
    std::fs::write(server.folder().join("text.db"), "no database").unwrap();
    let mut text = command(&server);
    text.env("APIKEY_DATABASE_URL", "sqlite://text.db");
    let (code, findings) = examined(&mut text);
    assert_eq!(code, 1, "{findings:?}");
    assert!(
        findings.iter().any(|(kind, _)| kind == "error database"),
        "{findings:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_runs_already_is_found() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let server = TestServer::start(kind).await;
        let mut command = server.command();
        command.env("APIKEY_LISTEN", server.address.to_string());
        must_find(&mut command, "warning server", "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_is_misspelt_is_found() {
    let server = TestServer::not_started_on(Kind::Sqlite).await;
    let mut command = command(&server);
    command.env("APIKEY_WORKER", "4");
    must_find(
        &mut command,
        "warning settings",
        "did you mean APIKEY_WORKERS?",
    );

    let file = server.folder().join("a.toml");
    std::fs::write(&file, "workrs = 4").unwrap();
    let (code, printed) = run(server.command().arg("doctor").arg("--config").arg(file));
    assert_eq!(code, 2, "{printed}");
    assert!(printed.contains("did you mean workers?"), "{printed}");
}
