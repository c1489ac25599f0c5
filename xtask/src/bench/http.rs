//! A small HTTP/1.1 client: one request after the other on a connection that
//! stays open. It costs the machine little, so that the server has the rest.

mod answer;
mod request;

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::bench::http::answer::{Head, Length, chunked_body, first_chunk};
pub(crate) use crate::bench::http::request::{Authorization, Request, get, post};

/// How much room there is for what is read at once.
const ROOM: usize = 64 * 1024;

/// A connection to the server.
pub(crate) struct Connection {
    stream: TcpStream,
    /// What was read of the answer in progress.
    read: Vec<u8>,
}

/// An answer with its whole body.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: Vec<u8>,
}

// === impl Connection ===

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await;
        let stream = stream.with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            read: Vec::with_capacity(ROOM),
        })
    }

    /// Sends a request and waits for all of its answer.
    ///
    /// # Errors
    ///
    /// When the connection breaks and when the answer is not one of HTTP/1.1
    /// that tells its length or comes in chunks.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<Answer> {
        self.send(request).await?;
        let head = self.head().await?;
        let body = match head.length {
            Length::Known(length) => {
                while self.read.len() < head.end + length {
                    self.read_more().await?;
                }
                self.read[head.end..head.end + length].to_vec()
            }
            Length::Chunked => loop {
                if let Some(body) = chunked_body(&self.read[head.end..])? {
                    break body;
                }
                self.read_more().await?;
            },
        };
        self.read.clear();
        Ok(Answer {
            status: head.status,
            body,
        })
    }

    /// Sends a request whose answer has no end, and checks its head.
    ///
    /// # Errors
    ///
    /// When the connection breaks or the answer is not 200.
    pub(crate) async fn follow(&mut self, request: &[u8]) -> Result<()> {
        self.send(request).await?;
        let head = self.head().await?;
        if head.status != 200 {
            bail!("a stream was answered {}", head.status);
        }
        self.read.drain(..head.end);
        Ok(())
    }

    /// Reads on in an answer without an end until a text has come, and forgets
    /// what came before its end.
    ///
    /// # Errors
    ///
    /// When the connection ends before.
    pub(crate) async fn read_past(&mut self, text: &str) -> Result<()> {
        let mut searched = 0;
        loop {
            if let Some(found) = find(&self.read[searched..], text.as_bytes()) {
                self.read.drain(..searched + found + text.len());
                return Ok(());
            }
            searched = self.read.len().saturating_sub(text.len());
            self.read_more().await?;
        }
    }

    /// Reads the next chunk of an answer without an end; nothing when it has
    /// ended after all.
    ///
    /// # Errors
    ///
    /// When the connection breaks and when what comes is no chunk.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Vec<u8>>> {
        loop {
            if let Some((chunk, end)) = first_chunk(&self.read)? {
                let chunk = self.read[chunk].to_vec();
                self.read.drain(..end);
                return Ok((!chunk.is_empty()).then_some(chunk));
            }
            self.read_more().await?;
        }
    }

    /// Returns the memory that is not in use.
    pub(crate) fn shrink(&mut self) {
        self.read.shrink_to_fit();
    }

    async fn send(&mut self, request: &[u8]) -> Result<()> {
        self.stream
            .write_all(request)
            .await
            .context("the server takes no request")
    }

    async fn head(&mut self) -> Result<Head> {
        loop {
            if let Some(end) = find(&self.read, b"\r\n\r\n") {
                return Head::parse(&self.read[..end + 4]);
            }
            self.read_more().await?;
        }
    }

    async fn read_more(&mut self) -> Result<()> {
        let count = self.stream.read_buf(&mut self.read).await;
        match count.context("the server gives no answer")? {
            0 => bail!("the server closed the connection in the middle of an answer"),
            _ => Ok(()),
        }
    }
}

// === impl Answer ===

impl Answer {
    /// Gives the body of an answer that is 200.
    ///
    /// # Errors
    ///
    /// For any other, with its body.
    pub(crate) fn expect_ok(self) -> Result<String> {
        let body = String::from_utf8_lossy(&self.body).into_owned();
        match self.status {
            200 => Ok(body),
            status => bail!("the server answered {status}: {body}"),
        }
    }
}

/// Finds where a text begins.
fn find(bytes: &[u8], text: &[u8]) -> Option<usize> {
    let first = *text.first()?;
    let mut from = 0;
    while let Some(found) = bytes[from..].iter().position(|byte| *byte == first) {
        let start = from + found;
        if bytes[start..].starts_with(text) {
            return Some(start);
        }
        from = start + 1;
    }
    None
}

#[cfg(test)]
mod tests;
