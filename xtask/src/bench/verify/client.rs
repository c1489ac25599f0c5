//! A connection that sends the same request with another key each time, and
//! allocates nothing for it.

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use mio::net::TcpStream;

use crate::bench::verify::keys;

/// How long an answer may be, in bytes.
const ROOM: usize = 4096;

/// A request with a place for its key.
#[derive(Debug, Clone)]
pub(super) struct Template {
    bytes: Vec<u8>,
    key_at: usize,
}

/// A connection without blocking calls.
pub(super) struct Client {
    stream: TcpStream,
    request: Template,
    answer: Vec<u8>,
    filled: usize,
}

// === impl Template ===

impl Template {
    /// Writes a request for a path.
    pub(super) fn get(path: &str) -> Self {
        let before = format!("GET {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ");
        let mut bytes = before.into_bytes();
        let key_at = bytes.len();
        bytes.extend_from_slice(&[b'-'; keys::LENGTH]);
        bytes.extend_from_slice(b"\r\n\r\n");
        Self { bytes, key_at }
    }
}

// === impl Client ===

impl Client {
    /// Connects.
    pub(super) fn open(address: SocketAddr, request: &Template) -> Result<Self> {
        let stream = std::net::TcpStream::connect(address);
        let stream = stream.with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream: TcpStream::from_std(stream),
            request: request.clone(),
            answer: vec![0; ROOM],
            filled: 0,
        })
    }

    /// Gives what tells when there is something to read.
    pub(super) fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// Gives the place of the next request's key.
    pub(super) fn key(&mut self) -> &mut [u8] {
        let start = self.request.key_at;
        &mut self.request.bytes[start..start + keys::LENGTH]
    }

    /// Sends the request.
    ///
    /// # Errors
    ///
    /// When the connection does not take all of it at once: there is always
    /// room for one request when the last was answered.
    pub(super) fn send(&mut self) -> Result<()> {
        self.filled = 0;
        let sent = self.stream.write(&self.request.bytes);
        if sent.context("the server takes no request")? < self.request.bytes.len() {
            bail!("the server takes half a request");
        }
        Ok(())
    }

    /// Reads what there is and gives the status of the answer once all of it
    /// has come.
    ///
    /// # Errors
    ///
    /// When the connection ends or the answer is not one of HTTP/1.1 that tells
    /// its length.
    pub(super) fn receive(&mut self) -> Result<Option<u16>> {
        loop {
            match self.stream.read(&mut self.answer[self.filled..]) {
                Ok(0) => bail!("the server closed the connection, or its answer is too long"),
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error).context("the server gives no answer"),
            }
            if let Some(status) = whole(self.answer())? {
                return Ok(Some(status));
            }
        }
    }

    /// Gives what has come of the answer.
    pub(super) fn answer(&self) -> &[u8] {
        &self.answer[..self.filled]
    }
}

/// Gives the status of an answer when all of it is there.
fn whole(answer: &[u8]) -> Result<Option<u16>> {
    let Some(end) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
        return Ok(None);
    };
    let (head, body) = answer.split_at(end + 4);
    let length = head.split(|byte| *byte == b'\n').find_map(content_length);
    let length = length.context("an answer does not tell its length")?;
    if body.len() < length {
        return Ok(None);
    }
    let status = head.get(9..12).and_then(decimal);
    let status = status.context("an answer begins like none of HTTP/1.1")?;
    Ok(Some(u16::try_from(status)?))
}

fn content_length(line: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"content-length:";
    let (name, value) = line.split_at_checked(NAME.len())?;
    if !name.eq_ignore_ascii_case(NAME) {
        return None;
    }
    decimal(value.trim_ascii())
}

fn decimal(text: &[u8]) -> Option<usize> {
    text.iter().try_fold(0, |number: usize, digit| {
        let digit = digit.is_ascii_digit().then(|| digit - b'0')?;
        number.checked_mul(10)?.checked_add(digit.into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_has_its_place_in_the_request() {
        let template = Template::get("/x");
        let text = String::from_utf8(template.bytes).unwrap();
        assert!(text[template.key_at..].starts_with("-----"));
        assert!(text.ends_with("-\r\n\r\n"), "{text}");
        assert!(text[..template.key_at].ends_with("authorization: Bearer "));
    }

    #[test]
    fn an_answer_is_whole_when_its_body_is_there() {
        let answer = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 3\r\ndate: x\r\n\r\nabc";
        for end in 0..answer.len() {
            assert_eq!(whole(&answer[..end]).unwrap(), None, "{end}");
        }
        assert_eq!(whole(answer).unwrap(), Some(401));
    }

    #[test]
    fn an_answer_without_a_body_is_whole_with_its_head() {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(whole(answer).unwrap(), Some(200));
    }

    #[test]
    fn an_answer_that_does_not_tell_its_length_is_an_error() {
        assert!(whole(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
        assert!(whole(b"HTTP/1.1 OK OK\r\ncontent-length: 0\r\n\r\n").is_err());
    }
}
