//! Against a server that answers what it is told to.

use super::*;
use crate::request::Credentials;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Answers one request in pieces, and returns the request.
async fn serve(pieces: &'static [&'static str]) -> (Client, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = Client::new(listener.local_addr().unwrap()).unwrap();
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4_096];
        let length = stream.read(&mut request).await.unwrap();
        for piece in pieces {
            stream.write_all(piece.as_bytes()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    (client, serving)
}

#[tokio::test]
async fn a_request_carries_credentials_headers_and_body() {
    let answer = &["HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n{\"a\": 1}"];
    let (client, serving) = serve(answer).await;
    let request = Request::post("/x?y=1", &json!({"b": 2}))
        .by(Credentials::Password("a", "b"))
        .header("x-organization-id", "7");
    let answer = client.send(&request).await.unwrap();
    assert_eq!(answer.expect_ok().unwrap(), json!({"a": 1}));
    let sent = serving.await.unwrap();
    assert!(sent.starts_with("POST /x?y=1 HTTP/1.1\r\n"), "{sent}");
    for part in ["authorization: Basic YTpi", "x-organization-id: 7"] {
        assert!(sent.contains(part), "{sent}");
    }
    assert!(sent.ends_with("\r\n\r\n{\"b\":2}"), "{sent}");
}

#[tokio::test]
async fn another_status_is_an_error_with_its_body() {
    let answer = &["HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\nno"];
    let (client, serving) = serve(answer).await;
    let answer = client.send(&Request::get("/")).await.unwrap();
    assert_eq!(answer.status, 404);
    let error = answer.expect_ok().unwrap_err().to_string();
    assert_eq!(error, "the server answered 404: no");
    serving.await.unwrap();
}

#[tokio::test]
async fn a_text_is_found_across_pieces_of_a_stream() {
    let answer = &[
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        "4\r\none \r\n",
        "3\r\ntwo\r\n",
        "4\r\n end\r\n0\r\n\r\n",
    ];
    let (client, serving) = serve(answer).await;
    let mut stream = client.stream(&Request::get("/")).await.unwrap();
    stream.read_past("e t").await.unwrap();
    assert_eq!(stream.chunk().await.unwrap().unwrap(), b"wo");
    stream.read_past("end").await.unwrap();
    assert_eq!(stream.chunk().await.unwrap(), None);
    serving.await.unwrap();
}
