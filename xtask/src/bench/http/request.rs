//! Requests, ready to be sent.

/// What a request shows of its sender.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Authorization<'a> {
    /// Nothing.
    None,
    /// An API key.
    Key(&'a str),
    /// A user's name and password.
    Password(&'a str, &'a str),
}

/// A request in the making.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    head: String,
    json: String,
}

/// Writes a request that reads.
pub(crate) fn get(path: &str, authorization: Authorization<'_>) -> Vec<u8> {
    Request::new("GET", path).authorized(authorization).bytes()
}

/// Writes a request with a body of JSON.
pub(crate) fn post(path: &str, authorization: Authorization<'_>, json: &str) -> Vec<u8> {
    Request::new("POST", path)
        .authorized(authorization)
        .json(json)
        .bytes()
}

// === impl Request ===

impl Request {
    /// Begins a request.
    pub(crate) fn new(method: &str, path: &str) -> Self {
        Self {
            head: format!("{method} {path} HTTP/1.1\r\nhost: bench\r\n"),
            json: String::new(),
        }
    }

    /// Says who sends it.
    pub(crate) fn authorized(mut self, authorization: Authorization<'_>) -> Self {
        self.head += &authorization.line();
        self
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.head += &format!("{name}: {value}\r\n");
        self
    }

    /// Adds a body of JSON.
    pub(crate) fn json(mut self, json: &str) -> Self {
        json.clone_into(&mut self.json);
        let length = json.len();
        self.header("content-type", "application/json")
            .header("content-length", &length.to_string())
    }

    /// Gives what is sent.
    pub(crate) fn bytes(self) -> Vec<u8> {
        format!("{}\r\n{}", self.head, self.json).into_bytes()
    }
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
    fn headers_stand_in_the_order_they_were_given() {
        let request = Request::new("DELETE", "/x")
            .header("a", "1")
            .header("b", "2");
        let expected = "DELETE /x HTTP/1.1\r\nhost: bench\r\na: 1\r\nb: 2\r\n\r\n";
        assert_eq!(String::from_utf8(request.bytes()).unwrap(), expected);
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
