//! Secrets are read alike, from a variable and from a file.

use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
    command,
    raw::RawServer,
    run,
};
use reqwest::Method;
use std::{ffi::OsStr, os::unix::ffi::OsStrExt, path::Path};
use xtask_harness::server::{ADMIN_PASSWORD, pepper};

/// The variables, each with a value that is right.
fn secrets() -> [(&'static str, String); 3] {
    [
        ("APIKEY_PEPPER", pepper()),
        ("APIKEY_BOOTSTRAP_PASSWORD", "Hidden_123".to_owned()),
        ("APIKEY_DATABASE_URL", "sqlite://hidden.db".to_owned()),
    ]
}

/// Has `config` read a secret from a variable, and then from a file.
fn read(folder: &Path, name: &str, value: &[u8]) -> [(i32, String); 2] {
    let file = folder.join("secret");
    std::fs::write(&file, value).unwrap();
    [
        run(command(folder)
            .arg("config")
            .env(name, OsStr::from_bytes(value))),
        run(command(folder)
            .arg("config")
            .env(format!("{name}_FILE"), &file)),
    ]
}

#[test]
fn one_line_end_is_cut_from_every_secret() {
    let folder = tempfile::tempdir().unwrap();
    for (name, value) in secrets() {
        let expected = read(folder.path(), name, value.as_bytes());
        for end in ["\n", "\r\n"] {
            let printed = read(folder.path(), name, format!("{value}{end}").as_bytes());
            assert_eq!(printed, expected, "{name}");
        }
        assert_eq!(expected.map(|(code, _)| code), [0, 0], "{name}");
    }
}

#[test]
fn no_secret_has_control_characters_is_empty_or_something_else_than_text() {
    let folder = tempfile::tempdir().unwrap();
    for (name, value) in secrets() {
        let value = value.as_bytes();
        let wrong: [&[u8]; 9] = [
            b"",
            b"\n",
            &[value, b"\n\n"].concat(),
            &[value, b"\r"].concat(),
            &[value, b"\t"].concat(),
            &[b"\n", value].concat(),
            &[value, b"\x1b"].concat(),
            &[value, "\u{85}".as_bytes()].concat(),
            &[value, b"\xff"].concat(),
        ];
        for wrong in wrong {
            for (code, printed) in read(folder.path(), name, wrong) {
                assert_eq!(code, 2, "{name} {}: {printed}", wrong.escape_ascii());
                assert!(printed.contains(name), "{printed}");
                let hidden = String::from_utf8_lossy(value);
                assert!(!printed.contains(&*hidden), "{printed}");
            }
        }
    }
}

#[test]
fn a_secret_comes_from_a_variable_or_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    for (name, value) in secrets() {
        std::fs::write(&file, &value).unwrap();
        let twin = format!("{name}_FILE");
        let (code, printed) = run(command(folder.path())
            .arg("config")
            .env(name, &value)
            .env(&twin, &file));
        assert_eq!(code, 2, "{printed}");
        assert!(
            printed.contains(&format!("together with {twin}")),
            "{printed}"
        );
        let missing = folder.path().join("missing");
        let (code, printed) = run(command(folder.path()).arg("config").env(&twin, &missing));
        assert_eq!(code, 2, "{printed}");
        assert!(printed.contains(&*missing.to_string_lossy()), "{printed}");
        let (code, printed) = run(command(folder.path()).arg("config").env(&twin, "/dev/zero"));
        assert_eq!(code, 2, "{printed}");
    }
}

#[tokio::test]
async fn the_first_administrator_signs_in_although_the_secret_was_mounted_with_a_line_end() {
    for is_file in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        let mounted = format!("{ADMIN_PASSWORD}\n");
        std::fs::write(&file, &mounted).unwrap();
        let server = RawServer::start(Kind::Sqlite, |command| {
            command.env("APIKEY_BOOTSTRAP_PASSWORD", &mounted);
            if is_file {
                command.env_remove("APIKEY_BOOTSTRAP_PASSWORD");
                command.env("APIKEY_BOOTSTRAP_PASSWORD_FILE", &file);
            }
        })
        .await;
        let request = server.client().as_admin(Method::GET, "/v2/users/me");
        assert_eq!(answer(request).await.0, 200);
    }
}

#[tokio::test]
async fn a_pepper_with_blanks_around_it_is_the_one_it_was() {
    let mut server = TestServer::start(Kind::Sqlite).await;
    let key = Client::new(&server).create_key("ci").await;
    let key = key["value"].as_str().unwrap();
    server.terminate();
    let text = format!(" {} \n", pepper());
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &text).unwrap();
    for is_file in [false, true] {
        server
            .start_changed(|command| {
                command.env("APIKEY_PEPPER", &text);
                if is_file {
                    command.env_remove("APIKEY_PEPPER");
                    command.env("APIKEY_PEPPER_FILE", file.path());
                }
            })
            .await;
        assert_eq!(Client::new(&server).verify(key, "m").await, 200);
        server.terminate();
    }
}
