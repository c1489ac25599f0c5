//! Target `events`: the payloads of events.

use crate::linear::must_be_linear;
use apikey_diesel::fuzzing::{Payloads, read_event, write_event};
use apikey_domain::change::event::{EventKind, EventSubject};
use serde_json::{Map, Value};

/// Values that are written in one form, and may have been in another: lists as texts.
const REWRITTEN: [&str; 2] = ["scope", "allowed_model_names"];

/// Checks an event: its kind, and its payloads before and after, a line each.
///
/// # Panics
///
/// When what is written of a change reads as another, or a field that a later release
/// adds makes a difference.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut lines = text.splitn(3, '\n');
    let kind = lines.next().unwrap_or_default();
    let side = |line: Option<&str>| line.filter(|line| !line.is_empty()).map(str::to_owned);
    let payloads = (side(lines.next()), side(lines.next()));
    let Ok(kind) = EventKind::parse(kind) else {
        return;
    };
    check_event(kind, &payloads);
    must_be_linear(payloads.1.unwrap_or_default().as_bytes(), |long| {
        let long = String::from_utf8_lossy(long).into_owned();
        let _ = read_event(kind, (Some(long.clone()), Some(long)));
    });
}

fn check_event(kind: EventKind, payloads: &Payloads) {
    let Ok(change) = read_event(kind, payloads.clone()) else {
        return;
    };
    assert_eq!(change.kind(), kind);
    let Ok(written) = write_event(&change) else {
        panic!("{payloads:?} cannot be written");
    };
    let Ok(again) = read_event(kind, written.clone()) else {
        panic!("{payloads:?} is written as {written:?}, which cannot be read");
    };
    assert_eq!(again, change, "{payloads:?} as {written:?}");
    assert_eq!(write_event(&again).ok(), Some(written.clone()));
    let is_there = |payloads: &Payloads| (payloads.0.is_some(), payloads.1.is_some());
    let is_rewritten = kind.subject() == EventSubject::Password;
    assert!(
        is_rewritten || is_there(&written) == is_there(payloads),
        "{payloads:?}"
    );
    for (given, written) in [(&payloads.0, &written.0), (&payloads.1, &written.1)] {
        if let (Some(given), Some(written)) = (given, written) {
            must_agree(given, written);
        }
    }
    let later = (
        with_more(payloads.0.as_deref()),
        with_more(payloads.1.as_deref()),
    );
    assert_eq!(read_event(kind, later).ok(), Some(change), "{payloads:?}");
}

/// Demands that each field of a payload is written as it was read.
fn must_agree(given: &str, written: &str) {
    let (given_fields, written_fields) = (object(given), object(written));
    for (name, value) in &written_fields {
        let is_rewritten = name == "v" || REWRITTEN.contains(&name.as_str());
        if let Some(given) = given_fields.get(name).filter(|_| !is_rewritten) {
            assert_eq!(given, value, "{name} in {written}");
        }
    }
}

/// Returns a payload with a field that no release knows.
fn with_more(payload: Option<&str>) -> Option<String> {
    let rest = payload?.trim_start().strip_prefix('{')?;
    Some(format!(r#"{{"of a later release":[{{}}],{rest}"#))
}

fn object(text: &str) -> Map<String, Value> {
    match serde_json::from_str(text) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}
