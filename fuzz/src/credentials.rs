//! Target `credentials`: the headers in which keys and passwords come.

mod base64;
mod fields;
mod named;

use self::fields::{only, scheme_and_rest, trimmed, values};
use crate::linear::must_be_linear;
use apikey_http::fuzzing::{
    authentication::{Reading, credentials},
    verification::presented,
};

/// How long a header may be so that all of it is read, in bytes.
const READ_WHOLE: usize = 2_048;

type Fields<'a> = Vec<(&'a str, &'a [u8])>;

/// Checks headers, one for each line, as in `authorization: Bearer x`.
///
/// # Panics
///
/// When the key, the password or the model is not the one that a plain reader finds.
pub fn check(data: &[u8]) {
    let fields = fields(data);
    let (Some(read), Some((key, model))) = (credentials(&fields), presented(&fields)) else {
        return;
    };
    // Of a password that is far too long only the beginning is read.
    if fields.iter().all(|(_, value)| value.len() <= READ_WHOLE) {
        assert_eq!(read, slow_credentials(&fields), "{fields:?}");
    }
    assert_eq!(key, slow_key(&fields), "{fields:?}");
    assert_eq!(model, slow_model(&fields), "{fields:?}");
    named::check(&fields);
    must_be_linear(data, |long| {
        let long = self::fields(long);
        credentials(&long);
        presented(&long);
        named::read(&long);
    });
}

/// Splits lines into the names and values of headers. A line without a name is left
/// out.
fn fields(data: &[u8]) -> Fields<'_> {
    let lines = data.split(|byte| *byte == b'\n');
    let field = |line| {
        let end = position(line, b':')?;
        let value = &line[end + 1..];
        let name = std::str::from_utf8(&line[..end]).ok()?;
        Some((name, value.strip_prefix(b" ").unwrap_or(value)))
    };
    lines.filter_map(field).collect()
}

/// Returns the credentials: Basic, then the cookie, then Bearer, then the header of its own,
/// of each but the cookie the first.
fn slow_credentials(fields: &Fields<'_>) -> Reading {
    let first = |name: &str| values(fields, name).first().copied();
    let authorization = first("authorization").map(scheme_and_rest);
    match (authorization, session(fields)) {
        (Some((scheme, Some(rest))), _) if scheme == "basic" => basic(rest),
        (_, Some(session)) => session,
        (Some((scheme, Some(rest))), _) if scheme == "bearer" => key(rest),
        _ => first("x-api-key").map_or(Reading::None, key),
    }
}

/// Returns the cookie of a session, if there is one; two that differ cannot be read.
fn session(fields: &Fields<'_>) -> Option<Reading> {
    let mut all = Vec::new();
    for list in values(fields, "cookie") {
        for pair in list.split(|byte| *byte == b';') {
            let Some(end) = position(pair, b'=') else {
                continue;
            };
            if trimmed(&pair[..end]) == b"gpustack_session" {
                all.push(trimmed(&pair[end + 1..]));
            }
        }
    }
    let one = match only(all) {
        Ok(one) => one?,
        Err(_) => return Some(Reading::UnreadableSession),
    };
    let text = String::from_utf8(one.to_vec());
    Some(text.map_or(Reading::UnreadableSession, Reading::Session))
}

fn key(text: &[u8]) -> Reading {
    match String::from_utf8(text.to_vec()) {
        Ok(text) if text.is_empty() => Reading::None,
        Ok(text) => Reading::Key(text),
        Err(_) => Reading::UnreadableKey,
    }
}

fn basic(encoded: &[u8]) -> Reading {
    let text = base64::standard(encoded).and_then(|bytes| String::from_utf8(bytes).ok());
    let Some(text) = text else {
        return Reading::UnreadablePassword;
    };
    match text.find(':') {
        Some(at) => Reading::Password(text[..at].to_owned(), text[at + 1..].to_owned()),
        None => Reading::UnreadablePassword,
    }
}

/// Returns the key that a gateway presents; two that differ are refused.
fn slow_key(fields: &Fields<'_>) -> Result<Option<String>, u16> {
    let mut all = Vec::new();
    for value in values(fields, "authorization") {
        match scheme_and_rest(value) {
            (scheme, Some(rest)) if scheme == "bearer" => all.push(rest),
            _ => {}
        }
    }
    all.extend(values(fields, "x-api-key"));
    let key = only(all)?;
    Ok(key.map(|key| String::from_utf8_lossy(key).into_owned()))
}

/// Returns the model that a gateway names; two that differ are refused.
fn slow_model(fields: &Fields<'_>) -> Result<Option<String>, u16> {
    let mut all = values(fields, "x-model");
    all.extend(values(fields, "x-higress-llm-model"));
    let model = only(all)?.map(|model| String::from_utf8(model.to_vec()));
    model.transpose().map_err(|_| 400)
}

fn position(text: &[u8], wanted: u8) -> Option<usize> {
    text.iter().position(|byte| *byte == wanted)
}
