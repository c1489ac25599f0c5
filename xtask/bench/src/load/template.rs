//! Requests of which little differs from one to the next, and whether an answer is
//! complete.

use crate::keys;
use anyhow::{Context, Result};
use std::ops::Range;

/// How many headers an answer may have.
const HEADERS: usize = 32;

/// A request with a slot for what differs from one request to the next.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    /// The request as it is sent.
    bytes: Vec<u8>,
    slot: Range<usize>,
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

    /// Returns the request as it is sent.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns a request of these parts, the second of which is the slot.
    pub(crate) fn with_slot(before: &str, slot: &str, after: &str) -> Self {
        Self {
            bytes: [before, slot, after].concat().into_bytes(),
            slot: before.len()..before.len() + slot.len(),
        }
    }
}

/// Returns the status of an answer once all of it has come.
pub(super) fn complete(answer: &[u8]) -> Result<Option<u16>> {
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
