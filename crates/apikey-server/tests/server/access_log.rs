//! The line of each request in the log.

use crate::{
    connections::raw::Raw,
    support::{
        Kind, TestServer,
        client::{Client, answer},
    },
};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Returns the lines of requests, once there are so many or more.
async fn lines(server: &TestServer, count: usize) -> Vec<Value> {
    let mut lines = Vec::new();
    for _ in 0..100 {
        let log = server.log();
        let all = log
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        lines = all
            .filter(|line: &Value| line["target"] == "apikey_http::access")
            .collect();
        if lines.len() >= count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    lines
}

/// Returns method, route and status of a line.
fn shown(line: &Value) -> String {
    format!(
        "{} {} {}",
        line["method"].as_str().unwrap(),
        line["route"].as_str().unwrap(),
        line["status"]
    )
}

/// Asks for something of every kind.
async fn ask(client: &Client) -> (String, String) {
    let create = client.as_admin(Method::POST, "/v2/api-keys");
    let create = create
        .header("x-request-id", "of-the-gateway")
        .header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"))
        .json(&json!({"name": "a name"}));
    let created = answer(create).await.1;
    let key = created["value"].as_str().unwrap().to_owned();
    let shown = client.request(Method::GET, "/v2/users/me?secret=in-a-query");
    answer(shown.bearer_auth(&key)).await;
    let verify = client.request(Method::GET, "/auth/verify/in-a-path");
    assert_eq!(answer(verify.bearer_auth(&key)).await.0, 200);
    answer(client.request(Method::GET, "/livez")).await;
    answer(client.as_admin(Method::GET, "/metrics")).await;
    answer(
        client
            .request(Method::GET, "/in-a-path")
            .basic_auth("nobody", Some("Wrong_123")),
    )
    .await;
    (key, created["id"].to_string())
}

#[tokio::test]
async fn each_request_that_manages_has_a_line_and_no_line_has_a_secret() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let server = TestServer::start(kind).await;
        let client = Client::new(&server);
        let (key, id) = ask(&client).await;
        let lines = lines(&server, 3).await;
        let all: Vec<_> = lines.iter().map(shown).collect();
        assert_eq!(
            all,
            [
                "POST /v2/api-keys 200",
                "GET /v2/users/me 200",
                "GET other 404"
            ],
            "{kind}"
        );
        let [created, read, nowhere] = &lines[..] else {
            panic!("{lines:?}");
        };
        assert_eq!(created["level"], "INFO");
        assert_eq!(created["request_id"], "of-the-gateway");
        assert_eq!(created["trace_id"], TRACE);
        assert_eq!(
            (&created["user_id"], created.get("key_id")),
            (&json!(1), None)
        );
        assert!(created["duration_ms"].as_f64().unwrap() > 0.0);
        assert_eq!(read["user_id"], 1);
        assert_eq!(read["key_id"].to_string(), id);
        assert_eq!(read["request_id"].as_str().unwrap().len(), 32);
        assert_eq!(
            (nowhere.get("user_id"), nowhere.get("trace_id")),
            (None, None)
        );
        let log = server.log();
        let parts = key.split('_').skip(1);
        for secret in parts.chain([
            "in-a-query",
            "in-a-path",
            "Admin_123",
            "Wrong_123",
            "a name",
        ]) {
            assert!(!log.contains(secret), "{secret}");
        }
    }
}

#[tokio::test]
async fn with_all_verifications_and_probes_have_a_line_and_with_off_nothing_has() {
    let server = TestServer::start_with(Kind::Sqlite, &["--access-log", "all"]).await;
    let client = Client::new(&server);
    let (_, id) = ask(&client).await;
    let lines = lines(&server, 6).await;
    let verified = lines.iter().find(|line| line["route"] == "/auth/verify");
    let verified = verified.unwrap();
    assert_eq!(
        (&verified["user_id"], verified["key_id"].to_string()),
        (&json!(1), id)
    );
    assert_eq!(verified.get("request_id"), None);
    for route in ["/livez", "/metrics", "/readyz"] {
        assert!(lines.iter().any(|line| line["route"] == route), "{route}");
    }
    let server = TestServer::start_with(Kind::Sqlite, &["--access-log", "off"]).await;
    ask(&Client::new(&server)).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(self::lines(&server, 1).await, [Value::Null; 0]);
}

