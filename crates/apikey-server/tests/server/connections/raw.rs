//! Connections that send what they like.

use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// A request that everybody may make.
pub(crate) const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

/// A connection.
pub(crate) struct Raw(pub(crate) TcpStream);

impl Raw {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self(TcpStream::connect(address).await.unwrap())
    }

    /// Opens a connection and gets an answer over it.
    pub(crate) async fn used(address: SocketAddr) -> Self {
        let mut raw = Self::open(address).await;
        assert!(raw.answers().await);
        raw
    }

    /// Opens a connection and watches keys over it.
    pub(crate) async fn watching(address: SocketAddr) -> Self {
        let mut raw = Self::open(address).await;
        raw.send(&by_admin("GET /v2/api-keys?watch=true HTTP/1.1"))
            .await;
        assert!(raw.read().await.contains("text/event-stream"));
        raw
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Asks and returns whether there was an answer.
    pub(crate) async fn answers(&mut self) -> bool {
        let sent = self.0.write_all(HEALTH.as_bytes()).await;
        sent.is_ok() && self.read().await.starts_with("HTTP/1.1 200")
    }

    /// Reads some bytes; none if the connection is closed.
    pub(crate) async fn read(&mut self) -> String {
        let mut bytes = vec![0; 16 * 1_024];
        let read = timeout(Duration::from_secs(10), self.0.read(&mut bytes)).await;
        let length = read.unwrap().unwrap_or(0);
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    }

    /// Reads until the connection is closed.
    pub(crate) async fn read_all(&mut self) -> String {
        let mut all = String::new();
        loop {
            let text = self.read().await;
            if text.is_empty() {
                return all;
            }
            all += &text;
        }
    }

    /// Sends a text over and over until the server takes no more of it.
    pub(crate) async fn flood(&mut self, text: &str) {
        let many = text.repeat(1 + 64 * 1_024 / text.len());
        let moment = Duration::from_millis(300);
        while let Ok(Ok(())) = timeout(moment, self.0.write_all(many.as_bytes())).await {}
    }

    /// Returns whether the server closes the connection soon.
    pub(crate) async fn is_closed(&mut self) -> bool {
        self.closes_within(Duration::from_millis(200)).await
    }

    /// Returns whether the server closes the connection, on a busy machine, too.
    pub(crate) async fn closes(&mut self) -> bool {
        self.closes_within(Duration::from_secs(10)).await
    }

    async fn closes_within(&mut self, time: Duration) -> bool {
        let peeked = timeout(time, self.0.peek(&mut [0])).await;
        matches!(peeked, Ok(Ok(0) | Err(_)))
    }
}

/// Returns a request of the first administrator without a body.
pub(crate) fn by_admin(line: &str) -> String {
    // admin:Admin_123
    format!("{line}\r\nHost: x\r\nAuthorization: Basic YWRtaW46QWRtaW5fMTIz\r\n\r\n")
}
