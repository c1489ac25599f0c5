//! The head of a request: where it ends, and what follows it.

use super::framing::Framing;
use httparse::{Request, Status};
use std::mem::MaybeUninit;

/// The maximum number of headers, which is that of actix-http.
const MAX_HEADERS: usize = 96;

/// What is known of the head at the beginning of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// It is incomplete, and right so far.
    Partial,
    /// It is complete.
    Whole {
        /// Its length in bytes.
        length: usize,
        /// How its body is framed.
        body: Framing,
        /// Whether the client wants no answer after this one.
        is_last: bool,
    },
    /// It is malformed, or two readers could understand it differently: the answer
    /// is 400, as actix-http gives it.
    Malformed,
    /// It has too many headers.
    TooLarge,
}

/// Reads the head at the beginning of `bytes`.
pub(super) fn parse(bytes: &[u8]) -> Head {
    let mut headers = [const { MaybeUninit::uninit() }; MAX_HEADERS];
    let mut request = Request::new(&mut []);
    match request.parse_with_uninit_headers(bytes, &mut headers) {
        Ok(Status::Partial) => Head::Partial,
        Ok(Status::Complete(length)) => match Fields::of(&request) {
            Some(fields) => fields.whole(length, &request),
            None => Head::Malformed,
        },
        Err(httparse::Error::TooManyHeaders) => Head::TooLarge,
        Err(_) => Head::Malformed,
    }
}

/// The header fields that decide about the connection.
#[derive(Default)]
struct Fields {
    content_length: Option<u64>,
    is_chunked: bool,
    has_host: bool,
    has_close: bool,
    has_keep_alive: bool,
    has_websocket: bool,
}

// === impl Fields ===

impl Fields {
    /// Reads the fields; `None` if two readers could understand them differently.
    fn of(request: &Request<'_, '_>) -> Option<Self> {
        let mut fields = Self::default();
        for header in request.headers.iter() {
            let is = |name: &str| header.name.eq_ignore_ascii_case(name);
            let value = header.value.trim_ascii();
            match header.name.len() {
                4 if is("host") && fields.has_host => return None,
                4 if is("host") => fields.has_host = true,
                7 if is("upgrade") => {
                    fields.has_websocket |= value.eq_ignore_ascii_case(b"websocket");
                }
                10 if is("connection") => fields.read_connection(value),
                14 if is("content-length") => {
                    let length = content_length(value)?;
                    if fields.content_length.replace(length).is_some() {
                        return None;
                    }
                }
                17 if is("transfer-encoding") => {
                    let is_repeated = std::mem::replace(&mut fields.is_chunked, true);
                    if is_repeated || !value.eq_ignore_ascii_case(b"chunked") {
                        return None;
                    }
                }
                _ => {}
            }
        }
        Some(fields)
    }

    fn read_connection(&mut self, value: &[u8]) {
        for option in value.split(|byte| *byte == b',') {
            let is = |name: &[u8]| option.trim_ascii().eq_ignore_ascii_case(name);
            // actix-http closes after the answer to a request that wants another
            // protocol, too.
            self.has_close |= is(b"close") || is(b"upgrade");
            self.has_keep_alive |= is(b"keep-alive");
        }
    }

    fn whole(&self, length: usize, request: &Request<'_, '_>) -> Head {
        let is_1_1 = request.version == Some(1);
        let is_clear = match (self.is_chunked, self.content_length) {
            (true, Some(_)) => false,
            (true, None) => is_1_1,
            (false, Some(_)) => true,
            (false, None) => is_1_1 || self.has_websocket || request.method != Some("POST"),
        };
        if !is_clear || (is_1_1 && !self.has_host) {
            return Head::Malformed;
        }
        let body = match self.content_length {
            _ if self.is_chunked => Framing::chunked(),
            Some(length @ 1..) => Framing::Length(length),
            _ => Framing::End,
        };
        // What follows would be in another protocol, which the reader may not refuse.
        let is_foreign = self.has_websocket || request.method == Some("CONNECT");
        if is_foreign && body != Framing::End {
            return Head::Malformed;
        }
        Head::Whole {
            length,
            body: if is_foreign { Framing::Broken } else { body },
            is_last: is_foreign || self.has_close || !(is_1_1 || self.has_keep_alive),
        }
    }
}

