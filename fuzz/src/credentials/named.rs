//! A plain reader of keys in headers that the operator names.

use super::{
    base64,
    fields::{only, scheme_and_rest, trimmed, values},
};
use apikey_http::fuzzing::verification::{Presented, presented_in};

const NAMES: [&str; 5] = [
    "authorization",
    "x-api-key",
    "api-key",
    "x-goog-api-key",
    "sec-websocket-protocol",
];

/// Demands that the key is the one that a plain reader finds.
pub(super) fn check(fields: &[(&str, &[u8])]) {
    assert_eq!(read(fields), Some(slow(fields)), "{fields:?}");
}

/// Reads the key in any of the headers.
pub(super) fn read(fields: &[(&str, &[u8])]) -> Option<Presented> {
    presented_in(fields, &NAMES.join(","))
}

fn slow(fields: &[(&str, &[u8])]) -> Presented {
    let mut keys = Vec::new();
    for name in NAMES {
        for value in values(fields, name) {
            if name == "sec-websocket-protocol" {
                let protocols = value.split(|byte| *byte == b',');
                keys.extend(protocols.filter_map(|one| of_subprotocol(one.trim_ascii())));
            } else {
                keys.extend(of_value(value));
            }
        }
    }
    let key = only(keys.iter().map(Vec::as_slice).collect())?;
    Ok(key.map(|key| String::from_utf8_lossy(key).into_owned()))
}

fn of_value(value: &[u8]) -> Vec<Vec<u8>> {
    let (scheme, rest) = scheme_and_rest(value);
    let is_key_scheme = ["bearer", "token", "apikey", "api-key"].contains(&scheme.as_str());
    match rest {
        Some(rest) if scheme == "basic" => of_basic(rest),
        Some(rest) if is_key_scheme => vec![rest.to_vec()],
        Some(_) => Vec::new(),
        None if is_key_scheme || scheme == "basic" => Vec::new(),
        None => vec![trimmed(value).to_vec()],
    }
}

/// Returns the username or password that can be a key; of two the one in the standard
/// form, or both that have it, or else the password.
fn of_basic(encoded: &[u8]) -> Vec<Vec<u8>> {
    let text = base64::standard(encoded).and_then(|bytes| String::from_utf8(bytes).ok());
    let text = text.unwrap_or_default();
    let (username, password) = match text.find(':') {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (&*text, ""),
    };
    let can_be = |one: &&str| {
        (16..=512).contains(&one.len()) && one.chars().all(|one| ('!'..='~').contains(&one))
    };
    let both: Vec<&str> = [username, password].into_iter().filter(can_be).collect();
    let standard: Vec<&str> = both
        .iter()
        .copied()
        .filter(|one| is_standard(one))
        .collect();
    let chosen = match (both.len(), standard.len()) {
        (2, 0) => vec![password],
        (2, _) => standard,
        _ => both,
    };
    chosen.iter().map(|one| one.as_bytes().to_vec()).collect()
}

fn of_subprotocol(protocol: &[u8]) -> Option<Vec<u8>> {
    if let Some(key) = protocol.strip_prefix(b"openai-insecure-api-key.") {
        return Some(key.to_vec());
    }
    if let Some(encoded) = protocol.strip_prefix(b"base64url.bearer.authorization.k8s.io.") {
        return base64::for_urls(encoded);
    }
    let text = std::str::from_utf8(protocol).ok()?;
    let mut rest = text;
    while !is_standard(rest) {
        rest = &rest[rest.find('.')? + 1..];
    }
    Some(rest.as_bytes().to_vec())
}

fn is_standard(text: &str) -> bool {
    let parts: Vec<&str> = text.split('_').collect();
    parts.len() >= 3 && parts[0] == "gpustack"
}
