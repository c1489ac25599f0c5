//! What is said of settings: by `config`, at the start, and of those that are misspelled.

mod file;

use crate::support::{Kind, command, raw::RawServer, run};
use std::process::Stdio;

/// What stands for a password, or a part of one.
const SECRET: &str = "SECRET";

#[test]
fn no_form_of_a_database_url_shows_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let pepper = "c0ffee00".repeat(8);
    for (url, shown) in [
        (
            "postgres://me:SECRET@db:5433/x?sslmode=require",
            Some("= postgres://me@db:5433/x?sslmode=require  # "),
        ),
        (
            "postgres://me:p%40SECRET@db/x",
            Some("= postgres://me@db/x  # "),
        ),
        ("postgres://me:p#SECRET@db", Some("= postgres://me@db  # ")),
        (
            "postgres://me:p?SECRET@db/x",
            Some("= postgres://me@db/x  # "),
        ),
        (
            "postgres://me:p/SECRET@db/x",
            Some("= postgres://me@db/x  # "),
        ),
        (
            "postgres://me:p SECRET@db/x",
            Some("= postgres://me@db/x  # "),
        ),
        (
            "postgres://db/x?user=me&password=SECRET",
            Some("= postgres://me@db/x  # "),
        ),
        ("postgres://me%3ASECRET@db/x", Some("= (not shown")),
        ("postgres://u:a@SECRET?options=b@db/x", Some("= (not shown")),
        ("postgres://u:a@SECRET@db/x", Some("= (not shown")),
        ("postgres://u:a@SECRET?b@db/x", None),
        ("postgres://u:SECRET/x", None),
        ("postgres://me@db/x?sslpassword=SECRET", None),
        ("postgres://me@db/x?SECRET=1", None),
        ("POSTGRES://me:SECRET@db/x", None),
        ("host=db user=me password='p SECRET'", None),
        (SECRET, None),
    ] {
        for is_flag in [false, true] {
            let mut command = command(folder.path());
            command.arg("config").env("APIKEY_PEPPER", &pepper);
            if is_flag {
                command.args(["--database-url", url]);
            } else {
                command.env("APIKEY_DATABASE_URL", url);
            }
            let (code, printed) = run(&mut command);
            assert_eq!(
                code,
                if shown.is_some() { 0 } else { 2 },
                "{url}: {printed}"
            );
            assert!(!printed.contains(SECRET), "{url}: {printed}");
            assert!(
                printed.contains(shown.unwrap_or("(not shown")),
                "{url}: {printed}"
            );
        }
    }
}

/// A URL may be given where another setting is expected.
#[test]
fn a_value_that_may_have_a_password_is_shown_for_no_setting() {
    for value in ["me:SECRET@db", "redis://:SECRET"] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("settings.toml");
        std::fs::write(&file, format!("listen = '{value}'\n")).unwrap();
        let file = file.to_str().unwrap();
        for first in [&["config"][..], &["config", "check"], &[]] {
            for given in ["flag", "variable", "file"] {
                let mut command = command(folder.path());
                command.args(first);
                match given {
                    "flag" => command.args(["--listen", value]),
                    "variable" => command.env("APIKEY_LISTEN", value),
                    _ => command.args(["--config", file]),
                };
                let (code, printed) = run(&mut command);
                assert_eq!(code, 2, "{first:?} {given}: {printed}");
                assert!(!printed.contains(SECRET), "{first:?} {given}: {printed}");
                assert!(
                    printed.contains("(not shown)"),
                    "{first:?} {given}: {printed}"
                );
            }
        }
    }
}

#[test]
fn two_servers_do_not_listen_on_one_address() {
    let folder = tempfile::tempdir().unwrap();
    for (port, code) in [("7001", 2), ("0", 0)] {
        let address = format!("127.0.0.1:{port}");
        let mut command = command(folder.path());
        command.args(["config", "check", "--listen", &address]);
        let (found, printed) = run(command.args(["--metrics-listen", &address]));
        assert_eq!(found, code, "{printed}");
        let is_said = printed.contains("expected another address than that of --listen");
        assert_eq!(is_said, code == 2, "{printed}");
    }
}

