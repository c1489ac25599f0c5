//! Requests, ready to be sent.

/// What a request shows of its sender.
#[derive(Debug, Clone, Copy)]
pub(in crate::bench) enum Authorization<'a> {
    /// Nothing.
    None,
    /// An API key.
    Key(&'a str),
    /// A user's name and password.
    Password(&'a str, &'a str),
}

/// Writes a request that reads.
pub(in crate::bench) fn get(path: &str, authorization: Authorization<'_>) -> Vec<u8> {
    let authorization = authorization.line();
    format!("GET {path} HTTP/1.1\r\nhost: bench\r\n{authorization}\r\n").into_bytes()
}

/// Writes a request with a body of JSON.
pub(in crate::bench) fn post(path: &str, authorization: Authorization<'_>, json: &str) -> Vec<u8> {
    let authorization = authorization.line();
    format!(
        "POST {path} HTTP/1.1\r\nhost: bench\r\n{authorization}\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{json}",
        json.len()
    )
    .into_bytes()
}

// === impl Authorization ===

impl Authorization<'_> {
    fn line(self) -> String {
        match self {
            Self::None => String::new(),
            Self::Key(key) => format!("authorization: Bearer {key}\r\n"),
            Self::Password(username, password) => {
                let encoded = base64(format!("{username}:{password}").as_bytes());
                format!("authorization: Basic {encoded}\r\n")
            }
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, index| {
            bits << 8 | usize::from(group.get(index).copied().unwrap_or_default())
        });
        for index in 0..4 {
            let digit = DIGITS[bits >> (18 - 6 * index) & 63];
            text.push(if index > group.len() {
                '='
            } else {
                char::from(digit)
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_reads_ends_with_its_head() {
        let request = get("/x?y=1", Authorization::Key("k"));
        let expected = "GET /x?y=1 HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer k\r\n\r\n";
        assert_eq!(String::from_utf8(request).unwrap(), expected);
    }

    #[test]
    fn a_body_follows_its_length() {
        let request = String::from_utf8(post("/x", Authorization::None, "{}")).unwrap();
        assert!(
            request.ends_with("content-length: 2\r\n\r\n{}"),
            "{request}"
        );
    }

    #[test]
    fn a_password_is_encoded() {
        let table = [
            ("", ""),
            ("a", "YQ=="),
            ("ab", "YWI="),
            ("abc", "YWJj"),
            ("?>~", "Pz5+"),
        ];
        for (text, expected) in table {
            assert_eq!(base64(text.as_bytes()), expected);
        }
        let line = Authorization::Password("a", "b").line();
        assert_eq!(line, "authorization: Basic YTpi\r\n");
    }
}
