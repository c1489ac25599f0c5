//! The subcommand `key explain`, while servers run and without one, and what the log says
//! of a refusal.

use crate::support::{Kind, TestServer, client::Client, run};
use reqwest::Method;
use serde_json::{Value, json};

fn explain(server: &TestServer, arguments: &[&str]) -> (i32, String) {
    let mut command = server.command();
    command.args(["key", "explain"]).args(arguments);
    // It needs none.
    command.env_remove("APIKEY_PEPPER");
    run(&mut command)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_explained_with_and_without_a_server() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut server = TestServer::start(kind).await;
        let client = Client::new(&server);
        let (id, _) = client.own_key("admin").await;
        let id = id.to_string();
        let ask = |server: &TestServer| {
            let (code, printed) = explain(server, &[&id]);
            assert_eq!(code, 0, "{printed}");
            assert!(printed.contains(&format!("key {id} at ")), "{printed}");
            assert!(
                printed.contains("  expiry      passed  expires_at=null"),
                "{printed}"
            );
            let (code, printed) = explain(server, &[&id, "--at", "2000-01-01T00:00:00Z", "--json"]);
            assert_eq!(code, 0, "{printed}");
            let line = printed.lines().find(|line| line.starts_with('{')).unwrap();
            let json: Value = serde_json::from_str(line).unwrap();
            assert_eq!(
                (&json["valid"], &json["at"]),
                (&json!(true), &json!("2000-01-01T00:00:00.000000Z"))
            );
        };
        ask(&server);
        let path = format!("/v2/api-keys/{id}");
        let disable = client.as_admin(Method::PATCH, &path);
        let disable = disable
            .header("content-type", "application/merge-patch+json")
            .body(r#"{"disabled":true}"#);
        assert_eq!(disable.send().await.unwrap().status(), 200);
        let (code, printed) = explain(&server, &[&id, "--scope", "inference", "--model", "a\nb"]);
        assert_eq!(code, 3, "{printed}");
        assert!(printed.contains(": Disabled\n"), "{printed}");
        assert!(
            printed.contains("  disabling   FAILED  disabled_at="),
            "{printed}"
        );
        for (arguments, code, part) in [
            (&["987654321"][..], 1, "there is no key 987654321"),
            (&["-1"], 1, "there is no key -1"),
            (&["1", "--scope", "root"], 1, "--scope: must be"),
            (&["1", "--at", "soon"], 1, "--at: must be an instant"),
            (&["one"], 2, "invalid"),
        ] {
            let (exit, printed) = explain(&server, arguments);
            assert_eq!(exit, code, "{printed}");
            assert!(printed.contains(part), "{printed}");
        }
        server.kill();
        let (code, printed) = explain(&server, &[&id]);
        assert_eq!(code, 3, "{printed}");
    }
}

/// Whoever made the key does not turn the lines around that an operator reads.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_key_holds_moves_no_terminal() {
    let server = TestServer::start(Kind::Sqlite).await;
    let client = Client::new(&server);
    let create = client.as_admin(Method::POST, "/v2/api-keys");
    let key = json!({"name": "a", "allowed_model_names": ["\u{202e}DELIAF"]});
    let created: Value = create
        .json(&key)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let id = created["id"].to_string();
    let (code, printed) = explain(&server, &[&id, "--model", "\u{9b}31m"]);
    assert_eq!(code, 3, "{printed}");
    assert!(printed.contains("\\u{202e}DELIAF"), "{printed}");
    assert!(printed.contains("\\u{9b}31m"), "{printed}");
    assert!(!printed.contains(['\u{202e}', '\u{9b}']), "{printed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_found_in_the_log_by_the_id_of_its_request() {
    let mut server = TestServer::not_started().await;
    let log_level = |command: &mut std::process::Command| {
        command.env("APIKEY_LOG", "info,apikey_http=debug");
    };
    server.start_changed(log_level).await;
    let client = Client::new(&server);
    let (id, key) = client.own_key("admin").await;
    let verify = async |key: &str, given: Option<&str>| {
        let request = client.request(Method::GET, "/auth/verify?scope=inference");
        let request = request.header("x-api-key", key);
        let request = match given {
            Some(given) => request.header("x-request-id", given),
            None => request,
        };
        let answer = request.send().await.unwrap();
        let id = answer.headers().get("x-request-id");
        (
            answer.status().as_u16(),
            id.map(|id| id.to_str().unwrap().to_owned()),
        )
    };
    // Whoever is let through has no other id than the one that they came with.
    assert_eq!(verify(&key, None).await, (200, None));
    let accepted = verify(&key, Some("accepted-1")).await;
    assert_eq!(accepted, (200, Some("accepted-1".to_owned())));
    let revoke = client.as_admin(Method::POST, &format!("/v2/api-keys/{id}/revoke"));
    let revoke = revoke.body(r#"{"reason":"unused"}"#).send();
    assert_eq!(revoke.await.unwrap().status(), 200);
    let (status, given) = verify(&key, Some("gateway-7f3a")).await;
    assert_eq!((status, given.as_deref()), (401, Some("gateway-7f3a")));
    let (status, made) = verify("gpustack_0123456789abcdef_secret", Some("no good id")).await;
    let made = made.unwrap();
    assert_eq!((status, made.len()), (401, 32), "{made}");
    let sign_in = client.request(Method::GET, "/v2/api-keys");
    let sign_in = sign_in
        .header("x-api-key", &key)
        .header("x-request-id", "console-1");
    let refused = sign_in.send().await.unwrap();
    assert_eq!(refused.status().as_u16(), 401);
    assert_eq!(refused.headers()["x-request-id"], "console-1");
    // The log is written by a thread of its own, and wholly when the server has ended.
    assert!(server.terminate().success());
    let log = server.log();
    let line = |id: &str| log.lines().find(|line| line.contains(id)).unwrap_or(&log);
    let refused = line("gateway-7f3a");
    for part in ["refused", "Revoked", "revocation", &format!("{id}")] {
        assert!(refused.contains(part), "{part}: {refused}");
    }
    assert!(line("console-1").contains("refused to sign in"), "{log}");
    let unknown = line(&made);
    assert!(
        unknown.contains("Unknown") && !unknown.contains("check"),
        "{unknown}"
    );
    assert!(!log.contains(&key) && !log.contains("no good id"), "{log}");
}
