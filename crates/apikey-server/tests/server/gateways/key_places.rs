//! Keys in all the places where clients of the field send them.

use super::test_gateway::{Key, TestGateway};
use reqwest::Method;

/// The header and its value, for a key.
fn places(key: &Key) -> [(&'static str, String); 9] {
    let key = &key.value;
    [
        ("api-key", key.clone()),
        ("x-goog-api-key", key.clone()),
        ("Authorization", key.clone()),
        ("Authorization", basic(key, "")),
        ("Authorization", basic("api", key)),
        ("X-API-Key", format!("Bearer {key}")),
        ("X-API-Key", key.clone()),
        ("Authorization", format!("Bearer {key}")),
        (
            "Sec-WebSocket-Protocol",
            format!("realtime, openai-insecure-api-key.{key}, v1"),
        ),
    ]
}

/// Returns the value of a header with HTTP Basic.
fn basic(username: &str, password: &str) -> String {
    let request = reqwest::Client::new().get("http://gateway");
    let request = request
        .basic_auth(username, Some(password))
        .build()
        .unwrap();
    let value = &request.headers()["authorization"];
    value.to_str().unwrap().to_owned()
}

pub(super) async fn a_key_is_accepted_wherever_clients_send_it(gateway: &mut TestGateway) {
    let key = gateway.key("inference", &[]).await;
    for (name, value) in places(&key) {
        let request = gateway.request(Method::GET, "/v1/models");
        let received = gateway.forwarded(request.header(name, &value)).await;
        assert_eq!(received.header("X-Auth-Scope"), Some("inference"));
        // The service never sees it.
        let shown = format!("{received:?}");
        let secret = key.value.rsplit('_').next().unwrap();
        assert!(!shown.contains(secret), "{name}: {shown}");
        assert!(!shown.contains("Basic"), "{name}: {shown}");
    }
    let request = gateway.request(Method::GET, &format!("/v1/models?key={}", key.value));
    assert_eq!(gateway.refused(request).await.0, 401);
}

pub(super) async fn a_key_among_subprotocols_opens_a_web_socket(gateway: &mut TestGateway) {
    let key = gateway.key("inference", &["m"]).await.value;
    let open = |path: &str, protocols: &str| {
        format!(
            "GET {path} HTTP/1.1\r\nHost: gateway\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nOrigin: http://page.example\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Sec-WebSocket-Protocol: {protocols}\r\n\r\n"
        )
    };
    for (protocols, passed_on) in [
        (
            format!("realtime, openai-insecure-api-key.{key}, openai-beta.realtime-v1"),
            "realtime, openai-beta.realtime-v1",
        ),
        (format!("{key}, graphql-ws"), "graphql-ws"),
        (format!("chat, bearer.{key}"), "chat"),
    ] {
        let (answer, received) = gateway.raw_answer(&open("/models/m/live", &protocols));
        assert!(answer.starts_with("HTTP/1.1 101 "), "{protocols}: {answer}");
        let chosen = passed_on.split(',').next().unwrap();
        let chosen = format!("sec-websocket-protocol: {chosen}\r\n");
        assert!(answer.to_lowercase().contains(&chosen), "{answer}");
        assert_eq!(received.len(), 1, "{received:?}");
        assert_eq!(
            received[0].header("Sec-WebSocket-Protocol"),
            Some(passed_on)
        );
        assert_eq!(received[0].header("X-Model"), Some("m"));
    }
    for (path, protocols, expected) in [
        ("/live", "chat".to_owned(), 401),
        (
            "/live",
            "openai-insecure-api-key.nonsense-nonsense".to_owned(),
            401,
        ),
        ("/models/other/live", format!("chat, {key}"), 403),
    ] {
        let (status, received) = gateway.raw_outcome(&open(path, &protocols));
        assert_eq!(status, expected, "{path} {protocols}");
        assert!(received.is_empty(), "{received:?}");
    }
}

pub(super) async fn keys_in_several_places_must_agree(gateway: &mut TestGateway) {
    let one = gateway.key("inference", &[]).await;
    let other = gateway.key("*", &[]).await;
    for (name, value) in places(&one) {
        for (same, expected) in [(&one, 200), (&other, 400)] {
            let request = gateway.request(Method::GET, "/").header(name, &value);
            let place = if name == "api-key" {
                "x-goog-api-key"
            } else {
                "api-key"
            };
            let (response, received) = gateway.outcome(request.header(place, &same.value)).await;
            assert_eq!(response.status(), expected, "{name}: {value} and {place}");
            assert_eq!(received.len(), usize::from(expected == 200));
        }
    }
}
