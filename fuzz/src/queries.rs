//! Target `queries`: the parameters of a query.

mod instant;

use crate::{
    linear::must_be_linear,
    slow_text::{percent_decoded, whole_number},
};
use apikey_domain::{
    change::{Position, event::EventKind},
    gpustack::{Scope, ScopeSet},
    timestamp::Timestamp,
};
use apikey_http::fuzzing::{
    events::events_query,
    query::{Parameter, ReadQuery},
    verification::scopes,
};

/// The parameters of this service, and one that it does not know.
const NAMES: [&str; 14] = [
    "after",
    "api_key_id",
    "kind",
    "limit",
    "model",
    "organization_id",
    "page",
    "perPage",
    "search",
    "since",
    "sort_by",
    "until",
    "user_id",
    "watch",
];

const WORDS: [(&str, bool); 12] = [
    ("true", true),
    ("1", true),
    ("yes", true),
    ("on", true),
    ("t", true),
    ("y", true),
    ("false", false),
    ("0", false),
    ("no", false),
    ("off", false),
    ("f", false),
    ("n", false),
];

/// Checks a query.
///
/// # Panics
///
/// When a parameter is not what a plain reader finds.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Some(query) = ReadQuery::of(text) else {
        return;
    };
    for name in NAMES {
        check_parameter(&query, text, name);
    }
    check_events(&query, text);
    check_scopes(text);
    must_be_linear(data, |long| {
        let Some(query) = std::str::from_utf8(long).ok().and_then(ReadQuery::of) else {
            return;
        };
        let _ = query.text("search");
        let _ = events_query(&query);
    });
}

fn check_parameter(query: &ReadQuery, text: &str, name: &str) {
    let expected = slow_text(text, name);
    assert_eq!(query.text(name), expected, "{name} in {text}");
    let read = |value: Option<String>| value.as_deref().map(|text| whole_number(text.trim()));
    let expected_number = flat(expected.clone().map(read));
    assert_eq!(query.integer(name), expected_number, "{name} in {text}");
    let read = |value: Option<String>| value.map(|value| flag(&value));
    let expected_flag = flat(expected.clone().map(read));
    assert_eq!(query.flag(name), expected_flag, "{name} in {text}");
    match expected {
        Ok(Some(value)) => instant::must_agree(&value, query.instant(name).ok().flatten()),
        other => assert_eq!(query.instant(name).err(), other.err(), "{name} in {text}"),
    }
}

/// A parameter that is there and cannot be read is refused.
fn flat<T>(read: Result<Option<Option<T>>, u16>) -> Parameter<T> {
    match read? {
        None => Ok(None),
        Some(None) => Err(422),
        Some(value) => Ok(value),
    }
}

/// Returns the last parameter of a name.
fn slow_text(query: &str, name: &str) -> Parameter<String> {
    let mut found = None;
    for parameter in query.split('&') {
        let end = parameter.find('=').unwrap_or(parameter.len());
        if form_decoded(&parameter[..end]) == name.as_bytes() {
            found = Some(form_decoded(parameter.get(end + 1..).unwrap_or_default()));
        }
    }
    found.map(String::from_utf8).transpose().map_err(|_| 422)
}

fn form_decoded(text: &str) -> Vec<u8> {
    let spaced = text
        .bytes()
        .map(|byte| if byte == b'+' { b' ' } else { byte });
    percent_decoded(&spaced.collect::<Vec<_>>())
}

fn flag(text: &str) -> Option<bool> {
    let lower = text.to_ascii_lowercase();
    let known = WORDS.iter().find(|(word, _)| *word == lower);
    known.map(|(_, value)| *value)
}

/// The query of the event log is what its parameters are.
fn check_events(query: &ReadQuery, text: &str) {
    let parameter = |name: &str| query.text(name).ok().flatten();
    let Ok((filter, after, limit)) = events_query(query) else {
        return;
    };
    let number = |name: &str| query.integer(name).ok().flatten();
    assert_eq!(
        filter.api_key_id.map(|id| id.0),
        number("api_key_id"),
        "{text}"
    );
    assert_eq!(filter.user_id.map(|id| id.0), number("user_id"), "{text}");
    let organization = filter.principal_id.map(|id| id.0);
    assert_eq!(organization, number("organization_id"), "{text}");
    let kind = filter.kind.map(EventKind::as_str);
    assert_eq!(kind, parameter("kind").as_deref(), "{text}");
    let instant = |name: &str| -> Option<Timestamp> { query.instant(name).ok().flatten() };
    assert_eq!(
        (filter.since, filter.until),
        (instant("since"), instant("until")),
        "{text}"
    );
    let position = parameter("after").map(|after| Position::parse(&after).ok());
    assert_eq!(
        Some(after),
        position.unwrap_or(Some(Position::START)),
        "{text}"
    );
    assert_eq!(i64::from(limit), number("limit").unwrap_or(100), "{text}");
    assert!((1..=1_000).contains(&limit), "{text}");
}

/// All scopes that a gateway's query names are required, and the first must be one.
fn check_scopes(text: &str) {
    let mut expected = Ok(ScopeSet::NONE);
    let mut is_first = true;
    for parameter in text.split('&') {
        let Some(value) = parameter.strip_prefix("scope=") else {
            continue;
        };
        let decoded = String::from_utf8(percent_decoded(value.as_bytes()));
        match (
            decoded.ok().and_then(|name| Scope::parse(&name).ok()),
            expected,
        ) {
            (Some(scope), Ok(required)) => expected = Ok(required.with(scope)),
            (None, _) if is_first => expected = Err(422),
            _ => {}
        }
        is_first = false;
    }
    let expected = expected.map(|required| match required {
        ScopeSet::NONE => Scope::Inference.into(),
        required => required,
    });
    assert_eq!(scopes(text), expected, "{text}");
}
