//! What a stranger cannot do to the server.

use crate::support::{Kind, TestServer};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

#[tokio::test]
async fn a_body_that_was_refused_is_not_read_for_ever() {
    let server = TestServer::start(Kind::Sqlite).await;
    for path in ["/v2/api-keys", "/healthz", "/nowhere"] {
        let address = server.address;
        let sent_for = tokio::task::spawn_blocking(move || send_until_closed(address, path));
        let sent_for = sent_for.await.unwrap();
        assert!(sent_for < Duration::from_secs(8), "{path}: {sent_for:?}");
    }
}

/// Sends a chunked body without end and without credentials. Answers how long
/// the server put up with it.
fn send_until_closed(address: SocketAddr, path: &str) -> Duration {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_millis(50)))
        .unwrap();
    let started = Instant::now();
    let mut answer = [0; 4_096];
    while started.elapsed() < Duration::from_secs(10) {
        if stream.write_all(b"1\r\nx\r\n").is_err() || matches!(stream.read(&mut answer), Ok(0)) {
            break;
        }
    }
    started.elapsed()
}
