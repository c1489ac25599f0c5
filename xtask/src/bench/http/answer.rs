//! The parts of an answer.

use std::ops::Range;

use anyhow::{Context, Result};

use crate::bench::http::find;

/// The head of an answer, as far as it matters here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// The status code.
    pub(super) status: u16,
    /// Where the body begins.
    pub(super) end: usize,
    /// How long the body is.
    pub(super) length: Length,
}

/// How long a body is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// So many bytes.
    Known(usize),
    /// As its chunks tell.
    Chunked,
}

// === impl Head ===

impl Head {
    /// Reads a head, the empty line included.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(bytes).context("the head of an answer is no text")?;
        let mut lines = text.split("\r\n");
        let status = lines
            .next()
            .and_then(|line| line.strip_prefix("HTTP/1.1 "))
            .and_then(|rest| rest.split(' ').next()?.parse().ok())
            .context("an answer begins like none of HTTP/1.1")?;
        let length = lines
            .filter_map(|line| line.split_once(':'))
            .find_map(|(name, value)| Length::parse(name, value.trim()))
            .context("an answer does not tell its length")?;
        Ok(Self {
            status,
            end: bytes.len(),
            length,
        })
    }
}

// === impl Length ===

impl Length {
    fn parse(name: &str, value: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("content-length") {
            return value.parse().ok().map(Self::Known);
        }
        let is_chunked =
            name.eq_ignore_ascii_case("transfer-encoding") && value.eq_ignore_ascii_case("chunked");
        is_chunked.then_some(Self::Chunked)
    }
}

/// Puts a body together from its chunks; nothing while some are missing.
pub(super) fn chunked_body(mut bytes: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    while let Some((chunk, end)) = first_chunk(bytes)? {
        if chunk.is_empty() {
            return Ok(Some(body));
        }
        body.extend_from_slice(&bytes[chunk]);
        bytes = &bytes[end..];
    }
    Ok(None)
}

/// Finds the first chunk and where the next one begins; nothing while it is not
/// all there. The last chunk is empty.
pub(super) fn first_chunk(bytes: &[u8]) -> Result<Option<(Range<usize>, usize)>> {
    let Some(line) = find(bytes, b"\r\n") else {
        return Ok(None);
    };
    let size = std::str::from_utf8(&bytes[..line])?;
    let size =
        usize::from_str_radix(size, 16).with_context(|| format!("a chunk of `{size}` bytes"))?;
    let start = line + 2;
    let end = start + size + 2;
    Ok((bytes.len() >= end).then_some((start..start + size, end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_tells_status_and_length() {
        let head = b"HTTP/1.1 200 OK\r\ndate: now\r\nContent-Length: 12\r\n\r\n";
        let expected = Head {
            status: 200,
            end: head.len(),
            length: Length::Known(12),
        };
        assert_eq!(Head::parse(head).unwrap(), expected);
    }

    #[test]
    fn a_body_in_chunks_is_recognised() {
        let head = Head::parse(b"HTTP/1.1 503 No\r\ntransfer-encoding: chunked\r\n\r\n").unwrap();
        assert_eq!((head.status, head.length), (503, Length::Chunked));
    }

    #[test]
    fn a_head_without_status_or_length_is_refused() {
        for head in [
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/2 200\r\ncontent-length: 1\r\n\r\n",
            "HTTP/1.1 OK\r\ncontent-length: 1\r\n\r\n",
        ] {
            assert!(Head::parse(head.as_bytes()).is_err(), "{head}");
        }
    }

    #[test]
    fn chunks_are_put_together_once_all_are_there() {
        let whole = b"3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n";
        for end in 0..whole.len() {
            assert_eq!(chunked_body(&whole[..end]).unwrap(), None, "{end}");
        }
        let body = chunked_body(whole).unwrap().unwrap();
        assert_eq!(body, b"abc0123456789");
        assert!(chunked_body(b"x\r\n").is_err());
    }
}
