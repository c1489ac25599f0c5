//! Tests on real connections: framing, and responses that no handler gives.

use crate::support::{self, TestApi};
use apikey_domain::{
    error::PortError,
    key::place::Place,
    listing::Piece,
    port::api_key_repository::{KeyBatch, MockApiKeyRepository},
    testing::fixture,
};
use apikey_http::{Api, connection::Clocks};
use base64::{Engine, prelude::BASE64_STANDARD};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Serves `api` on a free port until the test ends.
fn serve(api: Api) -> SocketAddr {
    let clocks = Clocks {
        head: Duration::from_secs(1),
        ..Clocks::default()
    };
    support::serve(api, clocks)
}

/// Sends bytes and reads the response until the connection closes or is idle.
async fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may respond and close before it has read everything.
    let _ = stream.write_all(bytes).await;
    let mut response = Vec::new();
    let mut timeout = Duration::from_secs(5);
    while let Ok(Ok(1..)) = tokio::time::timeout(timeout, stream.read_buf(&mut response)).await {
        timeout = Duration::from_millis(300);
    }
    String::from_utf8_lossy(&response).into_owned()
}

fn head(method: &str, path: &str, rest: &str) -> String {
    let basic = BASE64_STANDARD.encode("alice:Passw0rd_1");
    format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Basic \
         {basic}\r\n{rest}\r\n"
    )
}

#[actix_web::test]
async fn an_endless_chunked_body_is_413() {
    let address = serve(TestApi::new().await.state);
    let mut request = head("POST", "/v2/api-keys", "Transfer-Encoding: chunked\r\n");
    for _ in 0..20 {
        request.push_str("1000\r\n");
        request.push_str(&"x".repeat(0x1000));
        request.push_str("\r\n");
    }
    let response = exchange(address, request.as_bytes()).await;
    assert!(response.starts_with("HTTP/1.1 413"), "{response}");
    assert!(response.contains("PayloadTooLarge"), "{response}");
}

#[actix_web::test]
async fn a_body_that_is_too_large_is_413_while_it_is_still_being_sent() {
    let address = serve(TestApi::new().await.state);
    let length = 4_000_000;
    let rest = format!("Content-Length: {length}\r\n");
    let mut request = head("POST", "/v2/api-keys", &rest).into_bytes();
    request.resize(request.len() + length, b'x');
    let response = exchange(address, &request).await;
    assert!(response.starts_with("HTTP/1.1 413"), "{response}");
}

#[actix_web::test]
async fn an_aborted_list_has_no_last_chunk() {
    let mut api = TestApi::new().await;
    let mut repository = MockApiKeyRepository::new();
    let mut calls = 0;
    repository
        .expect_list_after()
        .returning(move |_, order, _, limit| {
            calls += 1;
            if calls > 1 {
                return Err(PortError::Unavailable("gone".into()));
            }
            let key = |number| fixture::api_key(i64::from(number), "ci");
            Ok(KeyBatch {
                piece: Piece::of((0..limit).map(key).collect()),
                next: Some(Place::of(&key(limit - 1), order)),
            })
        });
    api.state.keys.api_keys = Arc::new(repository);
    let address = serve(api.state);
    let request = head("GET", "/v2/api-keys?page=-1", "");
    let response = exchange(address, request.as_bytes()).await;
    // Empty if it is aborted before the first bytes are sent.
    assert!(
        response.is_empty() || response.starts_with("HTTP/1.1 200"),
        "{response}"
    );
    assert!(!response.ends_with("0\r\n\r\n"), "{response}");
}

#[actix_web::test]
async fn a_stream_begins_before_there_are_events() {
    let address = serve(TestApi::new().await.state);
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = head("GET", "/v2/api-keys?watch=true", "");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut buffer = [0; 1_024];
    let read = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut buffer));
    let count = read.await.unwrap().unwrap();
    let response = String::from_utf8_lossy(&buffer[..count]);
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    assert!(response.contains("text/event-stream"), "{response}");
}

#[actix_web::test]
async fn malformed_requests_are_refused() {
    let address = serve(TestApi::new().await.state);
    let long_header = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(200_000));
    let many_headers = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "X: x\r\n".repeat(96));
    let table: [(&[u8], &str); 6] = [
        (b"\x00\x01\x02\r\n\r\n", "HTTP/1.1 400"),
        (b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 400"),
        (b"GET / HTTP/1.1\r\nBad Header\r\n\r\n", "HTTP/1.1 400"),
        (long_header.as_bytes(), "HTTP/1.1 431"),
        (many_headers.as_bytes(), "HTTP/1.1 431"),
        (b"GET / HTTP/1.1\r\nHost:", "HTTP/1.1 408"),
    ];
    for (bytes, expected) in table {
        let response = exchange(address, bytes).await;
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(30)]);
        assert!(response.starts_with(expected), "{shown}: {response}");
    }
}

#[actix_web::test]
async fn unusual_but_well_formed_requests_get_an_error_body() {
    let address = serve(TestApi::new().await.state);
    let close = "Host: x\r\nConnection: close\r\n\r\n";
    for line in [
        "OPTIONS * HTTP/1.1",
        "GET http://elsewhere/v2/none HTTP/1.1",
        "CONNECT x:80 HTTP/1.1",
        "GET /v2/api-keys%2f HTTP/1.1",
        "GET /..%2f..%2fetc HTTP/1.1",
    ] {
        let response = exchange(address, format!("{line}\r\n{close}").as_bytes()).await;
        assert!(response.starts_with("HTTP/1.1 404"), "{line}: {response}");
        assert!(
            response.contains(r#""reason":"NotFound""#),
            "{line}: {response}"
        );
    }
}