#[test]
fn no_other_secret_is_shown_and_no_text_that_may_be_one() {
    let folder = tempfile::tempdir().unwrap();
    let pepper = "c0ffee00".repeat(8);
    let (code, printed) = run(command(folder.path())
        .arg("config")
        .env("APIKEY_PEPPER", &pepper)
        .env("APIKEY_BOOTSTRAP_PASSWORD", "Hidden_123"));
    assert_eq!(code, 0, "{printed}");
    for secret in ["Hidden_123", &pepper] {
        assert!(!printed.contains(secret), "{printed}");
    }
    for (variable, value) in [
        ("APIKEY_PEPPER_FILE", "S3cr/t_SECRET"),
        ("APIKEY_PEPPER_FILE", "SECRET"),
        ("APIKEY_BOOTSTRAP_PASSWORD_FILE", "/SECRET"),
        ("APIKEY_DATABASE_URL_FILE", "postgres://me:SECRET@db/x"),
        ("APIKEY_LISTEN", "postgres://me:SECRET@db/x"),
    ] {
        let (code, printed) = run(command(folder.path()).arg("config").env(variable, value));
        assert_eq!(code, 2, "{printed}");
        assert!(!printed.contains(SECRET), "{variable}: {printed}");
    }
    for arguments in [
        &["postgres://me:SECRET@db/x"][..],
        &["user", "reset-password", "alice", SECRET],
    ] {
        let (code, printed) = run(command(folder.path()).args(arguments));
        assert_eq!(code, 2, "{printed}");
        assert!(!printed.contains(SECRET), "{printed}");
    }
}

#[test]
fn a_level_of_the_log_that_does_not_exist_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for wrong in ["inof", "info,loud", "info,apikey_http=loud", "apikey_http"] {
        let (code, printed) = run(command(folder.path()).env("APIKEY_LOG", wrong));
        assert_eq!(code, 2, "{printed}");
        assert!(
            printed.contains(&format!("'{wrong}' for APIKEY_LOG")),
            "{printed}"
        );
    }
}

#[test]
fn settings_that_are_misspelled_or_without_effect_are_said_by_config() {
    let folder = tempfile::tempdir().unwrap();
    let (code, printed) = run(command(folder.path())
        .args(["config", "--feed", "poll"])
        .env("APIKEY_WORKER", "hidden")
        .env("APIKEY_TEST_POSTGRES_URL", "hidden")
        .env("APIKEY_DATABASE_CONNECTIONS", "7"));
    assert_eq!(code, 0, "{printed}");
    for line in [
        "warning: APIKEY_WORKER is no setting: did you mean APIKEY_WORKERS?\n",
        "warning: without effect on SQLite: APIKEY_DATABASE_CONNECTIONS, --feed\n",
    ] {
        assert!(printed.contains(line), "{printed}");
    }
    assert!(
        !printed.contains("hidden") && !printed.contains("_TEST_"),
        "{printed}"
    );

    let arguments = [
        "config",
        "--feed",
        "poll",
        "--database-url",
        "postgres://db/x",
    ];
    let (code, printed) = run(command(folder.path())
        .args(arguments)
        .env("APIKEY_PEPER", "x"));
    assert_eq!(code, 2, "{printed}");
    assert!(printed.contains("did you mean APIKEY_PEPPER?"), "{printed}");
    assert!(!printed.contains("without effect"), "{printed}");
}

#[tokio::test]
async fn settings_that_are_misspelled_or_without_effect_are_said_at_the_start() {
    for (kind, is_without_effect) in [(Kind::Sqlite, true), (Kind::Postgres, false)] {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let mut server = RawServer::start(kind, |command| {
            let log = std::fs::File::create(&log).unwrap();
            command.args(["--feed", "poll"]).stderr(Stdio::from(log));
            command.env("APIKEY_WORKER", "hidden");
        })
        .await;
        assert_eq!(server.terminate().await, Some(0));
        let log = std::fs::read_to_string(log).unwrap();
        let lines = |text: &str| log.matches(text).count();
        assert_eq!(lines("did you mean APIKEY_WORKERS?"), 1, "{log}");
        assert_eq!(
            lines("without effect on SQLite: --feed"),
            usize::from(is_without_effect)
        );
        assert_eq!(lines("hidden"), 0, "{log}");
    }
}