fn content_length(value: &[u8]) -> Option<u64> {
    if !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(value).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str, body: Framing, is_last: bool) -> Head {
        let length = text.len();
        assert!(text.ends_with("\r\n\r\n"), "{text}");
        Head::Whole {
            length,
            body,
            is_last,
        }
    }

    #[test]
    fn the_end_of_a_head_and_the_framing_of_its_body_are_found() {
        let table = [
            ("", Framing::End, false),
            ("Content-Length: 0\r\n", Framing::End, false),
            ("Content-Length: 007\r\n", Framing::Length(7), false),
            ("transfer-encoding: Chunked\r\n", Framing::chunked(), false),
            ("Connection: close\r\n", Framing::End, true),
            ("Connection: keep-alive, CLOSE\r\n", Framing::End, true),
            (
                "Connection: Upgrade\r\nUpgrade: h2c\r\n",
                Framing::End,
                true,
            ),
            ("Connection: closed\r\n", Framing::End, false),
        ];
        for (fields, body, is_last) in table {
            let text = format!("GET / HTTP/1.1\r\nHost: x\r\n{fields}\r\n");
            assert_eq!(
                parse(text.as_bytes()),
                whole(&text, body, is_last),
                "{text}"
            );
            let more = format!("{text}GET / HTTP/1.1\r\n");
            assert_eq!(parse(more.as_bytes()), parse(text.as_bytes()), "{text}");
            for length in 0..text.len() {
                assert_eq!(parse(&text.as_bytes()[..length]), Head::Partial, "{text}");
            }
        }
        let with_headers = |count| format!("GET / HTTP/1.0\r\n{}\r\n", "A: b\r\n".repeat(count));
        let most = with_headers(96);
        assert_eq!(parse(most.as_bytes()), whole(&most, Framing::End, true));
        assert_eq!(parse(with_headers(97).as_bytes()), Head::TooLarge);
        let old = "GET / HTTP/1.0\r\n\r\n";
        assert_eq!(parse(old.as_bytes()), whole(old, Framing::End, true));
        let kept = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
        assert_eq!(parse(kept.as_bytes()), whole(kept, Framing::End, false));
    }

    #[test]
    fn what_two_readers_could_understand_differently_is_refused() {
        for bytes in [
            "CONNECT x:1 HTTP/1.1\r\n",
            "GET / HTTP/1.1\r\nUpgrade: WebSocket\r\n",
        ] {
            let text = format!("{bytes}Host: x\r\n\r\n");
            assert_eq!(parse(text.as_bytes()), whole(&text, Framing::Broken, true));
            for body in ["Transfer-Encoding: chunked", "Content-Length: 5"] {
                let text = format!("{bytes}Host: x\r\n{body}\r\n\r\n");
                assert_eq!(parse(text.as_bytes()), Head::Malformed, "{text}");
            }
        }
        assert_eq!(parse(b"GET / HTTP/1.1\r\n\r\n"), Head::Malformed);
        for fields in [
            "Host: y\r\n",
            "Content-Length: +5\r\n",
            "Content-Length: 5, 5\r\n",
            "Content-Length: \r\n",
            "Content-Length: 5\r\nContent-Length: 5\r\n",
            "Content-Length: 99999999999999999999\r\n",
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: identity\r\n",
            "Transfer-Encoding : chunked\r\n",
            "Bad Header\r\n",
        ] {
            let text = format!("POST / HTTP/1.1\r\nHost: x\r\n{fields}\r\n");
            assert_eq!(parse(text.as_bytes()), Head::Malformed, "{text}");
        }
        let chunked = "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(parse(chunked.as_bytes()), Head::Malformed);
        assert_eq!(parse(b"POST / HTTP/1.0\r\n\r\n"), Head::Malformed);
        assert_eq!(parse(b"\x16\x03\x01\x02\x00\x01"), Head::Malformed);
    }
}
