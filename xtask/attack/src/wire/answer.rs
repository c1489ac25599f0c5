//! An answer as it comes, taken apart.

use anyhow::{Context, Result, bail};
use httparse::Status;

/// How many headers an answer may have.
const HEADERS: usize = 32;

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct WireAnswer {
    /// The status code.
    pub(crate) status: u16,
    /// The body, without its framing.
    pub(crate) body: Vec<u8>,
}

/// Where a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    Length(usize),
    Chunked,
    UntilClosed,
}

// === impl WireAnswer ===

impl WireAnswer {
    /// Returns the first answer once all of it has come, and where it ends.
    pub(super) fn parse(received: &[u8], method: &str) -> Result<Option<(Self, usize)>> {
        let Some((status, framing, start)) = head(received)? else {
            return Ok(None);
        };
        let framing = if method == "HEAD" || matches!(status, 204 | 304) {
            Framing::Length(0)
        } else {
            framing
        };
        let rest = &received[start..];
        let (body, length) = match framing {
            Framing::Length(length) => match rest.get(..length) {
                Some(body) => (body.to_vec(), length),
                None => return Ok(None),
            },
            Framing::Chunked => match chunks(rest)? {
                Some((body, length)) => (body, length),
                None => return Ok(None),
            },
            Framing::UntilClosed => return Ok(None),
        };
        Ok(Some((Self { status, body }, start + length)))
    }

    /// Returns the answer that ends with the connection.
    pub(super) fn parse_last(received: &[u8]) -> Result<Self> {
        match head(received)? {
            Some((status, Framing::UntilClosed, start)) => {
                let body = received[start..].to_vec();
                Ok(Self { status, body })
            }
            Some((status, ..)) => bail!("the connection ends in the middle of an answer {status}"),
            None => bail!("the connection ends before an answer"),
        }
    }
}

/// Returns status, framing and length of a head once all of it has come.
fn head(received: &[u8]) -> Result<Option<(u16, Framing, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut head = httparse::Response::new(&mut headers);
    let Status::Complete(length) = head.parse(received)? else {
        return Ok(None);
    };
    let mut framing = Framing::UntilClosed;
    for header in &*head.headers {
        if header.name.eq_ignore_ascii_case("content-length") {
            framing = Framing::Length(std::str::from_utf8(header.value)?.parse()?);
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            framing = Framing::Chunked;
        }
    }
    let status = head.code.context("an answer without a status")?;
    Ok(Some((status, framing, length)))
}

/// Returns what chunks hold once the last one has come, and where it ends.
fn chunks(bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>> {
    let mut parts = Vec::new();
    let mut at = 0;
    loop {
        let size = httparse::parse_chunk_size(&bytes[at..]);
        let Ok(Status::Complete((start, size))) = size else {
            size.ok().context("a chunk without a size")?;
            return Ok(None);
        };
        let (start, size) = (at + start, usize::try_from(size)?);
        at = start + size + 2;
        if at > bytes.len() {
            return Ok(None);
        }
        if size == 0 {
            return Ok(Some((parts.concat(), at)));
        }
        parts.push(&bytes[start..start + size]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str, method: &str) -> Option<(u16, String, usize)> {
        let (answer, end) = WireAnswer::parse(text.as_bytes(), method).unwrap()?;
        Some((answer.status, String::from_utf8(answer.body).unwrap(), end))
    }

    #[test]
    fn an_answer_ends_where_its_framing_says() {
        for (text, body) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "abc"),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
                "abc",
            ),
        ] {
            for end in 0..text.len() {
                assert_eq!(parsed(&text[..end], "GET"), None, "{end}");
            }
            let more = format!("{text}HTTP/1.1 ");
            assert_eq!(
                parsed(&more, "GET"),
                Some((200, body.to_owned(), text.len()))
            );
        }
    }

    #[test]
    fn an_answer_to_head_has_no_body() {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
        let whole = Some((200, String::new(), text.len()));
        assert_eq!(parsed(text, "HEAD"), whole);
    }

    #[test]
    fn a_connection_that_breaks_off_is_no_answer() {
        assert!(WireAnswer::parse_last(b"HTTP/1.1 200 OK\r\n").is_err());
        let short = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab";
        assert!(WireAnswer::parse_last(short).is_err());
        let last = WireAnswer::parse_last(b"HTTP/1.0 200 OK\r\n\r\nab").unwrap();
        assert_eq!(last.body, b"ab");
    }
}
