//! What operators see of requests: ids, figures, and who may read them.

use crate::support::{TestApi, by, get, serve, with_key};
use actix_web::http::StatusCode;
use apikey_http::{
    Api, MetricsAccess, MetricsToken,
    connection::{self, Bounds, Clocks, Connections, Settings},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const TOKEN: &str = "a-token-for-metrics.0";

/// Sends a request and returns the whole answer.
async fn exchange(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    let read = tokio::time::timeout(Duration::from_secs(10), read).await;
    read.unwrap().unwrap();
    answer
}

async fn ask(address: SocketAddr, line: &str, headers: &str) -> String {
    let request = format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
    exchange(address, &request).await
}

/// Returns the id of an answer.
fn id(answer: &str) -> Option<&str> {
    let mut lines = answer.lines();
    lines.find_map(|line| line.strip_prefix("x-request-id: "))
}

fn basic(username: &str) -> String {
    let encoded = BASE64_STANDARD.encode(format!("{username}:Passw0rd_1"));
    format!("Authorization: Basic {encoded}\r\n")
}

#[actix_web::test]
async fn every_answer_has_an_id_but_that_to_a_good_key_which_has_the_one_it_came_with() {
    let api = TestApi::new().await;
    let (_, key) = api.key(json!({"name": "ci"})).await;
    let address = serve(api.state.clone(), Clocks::default());
    let (alice, bearer) = (basic("alice"), format!("Authorization: Bearer {key}\r\n"));
    for (line, headers, status, is_made) in [
        ("GET /v2/api-keys", &*alice, 200, true),
        ("GET /v2/api-keys", "", 401, true),
        ("GET /livez", "", 200, true),
        ("GET /nowhere", "", 404, true),
        ("OPTIONS *", "", 404, true),
        ("GET /auth/verify", &*bearer, 200, false),
        ("GET /auth/verify", "", 401, true),
        ("GET /token-auth?x", &*bearer, 200, false),
    ] {
        let answer = ask(address, line, headers).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{answer}"
        );
        let made = id(&answer);
        assert_eq!(made.is_some(), is_made, "{line}: {answer}");
        assert!(made.is_none_or(|id| id.len() == 32), "{line}: {answer}");
        let given = format!("{headers}X-Request-Id: gateway-7f3a\r\n");
        let answer = ask(address, line, &given).await;
        assert_eq!(id(&answer), Some("gateway-7f3a"), "{line}");
        let invalid = format!("{headers}X-Request-Id: two words\r\n");
        let answer = ask(address, line, &invalid).await;
        assert_eq!(id(&answer).is_some(), is_made, "{line}");
        assert_eq!(answer.matches("x-request-id").count(), usize::from(is_made));
        assert!(!answer.contains("two words"), "{answer}");
    }
    // Below what routes requests.
    for bytes in ["GET / HTTP/1.1\r\nBad Header\r\n\r\n", "\0\r\n\r\n"] {
        let answer = exchange(address, bytes).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert_eq!(id(&answer).map(str::len), Some(32), "{answer}");
    }
}

