//! Texts and instants of a source, as they can be stored here.

use crate::{
    import::finding::{Effect, Findings},
    key::key_name::Description,
    timestamp::Timestamp,
};

/// How long names may be.
const LONGEST: usize = 255;

/// Returns a name that can be stored: without control characters, and not too long. One
/// that nothing is left of becomes `fallback`. `others` may not stand in it either.
pub(super) fn name(
    field: &str,
    text: Option<&str>,
    others: &[char],
    fallback: &str,
    findings: &mut Findings,
) -> String {
    let Some(text) = text.filter(|text| !text.chars().all(char::is_whitespace)) else {
        let reason = format!("its {field} is empty: it is called {fallback:?} here");
        findings.add(Effect::Changed, reason);
        return fallback.to_owned();
    };
    let stand_in = |character: char| match character {
        other if others.contains(&other) => '_',
        control if control.is_control() => '\u{fffd}',
        other => other,
    };
    let stored: String = text.chars().map(stand_in).take(LONGEST).collect();
    if stored != text {
        let reason = format!("its {field} cannot be stored: it is {stored:?} here");
        findings.add(Effect::Changed, reason);
    }
    stored
}

/// Returns a description that can be stored.
pub(super) fn description(text: Option<&str>, findings: &mut Findings) -> Option<Description> {
    let text = text?;
    if let Ok(description) = Description::parse(text) {
        return Some(description);
    }
    let is_fit = |character: &char| !character.is_control() || "\t\n\r".contains(*character);
    let longest = Description::LONGEST;
    let shortened: String = text.chars().filter(is_fit).take(longest).collect();
    let reason = format!("its description is cut to {longest} characters that can be stored");
    findings.add(Effect::Changed, reason);
    Description::parse(shortened).ok()
}

/// Returns an instant of the calendar, or now if there is none.
pub(super) fn instant(
    field: &str,
    microseconds: Option<i64>,
    now: Timestamp,
    findings: &mut Findings,
) -> Timestamp {
    let Some(microseconds) = microseconds else {
        return now;
    };
    Timestamp::from_microseconds(microseconds).unwrap_or_else(|| {
        findings.add(
            Effect::Changed,
            format!("its {field} is none of the calendar: now"),
        );
        now
    })
}

/// Returns when something was created and last changed, which was not before.
pub(super) fn instants(
    (created_at, updated_at): (Option<i64>, Option<i64>),
    now: Timestamp,
    findings: &mut Findings,
) -> (Timestamp, Timestamp) {
    let created_at = instant("created_at", created_at, now, findings);
    let updated_at = updated_at.and_then(Timestamp::from_microseconds);
    (created_at, updated_at.unwrap_or(created_at).max(created_at))
}
