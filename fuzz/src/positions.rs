//! Target `positions`: the positions of events, as `Last-Event-ID` and as `after`.

use crate::{linear::must_be_linear, slow_text::digits_of};
use apikey_domain::{change::Position, use_case::keys::watch_api_keys::Since};
use apikey_http::fuzzing::{api_keys, events, query::ReadQuery};

/// How many positions of an input are checked.
const MOST: usize = 16;

/// Checks one position for each line.
///
/// # Panics
///
/// When one is not read as it is written, or positions are in another order than their
/// numbers.
pub fn check(data: &[u8]) {
    let mut before: Option<Position> = None;
    for line in data.split(|byte| *byte == b'\n').take(MOST) {
        let text = std::str::from_utf8(line).ok();
        let expected = text.and_then(slow);
        check_header(line, expected);
        let Some(text) = text else {
            continue;
        };
        check_query(text, expected);
        let position = Position::parse(text).ok();
        assert_eq!(position, expected, "{text:?}");
        let Some(position) = position else {
            continue;
        };
        let written = position.to_string();
        assert_eq!(Position::parse(&written), Ok(position), "{text:?}");
        assert!(written.len() <= text.len(), "{text:?}");
        if let Some(before) = before {
            let numbers = |one: Position| (one.horizon, one.number);
            let expected = numbers(before).cmp(&numbers(position));
            assert_eq!(before.cmp(&position), expected, "{before} and {position}");
        }
        before = Some(position);
    }
    must_be_linear(data, |long| {
        let _ = Position::parse(&String::from_utf8_lossy(long));
        api_keys::since(long);
    });
}

fn check_header(line: &[u8], expected: Option<Position>) {
    let expected = match expected {
        _ if line.is_empty() => None,
        Some(position) => Some(Since::Position(position)),
        None => Some(Since::Unknown),
    };
    if let Some(since) = api_keys::since(line) {
        assert_eq!(since, expected, "{line:?}");
    }
}

fn check_query(text: &str, expected: Option<Position>) {
    // Characters that mean something else in a query are the business of its own target.
    if text.contains(['&', '%', '+', '#']) {
        return;
    }
    let Some(query) = ReadQuery::of(&format!("after={text}")) else {
        return;
    };
    let after = events::events_query(&query).map(|(_, after, _)| after);
    assert_eq!(after.ok(), expected, "{text:?}");
}

/// Reads two numbers of 64 bits with a hyphen between.
fn slow(text: &str) -> Option<Position> {
    let at = text.find('-')?;
    let number = |digits: &str| i64::try_from(digits_of(digits.as_bytes())?).ok();
    Some(Position {
        horizon: number(&text[..at])?,
        number: number(&text[at + 1..])?,
    })
}
