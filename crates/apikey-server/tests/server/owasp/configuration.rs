//! API8: security misconfiguration. What is shipped is closed, and an answer says
//! nothing about what runs behind it.

use super::world::World;
use crate::{
    connections::raw::Raw,
    support::{Kind, command, run},
};
use reqwest::{Method, Response, StatusCode};
use serde_json::json;

/// What no answer may hold: how the server is made, and where its files are.
const TELLTALES: [&str; 10] = [
    "sqlite", "postgres", "diesel", "actix", "src/", ".rs:", "panicked", "select ", "/tmp/",
    "insert ",
];

async fn must_say_nothing(what: &str, response: Response) {
    for name in response.headers().keys() {
        let name = name.as_str();
        let is_known = matches!(
            name,
            "content-type"
                | "content-length"
                | "cache-control"
                | "date"
                | "allow"
                | "www-authenticate"
                | "retry-after"
                | "connection"
                | "transfer-encoding"
                | "x-request-id"
                | "link"
                | "x-total-count"
        );
        assert!(is_known, "{what}: {name}");
    }
    assert_eq!(response.headers()["cache-control"], "no-store", "{what}");
    let kind = response.headers().get("content-type").cloned();
    let body = response.text().await.unwrap();
    if !body.is_empty() {
        let kind = kind.unwrap();
        let kind = kind.to_str().unwrap();
        // Nothing that a browser would run.
        assert!(kind.starts_with("application/"), "{what}: {kind}");
    }
    let lower = body.to_lowercase();
    for telltale in TELLTALES {
        assert!(!lower.contains(telltale), "{what}: {body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_say_nothing_about_what_runs_behind_them() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let world = World::new(kind).await;
        let quote = json!({"name": "'; DROP TABLE api_keys; --", "scope": ["root"]});
        let taken = json!({"username": "alice", "password": "Passw0rd_1"});
        for (method, path, body) in [
            (Method::GET, "/", None),
            (Method::GET, "/v2/api-keys", None),
            (Method::GET, "/v2/api-keys?sort_by='", None),
            (Method::GET, "/v2/api-keys?search=%27%22%25_%00", None),
            (Method::GET, "/v2/events?after=%27", None),
            (Method::GET, "/v2/users/9223372036854775807", None),
            (Method::GET, "/v2/users/%27", None),
            (Method::GET, "/../../etc/passwd", None),
            (Method::GET, "/%2e%2e/%2e%2e/etc/passwd", None),
            (Method::POST, "/v2/api-keys", Some(quote)),
            (Method::POST, "/v2/users", Some(taken)),
            (Method::PATCH, "/v2/users", None),
        ] {
            let request = world.client.as_admin(method, path);
            let request = match body {
                Some(body) => request.json(&body),
                None => request,
            };
            must_say_nothing(path, request.send().await.unwrap()).await;
        }
        // Without credentials, too.
        for path in [
            "/v2/api-keys",
            "/healthz",
            "/readyz",
            "/metrics",
            "/auth/verify",
        ] {
            let request = world.client.request(Method::GET, path);
            must_say_nothing(path, request.send().await.unwrap()).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_site_is_let_in_nowhere() {
    let world = World::new(Kind::Sqlite).await;
    for path in ["/v2/api-keys", "/v2/users/me", "/metrics", "/healthz"] {
        for method in [Method::OPTIONS, Method::GET] {
            let request = world.as_alice(method.clone(), path);
            let request = request
                .header("origin", "https://other.example")
                .header("access-control-request-method", "DELETE")
                .header("access-control-request-headers", "authorization");
            let response = request.send().await.unwrap();
            if method == Method::OPTIONS {
                assert_eq!(response.status(), StatusCode::NO_CONTENT, "{path}");
            }
            let mut names = response.headers().keys();
            let is_let_in = names.any(|name| name.as_str().starts_with("access-control"));
            assert!(!is_let_in, "{method} {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_is_not_echoed() {
    let world = World::new(Kind::Sqlite).await;
    for method in ["TRACE", "TRACK", "DEBUG"] {
        let mut raw = Raw::open(world.server.address).await;
        let request = format!(
            "{method} /v2/api-keys HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sent-secret\r\n\r\n"
        );
        raw.send(&request).await;
        let answer = raw.read().await;
        assert!(answer.starts_with("HTTP/1.1 405"), "{method}: {answer}");
        assert!(!answer.contains("sent-secret"), "{method}: {answer}");
    }
}

#[test]
fn without_settings_it_listens_to_its_own_machine_and_trusts_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let (code, printed) = run(command(folder.path()).arg("config"));
    assert_eq!(code, 0, "{printed}");
    let mut settings = printed.lines().map(|line| {
        let (name, value) = line.split_once('=').unwrap();
        let (value, _) = value.split_once("  # ").unwrap();
        (name.trim(), value.trim())
    });
    let listen = settings.find(|(name, _)| *name == "listen").unwrap().1;
    assert!(listen.starts_with("127.0.0.1:"), "{listen}");
    let proxies = settings.find(|(name, _)| *name == "trusted-proxies");
    assert_eq!(proxies.unwrap().1, "(none)");
    let header = settings.find(|(name, _)| *name == "client-address-header");
    assert_eq!(header.unwrap().1, "(none)");
}
