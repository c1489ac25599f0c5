//! The log holds no secret, at any level.

use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
};
use reqwest::Method;
use serde_json::json;
use std::process::Stdio;
use xtask_harness::server::{ADMIN_PASSWORD, pepper};

/// Does what handles secrets, and returns the secrets.
async fn handle_secrets(client: &Client) -> Vec<String> {
    let generated = client.create_key("generated").await;
    let generated = generated["value"].as_str().unwrap().to_owned();
    let custom = "sk-custom-0123456789abcdef".to_owned();
    let (password, wrong) = ("Passw0rd_of_alice", "Wr0ng_guess_of_it");
    let create = client.as_admin(Method::POST, "/v2/api-keys");
    let body = json!({"name": "custom", "custom": custom});
    assert_eq!(answer(create.json(&body)).await.0, 200);
    let body = json!({"username": "alice", "password": password});
    client.change(Method::POST, "/v2/users", body).await;
    for given in [password, wrong] {
        let me = client.request(Method::GET, "/v2/users/me");
        answer(me.basic_auth("alice", Some(given))).await;
    }
    let unknown = format!("{}0000", &generated[..generated.len() - 4]);
    for key in [&generated, &custom, &unknown] {
        client.verify(key, "m").await;
        let me = client.request(Method::GET, "/v2/users/me");
        answer(me.bearer_auth(key)).await;
        let verify = client.as_admin(Method::POST, "/v2/api-keys/verify");
        answer(verify.json(&json!({ "key": key }))).await;
    }
    // What is refused is not shown, either.
    let refused = json!({"name": 1, "custom": custom, "password": wrong});
    let create = client.as_admin(Method::POST, "/v2/api-keys");
    assert_eq!(answer(create.json(&refused)).await.0, 422);
    let secret = generated.rsplit('_').next().unwrap().to_owned();
    let passwords = [password, wrong, ADMIN_PASSWORD].map(str::to_owned);
    // The beginnings of what is stored of keys and passwords.
    let digests = ["hmac-sha256$", "$argon2"].map(str::to_owned);
    [secret, custom, unknown, pepper()]
        .into_iter()
        .chain(passwords)
        .chain(digests)
        .collect()
}

#[tokio::test]
async fn no_secret_is_logged_at_any_level() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        for level in ["debug", "trace"] {
            let mut server = TestServer::not_started_on(kind).await;
            server
                .start_changed(|command| {
                    command.env("APIKEY_LOG", level);
                })
                .await;
            let secrets = handle_secrets(&Client::new(&server)).await;
            let log = server.log();
            assert!(log.contains("\"verified\""), "{kind}, {level}");
            for secret in secrets {
                let line = log.lines().find(|line| line.contains(&secret));
                assert_eq!(line, None, "{kind}, {level}: {secret}");
            }
        }
    }
}

/// A command asks a server as whoever it has the key or the session of.
#[tokio::test(flavor = "multi_thread")]
async fn no_secret_of_a_command_is_logged_at_any_level() {
    let mut server = TestServer::start(Kind::Sqlite).await;
    let key = Client::new(&server).create_key("of a command").await;
    let key = key["value"].as_str().unwrap();
    let url = format!("http://{}", server.address);
    for through in [&["--url", &url][..], &[]] {
        if through.is_empty() {
            assert!(server.terminate().success());
        }
        let mut command = server.command();
        command.env("APIKEY_LOG", "trace").env("APIKEY_KEY", key);
        command
            .args([
                "key",
                "create",
                &format!("made {}", through.len()),
                "--json",
            ])
            .args(through)
            .stdout(Stdio::piped());
        let done = command.output().unwrap();
        let log = String::from_utf8(done.stderr).unwrap();
        assert!(done.status.success() && log.contains("TRACE"), "{log}");
        let made: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
        // A library may write a few characters a line.
        for secret in [key, made["value"].as_str().unwrap()] {
            let secret = secret.rsplit('_').next().unwrap();
            for at in 0..secret.len() - 8 {
                assert!(!log.contains(&secret[at..at + 8]), "{through:?}: {log}");
            }
        }
        for line in ["cookie: gpust", "gpustack_session"] {
            assert!(!log.contains(line), "{through:?}: {log}");
        }
    }
}

#[tokio::test]
async fn each_line_of_a_json_log_is_an_object_and_of_a_text_log_one_line() {
    for (format, is_json) in [("json", true), ("text", false)] {
        let arguments = ["--log-format", format];
        let mut server = TestServer::start_with(Kind::Sqlite, &arguments).await;
        assert_eq!(server.terminate().code(), Some(0));
        let log = server.log();
        for message in [
            "created the first administrator",
            "serving",
            "stopping",
            "stopped",
        ] {
            let line = log.lines().find(|line| line.contains(message)).unwrap();
            let parsed = serde_json::from_str::<serde_json::Value>(line);
            assert_eq!(parsed.is_ok(), is_json, "{line}");
            if let Ok(object) = parsed {
                for field in ["timestamp", "level", "message", "target"] {
                    assert!(object[field].is_string(), "{field}: {line}");
                }
            }
        }
        let count = log.lines().filter(|line| line.contains("INFO")).count();
        assert_eq!(count, log.lines().count(), "{log}");
    }
}
