//! Target `token`: the grammar of keys.

use crate::linear::must_be_linear;
use apikey_domain::key::{
    plain_key::{CustomKey, PlainKey},
    token::{KeyPrefix, PresentedKey, is_well_formed},
};
use blake2::{Blake2b, Digest, digest::consts::U16};

/// Checks a key, after a prefix and a line end if there is one.
///
/// # Panics
///
/// When its parts, or whether it may be a custom key, are not those that a plain reader
/// finds.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (prefix, key) = match text.split_once('\n') {
        Some((prefix, key)) => {
            let parsed = KeyPrefix::parse(prefix);
            assert_eq!(parsed.is_ok(), is_prefix(prefix), "{prefix:?}");
            (parsed.unwrap_or_default(), key)
        }
        None => (KeyPrefix::default(), &*text),
    };
    check_key(&prefix, key);
    must_be_linear(key.as_bytes(), |long| {
        let long = String::from_utf8_lossy(long);
        PresentedKey::parse(&prefix, &long);
        let _ = PlainKey::parse(CustomKey::new(long), &prefix);
    });
}

fn check_key(prefix: &KeyPrefix, key: &str) {
    let presented = PresentedKey::parse(prefix, key);
    let (access_key, secret) = parts(prefix.as_str(), key);
    assert_eq!(presented.access_key(), access_key, "{key:?}");
    assert_eq!(presented.secret(), secret, "{key:?}");
    assert_eq!(format!("{presented:?}"), "PresentedKey(redacted)");

    assert_eq!(is_well_formed(key), is_printable(key), "{key:?}");
    let plain = PlainKey::parse(CustomKey::new(key), prefix);
    let is_plain = |one: char| matches!(one, 'a'..='z' | 'A'..='Z' | '0'..='9');
    let has_plain_access_key = !access_key.is_empty() && access_key.chars().all(is_plain);
    let may_be_custom = is_printable(key) && has_plain_access_key && !secret.is_empty();
    match plain {
        Err(_) => assert!(!may_be_custom, "{key:?}"),
        Ok(plain) => {
            assert!(may_be_custom, "{key:?}");
            assert_eq!(plain.expose(), key);
            assert_eq!(plain.presented(prefix).access_key(), access_key);
        }
    }
}

/// Splits a key, a character at a time.
fn parts(prefix: &str, key: &str) -> (String, String) {
    let mut parts = vec![String::new()];
    for character in key.chars() {
        if character == '_' && parts.len() < 3 {
            parts.push(String::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(character);
        }
    }
    match parts.as_slice() {
        [first, access_key, secret] if first == prefix => (access_key.clone(), secret.clone()),
        _ => {
            let digest = Blake2b::<U16>::digest(key.as_bytes());
            let hex = digest.iter().map(|byte| format!("{byte:02x}"));
            (hex.collect(), key.to_owned())
        }
    }
}

fn is_prefix(text: &str) -> bool {
    let is_plain = |one: char| matches!(one, 'a'..='z' | 'A'..='Z' | '0'..='9');
    text.chars().all(is_plain) && (1..=32).contains(&text.chars().count())
}

fn is_printable(text: &str) -> bool {
    let is_plain = |one: char| ('!'..='~').contains(&one);
    text.chars().all(is_plain) && (16..=512).contains(&text.chars().count())
}
