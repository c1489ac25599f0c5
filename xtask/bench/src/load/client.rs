//! A connection that sends the same request with another slot each time, and
//! allocates nothing for it.

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;

use anyhow::{Context, Result, bail, ensure};
use mio::net::TcpStream;

use crate::load::template::Template;

/// How much of an answer there is room for at first, in bytes.
const CAPACITY: usize = 4096;

/// How many headers an answer may have.
const HEADERS: usize = 32;

/// A connection without blocking calls.
pub(crate) struct Client {
    /// What a poll is registered for.
    pub(super) stream: TcpStream,
    request: Template,
    answer: Vec<u8>,
    filled: usize,
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

    /// Returns the slot of the next request.
    pub(crate) fn slot(&mut self) -> &mut [u8] {
        self.request.slot()
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

    /// Reads what has come of an answer without an end and returns whether a
    /// text is in it. What came before is forgotten then.
    pub(crate) fn receive_text(&mut self, text: &str) -> Result<bool> {
        while self.read_some()? {}
        let text = text.as_bytes();
        let is_there = self.answer().windows(text.len()).any(|part| part == text);
        if is_there {
            self.filled = 0;
        }
        Ok(is_there)
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
