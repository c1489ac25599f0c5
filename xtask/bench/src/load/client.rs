//! A connection that sends the same request with another slot each time, and
//! allocates nothing for it.

use crate::keys;
use anyhow::{Context, Result, bail, ensure};
use mio::net::TcpStream;
use std::{
    io::{ErrorKind, Read, Write},
    net::SocketAddr,
    ops::Range,
};

/// How much of an answer there is room for at first, in bytes.
const CAPACITY: usize = 4096;

/// How many headers an answer may have.
const HEADERS: usize = 32;

/// A connection without blocking calls.
pub(crate) struct Client {
    /// What a poll is registered for.
    pub(super) stream: TcpStream,
    pub(crate) request: Template,
    answer: Vec<u8>,
    filled: usize,
}

/// A request with a slot for what differs from one request to the next.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    /// The request as it is sent.
    bytes: Vec<u8>,
    slot: Range<usize>,
}

// === impl Client ===

impl Client {
    /// Connects.
    pub(crate) fn open(address: SocketAddr, request: &Template) -> Result<Self> {
        let stream = std::net::TcpStream::connect(address);
        let stream = stream.with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream: TcpStream::from_std(stream),
            request: request.clone(),
            answer: vec![0; CAPACITY],
            filled: 0,
        })
    }

    /// Sends the request. There is always room for it when the last one was
    /// answered.
    pub(crate) fn send(&mut self) -> Result<()> {
        self.filled = 0;
        let request = &self.request.bytes;
        let sent = self.stream.write(request).context("cannot send")?;
        ensure!(sent == request.len(), "the server takes half a request");
        Ok(())
    }

    /// Reads what has come and returns whether the answer is complete. It must have
    /// the expected status, and a length.
    pub(crate) fn receive(&mut self, expected: u16) -> Result<bool> {
        while self.read_some()? {
            match complete(self.answer())? {
                Some(status) if status == expected => return Ok(true),
                Some(status) => {
                    let answer = String::from_utf8_lossy(self.answer());
                    bail!("{status} and not {expected}: {answer}");
                }
                None => {}
            }
        }
        Ok(false)
    }

    /// Returns what has come of the answer.
    pub(crate) fn answer(&self) -> &[u8] {
        &self.answer[..self.filled]
    }

    /// Reads once; false when there is nothing to read now.
    fn read_some(&mut self) -> Result<bool> {
        if self.filled == self.answer.len() {
            self.answer.resize(2 * self.filled, 0);
        }
        match self.stream.read(&mut self.answer[self.filled..]) {
            Ok(0) => bail!("the server closed the connection"),
            Ok(count) => self.filled += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error).context("cannot receive"),
        }
        Ok(true)
    }
}

// === impl Template ===

impl Template {
    /// Returns a request that reads a path and shows a key, which is its slot.
    pub(crate) fn get(path: &str) -> Self {
        let slot = "-".repeat(keys::LENGTH);
        let head = format!("GET {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ");
        Self::with_slot(&head, &slot, "\r\n\r\n")
    }

    /// Returns a request that creates a key in the name of another. The last
    /// digits of its name are the slot.
    pub(crate) fn create_key(key: &str) -> Self {
        let (before, slot, after) = (r#"{"name":"bench-"#, "000000000", r#""}"#);
        let length = before.len() + slot.len() + after.len();
        let head = format!(
            "POST /v2/api-keys HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        Self::with_slot(&(head + before), slot, after)
    }

    /// Returns the slot of the next request.
    pub(crate) fn slot(&mut self) -> &mut [u8] {
        &mut self.bytes[self.slot.clone()]
    }

    fn with_slot(before: &str, slot: &str, after: &str) -> Self {
        Self {
            bytes: [before, slot, after].concat().into_bytes(),
            slot: before.len()..before.len() + slot.len(),
        }
    }
}

/// Returns the status of an answer once all of it has come.
fn complete(answer: &[u8]) -> Result<Option<u16>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut head = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(body) = head.parse(answer)? else {
        return Ok(None);
    };
    let mut headers = head.headers.iter();
    let length = headers.find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length = length.context("an answer without content-length")?;
    let length: usize = std::str::from_utf8(length.value)?.parse()?;
    Ok(head.code.filter(|_| answer.len() >= body + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_complete_with_the_end_of_its_body() {
        let answer = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 3\r\ndate: x\r\n\r\nabc";
        for end in 0..answer.len() {
            assert_eq!(complete(&answer[..end]).unwrap(), None, "{end}");
        }
        assert_eq!(complete(answer).unwrap(), Some(401));
        assert!(complete(b"HTTP/1.1 200 OK\r\ndate: x\r\n\r\n").is_err());
    }
}
