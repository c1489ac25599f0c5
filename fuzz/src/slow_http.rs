//! A plain reader of requests in their plainest form (RFC 9112). It stops where a request
//! has any other.

use crate::slow_text::{digits_of, hex_digit};

/// A request.
pub(crate) struct Plain {
    /// Its method and target.
    pub(crate) line: String,
    /// Its body.
    pub(crate) body: Vec<u8>,
}

/// Returns the requests at the beginning that are in the plainest form.
pub(crate) fn requests(bytes: &[u8]) -> Vec<Plain> {
    let (mut requests, mut rest) = (Vec::new(), bytes);
    while let Some((plain, others)) = request(rest) {
        requests.push(plain);
        rest = others;
    }
    requests
}

fn request(bytes: &[u8]) -> Option<(Plain, &[u8])> {
    let (first, mut rest) = line(bytes)?;
    let mut words = first.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let is_plain = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"].contains(&method)
        && target.starts_with('/')
        && !target.starts_with("//")
        && target
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte))
        && words.next() == Some("HTTP/1.1")
        && words.next().is_none();
    if !is_plain {
        return None;
    }
    let mut fields: Vec<(String, &str)> = Vec::new();
    loop {
        let (text, others) = line(rest)?;
        rest = others;
        if text.is_empty() {
            break;
        }
        let (name, value) = text.split_once(": ")?;
        fields.push((plain_name(name)?, plain_value(value)?));
    }
    let body = body_length(&fields)?;
    let (body, rest) = match body {
        Body::Length(length) => rest
            .split_at_checked(length)
            .map(|(a, b)| (a.to_vec(), b))?,
        Body::Chunked => chunked(rest)?,
    };
    let line = format!("{method} {target}");
    Some((Plain { line, body }, rest))
}

/// How long a body is.
enum Body {
    Length(usize),
    Chunked,
}

/// Returns how long the body is, unless a field decides about more than that.
fn body_length(fields: &[(String, &str)]) -> Option<Body> {
    let named = |wanted: &str| {
        let named = fields.iter().filter(move |(name, _)| name == wanted);
        named.map(|(_, value)| *value).collect::<Vec<_>>()
    };
    let is_other = ["connection", "upgrade", "expect"]
        .iter()
        .any(|name| !named(name).is_empty());
    if is_other || named("host").len() != 1 || fields.len() > 90 {
        return None;
    }
    match (&*named("content-length"), &*named("transfer-encoding")) {
        ([], []) => Some(Body::Length(0)),
        ([length], []) if length.len() < 9 => usize::try_from(digits_of(length.as_bytes())?)
            .ok()
            .map(Body::Length),
        ([], ["chunked"]) => Some(Body::Chunked),
        _ => None,
    }
}

/// Returns a line without its end, and what follows it.
fn line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    let text = std::str::from_utf8(&bytes[..end]).ok()?;
    Some((text, &bytes[end + 2..]))
}

fn plain_name(name: &str) -> Option<String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (!name.is_empty() && name.bytes().all(is_plain)).then(|| name.to_ascii_lowercase())
}

fn plain_value(value: &str) -> Option<&str> {
    let is_plain = |byte: u8| byte.is_ascii_graphic();
    value.bytes().all(is_plain).then_some(value)
}

/// Returns the data of chunks without extensions and trailers, and what follows them.
fn chunked(bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (mut body, mut rest) = (Vec::new(), bytes);
    loop {
        let (size, others) = line(rest)?;
        if size.is_empty() || size.len() > 6 {
            return None;
        }
        let mut length = 0;
        for byte in size.bytes() {
            length = length * 16 + usize::from(hex_digit(byte)?);
        }
        let (data, others) = others.split_at_checked(length)?;
        rest = others.strip_prefix(b"\r\n")?;
        if length == 0 {
            return Some((body, rest));
        }
        body.extend_from_slice(data);
    }
}