#[tokio::test]
async fn a_stream_has_its_line_when_it_ends_and_what_is_not_read_has_one_too() {
    let server = TestServer::start(Kind::Sqlite).await;
    let client = Client::new(&server);
    let key = client.create_key("watching").await;
    let watch = client.request(Method::GET, "/v2/api-keys?watch=true");
    let watch = watch.bearer_auth(key["value"].as_str().unwrap());
    let stream = watch.send().await.unwrap();
    assert_eq!(stream.status(), 200);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(lines(&server, 1).await.len(), 1, "of the creation");
    // With its key the stream ends.
    let path = format!("/v2/api-keys/{}", key["id"]);
    assert_eq!(answer(client.as_admin(Method::DELETE, &path)).await.0, 200);
    stream.bytes().await.unwrap();
    let all = lines(&server, 3).await;
    let ended = all.iter().find(|line| line["method"] == "GET").unwrap();
    assert_eq!(shown(ended), "GET /v2/api-keys 200");
    assert_eq!(ended["key_id"], key["id"]);
    assert!(ended["duration_ms"].as_f64().unwrap() >= 300.0, "{ended}");
    let mut raw = Raw::open(server.address).await;
    raw.send("GET / HTTP/1.1\r\nBad Header\r\n\r\n").await;
    let answer = raw.read().await;
    let refused = &lines(&server, 4).await[3];
    assert_eq!(shown(refused), "_OTHER unread 400");
    let id = refused["request_id"].as_str().unwrap();
    assert!(
        answer.contains(&format!("x-request-id: {id}\r\n")),
        "{answer}"
    );
}

/// Returns the lines of causes.
fn causes(log: &str) -> Vec<Value> {
    let lines = log
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    lines
        .filter(|line: &Value| line["target"] == "apikey_http::error")
        .collect()
}

#[tokio::test]
async fn a_cause_has_the_id_of_the_answer_that_does_not_tell_it() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut server = TestServer::start(kind).await;
        let client = Client::new(&server);
        let key = client.create_key("ci").await;
        let broken = ["ALTER TABLE api_keys RENAME TO stored_keys".to_owned()];
        server.database().run_all(&broken).await.unwrap();
        let path = format!("/v2/api-keys/{}", key["id"]);
        let mut ids = Vec::new();
        for accepted in ["application/json", "application/problem+json"] {
            let read = client.as_admin(Method::GET, &path);
            let read = read.header("accept", accepted).send().await.unwrap();
            assert!(read.status().is_server_error(), "{kind}: {read:?}");
            ids.push(read.headers()["x-request-id"].to_str().unwrap().to_owned());
            let body = read.text().await.unwrap();
            assert!(!body.contains("api_keys"), "{kind}: {body}");
        }
        // An id that a gateway sends is that of the answer.
        let verify = client.request(Method::GET, "/auth/verify");
        let verify = verify.header("x-request-id", "of-the-gateway");
        let verify = verify.bearer_auth(key["value"].as_str().unwrap());
        assert!(answer(verify).await.0 >= 500, "{kind}");
        ids.push("of-the-gateway".to_owned());
        server.terminate();
        let causes = causes(&server.log());
        let of: Vec<_> = causes.iter().map(|line| &line["request_id"]).collect();
        assert_eq!(of, ids.iter().collect::<Vec<_>>(), "{kind}: {causes:?}");
        for line in &causes {
            let cause = line["cause"].as_str().unwrap();
            assert!(cause.contains("api_keys"), "{kind}: {line}");
        }
    }
}