#[actix_web::test]
async fn requests_are_counted_by_method_route_and_class_and_by_nothing_a_client_chose() {
    let api = TestApi::new().await;
    let (_, key) = api.key(json!({"name": "ci"})).await;
    let address = serve(api.state.clone(), Clocks::default());
    let (alice, bearer) = (basic("alice"), format!("Authorization: Bearer {key}\r\n"));
    for (line, headers) in [
        ("GET /v2/api-keys?page=1", &*alice),
        ("GET /v2/api-keys?page=x", &*alice),
        ("GET /v2/api-keys/4711", &*alice),
        ("BREW /v2/api-keys", ""),
        ("GET /my-secret", ""),
        ("GET /auth/verify/my-secret?scope=inference", &*bearer),
        ("GET /auth/verify", &*bearer),
        ("GET /auth/verify", ""),
        ("GET / \u{ff}", ""),
    ] {
        ask(address, line, headers).await;
    }
    let text = api.state.metrics.as_ref().unwrap().text();
    for (method, route, status, count) in [
        ("GET", "/v2/api-keys", "2xx", 1),
        ("GET", "/v2/api-keys", "4xx", 1),
        ("GET", "/v2/api-keys/{id}", "4xx", 1),
        ("_OTHER", "/v2/api-keys", "4xx", 1),
        ("GET", "other", "4xx", 1),
        ("GET", "/auth/verify", "2xx", 2),
        ("GET", "/auth/verify", "4xx", 1),
        ("_OTHER", "unread", "4xx", 1),
    ] {
        let labels = format!("{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}}");
        let line = format!("http_server_request_duration_seconds_count{labels} {count}\n");
        assert!(text.contains(&line), "{line} in {text}");
    }
    assert!(
        text.contains("apikey_verification_duration_seconds_count 2\n"),
        "{text}"
    );
    for secret in ["my-secret", "4711", "BREW", &key] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[actix_web::test]
async fn a_sign_in_that_is_throttled_is_counted_as_a_limit() {
    let api = TestApi::new().await;
    let address = serve(api.state.clone(), Clocks::default());
    let wrong = format!(
        "Authorization: Basic {}\r\n",
        BASE64_STANDARD.encode("bob:wrong")
    );
    let mut throttled = 0;
    for _ in 0..12 {
        let answer = ask(address, "GET /v2/users/me", &wrong).await;
        throttled += usize::from(answer.starts_with("HTTP/1.1 429"));
    }
    let text = api.state.metrics.as_ref().unwrap().text();
    let line = format!("apikey_limits_reached_total{{limit=\"sign_ins\"}} {throttled}\n");
    assert!(throttled > 0 && text.contains(&line), "{throttled} {text}");
}

#[actix_web::test]
async fn the_token_opens_the_metrics_and_nothing_else() {
    let mut api = TestApi::new().await;
    let token = MetricsToken::parse(TOKEN).unwrap();
    api.state.metrics_access = MetricsAccess::AdminsAnd(token);
    let status = async |request| api.send(request).await.status;
    assert_eq!(status(with_key(TOKEN, get("/metrics"))).await, 200);
    assert_eq!(status(by("root", get("/metrics"))).await, 200);
    assert_eq!(status(by("alice", get("/metrics"))).await, 403);
    assert_eq!(status(get("/metrics")).await, 401);
    let almost = &TOKEN[..TOKEN.len() - 1];
    assert_eq!(status(with_key(almost, get("/metrics"))).await, 401);
    let elsewhere = get("/metrics").insert_header(("x-api-key", TOKEN));
    assert_eq!(status(elsewhere).await, 401);
    for path in ["/v2/users", "/v2/api-keys", "/v2/events", "/auth/verify"] {
        assert_eq!(status(with_key(TOKEN, get(path))).await, 401, "{path}");
    }
    api.state.metrics_access = MetricsAccess::Nobody;
    for request in [get("/metrics"), by("root", get("/metrics"))] {
        let refused = api.send(request).await;
        assert_eq!(refused.refusal(), "404 NotFound: No such route");
    }
}

/// Serves the metrics alone until the test ends.
fn serve_metrics(api: Api) -> SocketAddr {
    let settings = Settings {
        workers: 1,
        connections: Connections::new(Bounds {
            all: 10,
            per_address: 10,
            trusted_proxies: Default::default(),
        }),
        clocks: Clocks::default(),
        shutdown_seconds: 1,
        access_log: Default::default(),
        on_worker_start: std::sync::Arc::new(|| {}),
    };
    let listener = connection::listen(([127, 0, 0, 1], 0).into()).unwrap();
    let address = listener.local_addr().unwrap();
    actix_web::rt::spawn(connection::serve_metrics(api, listener, settings).unwrap());
    address
}

#[actix_web::test]
async fn an_address_for_the_metrics_has_nothing_else_and_asks_for_the_token_if_there_is_one() {
    let mut api = TestApi::new().await;
    let bearer = format!("Authorization: Bearer {TOKEN}\r\n");
    for (access, without, with) in [
        (MetricsAccess::Admins, StatusCode::OK, StatusCode::OK),
        (
            MetricsAccess::AdminsAnd(MetricsToken::parse(TOKEN).unwrap()),
            StatusCode::UNAUTHORIZED,
            StatusCode::OK,
        ),
    ] {
        api.state.metrics_access = access;
        let address = serve_metrics(api.state.clone());
        for (headers, status) in [("", without), (&bearer, with)] {
            let answer = ask(address, "GET /metrics", headers).await;
            assert!(
                answer.starts_with(&format!("HTTP/1.1 {status}")),
                "{answer}"
            );
            let is_shown = answer.contains("apikey_verifications_total");
            assert_eq!(is_shown, status == StatusCode::OK, "{answer}");
        }
        for path in ["/livez", "/v2/users", "/auth/verify", "/"] {
            let answer = ask(address, &format!("GET {path}"), &bearer).await;
            assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
        }
    }
}
