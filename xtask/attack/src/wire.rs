//! A connection whose every byte is chosen, which no HTTP client would send.

mod answer;

use anyhow::{Context, Result};
use socket2::SockRef;
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, Interest},
    net::{TcpSocket, TcpStream},
    time::{sleep, timeout},
};

pub(crate) use answer::WireAnswer;

/// How long a connection may take to open, and a request to be taken.
const OPEN_LIMIT: Duration = Duration::from_secs(10);

/// How long an answer may take.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);

/// The receive buffer of a connection that does not read, and the largest segment
/// that it takes, in bytes, as far away. The kernel sizes the server's send buffer
/// by it, which takes megabytes otherwise before the server finds that nothing is
/// read.
const NARROW: u32 = 4096;
const SEGMENT: u32 = 1400;

/// How often a connection that is not read is looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// A connection.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    received: Vec<u8>,
}

// === impl Wire ===

impl Wire {
    /// Connects from an address of this machine.
    pub(crate) async fn open(to: SocketAddr, from: impl Into<IpAddr>) -> Result<Self> {
        Self::connect(to, from.into(), None).await
    }

    /// Connects with little room for what is not read.
    pub(crate) async fn open_narrow(to: SocketAddr, from: Ipv4Addr) -> Result<Self> {
        Self::connect(to, from.into(), Some(NARROW)).await
    }

    async fn connect(to: SocketAddr, from: IpAddr, room: Option<u32>) -> Result<Self> {
        let socket = match from {
            IpAddr::V4(_) => TcpSocket::new_v4()?,
            IpAddr::V6(_) => TcpSocket::new_v6()?,
        };
        if let Some(room) = room {
            socket.set_recv_buffer_size(room)?;
            SockRef::from(&socket).set_tcp_mss(SEGMENT)?;
        }
        socket.bind((from, 0).into())?;
        let stream = timeout(OPEN_LIMIT, socket.connect(to)).await;
        let stream = stream.context("a connection is not opened in time")??;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            received: Vec::new(),
        })
    }

    /// Sends bytes.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) -> Result<()> {
        let sent = timeout(OPEN_LIMIT, self.stream.write_all(bytes.as_ref())).await;
        Ok(sent.context("what is sent is not taken")??)
    }

    /// Sends the same again and again, reads nothing, and returns when the
    /// connection has been ended.
    pub(crate) async fn flood(&mut self, bytes: &[u8]) {
        while self.stream.write_all(bytes).await.is_ok() {}
    }

    /// Waits until the connection has been ended, and reads nothing.
    pub(crate) async fn ended(&mut self) {
        loop {
            match self.stream.ready(Interest::READABLE).await {
                Ok(ready) if !ready.is_read_closed() => sleep(POLL_INTERVAL).await,
                _ => return,
            }
        }
    }

    /// Reads the next answer.
    pub(crate) async fn answer(&mut self) -> Result<WireAnswer> {
        self.answer_to("GET").await
    }

    /// Reads the next answer, which has no body if it is one to `HEAD`.
    pub(crate) async fn answer_to(&mut self, method: &str) -> Result<WireAnswer> {
        let read = async {
            loop {
                if let Some((answer, end)) = WireAnswer::parse(&self.received, method)? {
                    self.received.drain(..end);
                    return Ok(answer);
                }
                if !self.read_some().await? {
                    return WireAnswer::parse_last(&std::mem::take(&mut self.received));
                }
            }
        };
        let read = timeout(ANSWER_LIMIT, read).await;
        read.context("there is no whole answer in time")?
    }

    /// Reads a part of what comes after each pause, and returns all when the
    /// answer is complete.
    pub(crate) async fn answer_slowly(
        &mut self,
        part: usize,
        pause: Duration,
    ) -> Result<WireAnswer> {
        let mut next = 0;
        loop {
            if self.received.len() >= next {
                if let Some((answer, _)) = WireAnswer::parse(&self.received, "GET")? {
                    return Ok(answer);
                }
                next = self.received.len() + part;
                sleep(pause).await;
            }
            if !timeout(ANSWER_LIMIT, self.read_some()).await?? {
                let whole = WireAnswer::parse(&self.received, "GET")?;
                let length = self.received.len();
                let whole =
                    whole.with_context(|| format!("an answer of {length} bytes breaks off"));
                return Ok(whole?.0);
            }
        }
    }

    /// Reads what comes for a time and returns it.
    pub(crate) async fn read_for(&mut self, time: Duration) -> Vec<u8> {
        let read = async { while matches!(self.read_some().await, Ok(true)) {} };
        // That the time is over, or the connection, is all the same.
        let _ = timeout(time, read).await;
        std::mem::take(&mut self.received)
    }

    /// Reads until the connection has ended and returns how long that took, if it
    /// took no longer than a limit. Meanwhile it sends a byte of the drip after each
    /// second, if there is one, and begins again after the last.
    pub(crate) async fn until_closed(&mut self, drip: &[u8], limit: Duration) -> Option<Duration> {
        let started = Instant::now();
        let mut drip = drip.iter().cycle();
        while started.elapsed() < limit {
            match timeout(Duration::from_secs(1), self.read_some()).await {
                Ok(Ok(true)) => {}
                Ok(Ok(false) | Err(_)) => return Some(started.elapsed()),
                Err(_) => {
                    if let Some(byte) = drip.next() {
                        // When it is not taken, the next read says so.
                        let _ = self.stream.write_all(&[*byte]).await;
                    }
                }
            }
        }
        None
    }

    /// Reads once; false at the end of what is sent.
    async fn read_some(&mut self) -> Result<bool> {
        self.received.reserve(16 * 1024);
        let count = self.stream.read_buf(&mut self.received).await?;
        Ok(count > 0)
    }
}
