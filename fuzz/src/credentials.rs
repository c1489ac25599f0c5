//! Target `credentials`: the headers in which keys and passwords come.

mod base64;
mod named;

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

fn values<'a>(fields: &[(&str, &'a [u8])], wanted: &str) -> Vec<&'a [u8]> {
    let named = fields
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
    named.map(|(_, value)| *value).collect()
}

/// Returns the credentials: Basic, then Bearer, then the header of its own, of each the
/// first.
fn slow_credentials(fields: &Fields<'_>) -> Reading {
    let first = |name: &str| values(fields, name).first().copied();
    let authorization = first("authorization").map(scheme_and_rest);
    match authorization {
        Some((scheme, Some(rest))) if scheme == "basic" => basic(rest),
        Some((scheme, Some(rest))) if scheme == "bearer" => key(rest),
        _ => first("x-api-key").map_or(Reading::None, key),
    }
}

/// Returns the scheme in lower case, and what follows it, if there is a blank between.
fn scheme_and_rest(value: &[u8]) -> (String, Option<&[u8]>) {
    let value = trimmed(value);
    let is_blank = |byte: &u8| byte.is_ascii_whitespace();
    let end = value.iter().position(is_blank).unwrap_or(value.len());
    let scheme = String::from_utf8_lossy(&value[..end]).to_ascii_lowercase();
    (scheme, (end < value.len()).then(|| trimmed(&value[end..])))
}

fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
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

fn only(mut values: Vec<&[u8]>) -> Result<Option<&[u8]>, u16> {
    values.retain(|value| !value.is_empty());
    values.sort_unstable();
    values.dedup();
    match values.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        _ => Err(400),
    }
}

fn position(text: &[u8], wanted: u8) -> Option<usize> {
    text.iter().position(|byte| *byte == wanted)
}
