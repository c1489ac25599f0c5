//! A request whose body is held back.

use reqwest::RequestBuilder;
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// For how long the server may take to check the head of a request.
const CHECKED_WITHIN: Duration = Duration::from_millis(400);

/// A request of which everything is sent but the last byte.
pub(crate) struct HeldRequest {
    stream: TcpStream,
    last: u8,
}

// === impl HeldRequest ===

impl HeldRequest {
    /// Sends a request to a server, except for the last byte of its body, and waits
    /// until the server has checked what it has.
    pub(crate) async fn send(address: SocketAddr, request: RequestBuilder) -> Self {
        let request = request.build().unwrap();
        let body = request.body().unwrap().as_bytes().unwrap();
        let (last, first) = body.split_last().unwrap();
        let (method, path) = (request.method(), request.url().path());
        let mut bytes = format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n",
            body.len()
        )
        .into_bytes();
        for (name, value) in request.headers() {
            bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        bytes.extend(b"\r\n");
        bytes.extend(first);
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(&bytes).unwrap();
        tokio::time::sleep(CHECKED_WITHIN).await;
        // Nothing has been answered yet: the request was let in.
        stream.set_nonblocking(true).unwrap();
        let early = stream.read(&mut [0]).unwrap_err();
        assert_eq!(early.kind(), std::io::ErrorKind::WouldBlock);
        stream.set_nonblocking(false).unwrap();
        Self {
            stream,
            last: *last,
        }
    }

    /// Sends the rest. Returns the status and the whole answer.
    pub(crate) fn finish(mut self) -> (u16, String) {
        self.stream.write_all(&[self.last]).unwrap();
        let mut answer = String::new();
        self.stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer)
    }
}
