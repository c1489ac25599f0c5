//! The file of settings: below flags and variables, and checked as a whole.

use super::SECRET;
use crate::support::{command, run};
use std::path::Path;

/// Writes a file of settings, and returns its path.
fn written(folder: &Path, text: &str) -> String {
    let path = folder.join("a.toml");
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_flag_is_before_a_variable_and_that_before_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(
        folder.path(),
        "workers = 3\nkeys-per-user = 4\nlog = 'warn'\n",
    );
    let lines = |flags: &[&str], variable: Option<&str>| {
        let mut command = command(folder.path());
        command.args(["config", "--config", &path]).args(flags);
        command.envs(variable.map(|value| ("APIKEY_WORKERS", value)));
        let (code, printed) = run(&mut command);
        assert_eq!(code, 0, "{printed}");
        let line = |name: &str| {
            let mut lines = printed.lines();
            let line = lines.find(|line| line.split(' ').next() == Some(name));
            let (_, value) = line.unwrap().split_once('=').unwrap();
            value.trim().to_owned()
        };
        [
            line("workers"),
            line("keys-per-user"),
            line("log"),
            line("listen"),
        ]
    };
    let [workers, keys, log, listen] = lines(&[], None);
    assert_eq!(workers, format!("3  # {path}:1:11"));
    assert_eq!(keys, format!("4  # {path}:2:17"));
    assert_eq!(log, format!("warn  # {path}:3:7"));
    assert_eq!(listen, "127.0.0.1:8080  # default");
    assert_eq!(lines(&[], Some("5"))[0], "5  # APIKEY_WORKERS");
    assert_eq!(lines(&["--workers", "6"], Some("5"))[0], "6  # --workers");
}

#[test]
fn check_says_everything_that_is_wrong_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = "workrs = 1\ncache-bytes = 1\nsession-idle = '13h'\nlog = 'inof'\n";
    let path = written(folder.path(), wrong);
    let (code, printed) = run(command(folder.path())
        .args(["config", "check", "--config", &path, "--workers", "0"])
        .env("APIKEY_KEEP_ENDED", "never")
        .env("APIKEY_PEPPER", "beef")
        .env("APIKEY_WORKER", "1"));
    assert_eq!(code, 2, "{printed}");
    for finding in [
        &*format!("error: {path}:1:1: workrs is no setting: did you mean workers?\n"),
        "error: invalid value '0' for --workers: expected a number from 1 to 512\n",
        "error: invalid value '(not shown)' for APIKEY_PEPPER: 32 bytes or more",
        "error: invalid value 'never' for APIKEY_KEEP_ENDED: expected a number of days",
        &*format!("error: invalid value '13h' for session-idle at {path}:3:16: a minute to"),
        &*format!("error: invalid value '1' for cache-bytes at {path}:2:15: expected"),
        &*format!("error: invalid value 'inof' for log at {path}:4:7: expected a level"),
        "warning: APIKEY_WORKER is no setting",
    ] {
        assert!(printed.contains(finding), "{finding}{printed}");
    }
    assert_eq!(printed.lines().count(), 8, "{printed}");

    let (code, started) = run(command(folder.path()).args(["--config", &path]));
    assert_eq!(code, 2, "{started}");
    assert_eq!(started.lines().count(), 4, "{started}");

    let path = written(folder.path(), "workers = 1\n");
    let (code, printed) = run(command(folder.path()).args(["config", "check", "--config", &path]));
    assert_eq!((code, &*printed), (0, "the settings are valid\n"));
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 1, "the file itself, and no data folder");
}

#[test]
fn no_secret_is_written_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    for text in [
        "pepper = 'SECRET'",
        "bootstrap-password = 'SECRET'",
        "import-from = 'postgres://me:SECRET@db/x'",
        "database-url = 'postgres://me:SECRET@db/x'",
        "database-url = 'postgres://me@db/x?password=SECRET'",
        "database-url = 'postgres://me@db/x?SECRET=1'",
        "listen = 'postgres://me:SECRET@db/x'",
        "pepper-file = 'SECRET'",
        "database-url-file = 'postgres://me:SECRET@db/x'",
        "pepper = SECRET",
        SECRET,
    ] {
        let path = written(folder.path(), text);
        let (code, printed) = run(command(folder.path()).args(["config", "--config", &path]));
        assert_eq!(code, 2, "{text}: {printed}");
        assert!(!printed.contains(SECRET), "{text}: {printed}");
        assert!(printed.contains(&path), "{text}: {printed}");
    }
}

#[test]
fn a_secret_is_read_from_the_file_that_the_file_names() {
    let folder = tempfile::tempdir().unwrap();
    let [pepper, url] = ["pepper", "url"].map(|name| folder.path().join(name));
    std::fs::write(&pepper, "c0ffee00".repeat(8)).unwrap();
    std::fs::write(&url, "postgres://me:SECRET@db/x\n").unwrap();
    let text = format!("pepper-file = {pepper:?}\ndatabase-url-file = {url:?}\n");
    let path = written(folder.path(), &text);
    let (code, printed) = run(command(folder.path()).args(["config", "--config", &path]));
    assert_eq!(code, 0, "{printed}");
    assert!(!printed.contains(SECRET), "{printed}");
    for (value, place) in [
        ("postgres://me@db/x", "2:21"),
        (&format!("(in {})", pepper.display()), "1:15"),
    ] {
        let line = format!("= {value}  # {path}:{place}\n");
        assert!(printed.contains(&line), "{line}{printed}");
    }

    let both = format!("{text}database-url = 'sqlite://x'\n");
    let path = written(folder.path(), &both);
    let (code, printed) = run(command(folder.path()).args(["config", "--config", &path]));
    assert_eq!(code, 2, "{printed}");
    assert!(printed.contains("not to be set together"), "{printed}");
}

#[test]
fn a_file_that_cannot_be_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let large = folder.path().join("large.toml");
    std::fs::write(&large, "#".repeat(65_537)).unwrap();
    let binary = folder.path().join("binary.toml");
    std::fs::write(&binary, b"workers = 1\xff").unwrap();
    for path in [
        &folder.path().join("none.toml"),
        folder.path(),
        &large,
        &binary,
    ] {
        let (code, printed) = run(command(folder.path())
            .arg("config")
            .arg("--config")
            .arg(path));
        assert_eq!(code, 2, "{printed}");
        assert!(printed.contains(path.to_str().unwrap()), "{printed}");
    }
}
