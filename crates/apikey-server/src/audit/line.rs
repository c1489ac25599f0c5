//! The lines of the audit log.

use apikey_domain::{
    change::{Position, event::Event},
    key::token::KeyPrefix,
    timestamp::Timestamp,
};
use serde::{Deserialize, Serialize};

/// What is said beside the events.
#[derive(Clone, Copy, Debug)]
pub(super) enum Special {
    /// Events were deleted for their age before they were written here.
    Gap,
    /// The record is not the one that was written here so far: an older one was restored.
    OtherRecord,
    /// A file begins that goes on where another one ended.
    Continued,
}

#[derive(Serialize)]
struct SpecialView {
    id: String,
    kind: &'static str,
    at: String,
}

/// What each line has: the position after which the next one stands.
#[derive(Deserialize)]
struct Identified {
    id: String,
}

/// What a line is about.
#[derive(Deserialize)]
struct Kind {
    kind: String,
}

// === impl Special ===

impl Special {
    /// Returns the line, after which the log goes on behind `position`.
    pub(super) fn line(self, position: Position, at: Timestamp) -> String {
        let view = SpecialView {
            id: position.to_string(),
            kind: self.kind(),
            at: at.to_rfc3339(),
        };
        // Texts can be written as JSON.
        serde_json::to_string(&view).unwrap_or_default() + "\n"
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Gap => "audit.gap",
            Self::OtherRecord => "audit.other_record",
            Self::Continued => "audit.continued",
        }
    }
}

/// Returns the line of an event, as `GET /v2/events` shows it.
pub(super) fn of(event: &Event, prefix: &KeyPrefix) -> String {
    apikey_http::event_json(event, prefix) + "\n"
}

/// Returns the position behind which the log goes on after a line.
pub(super) fn position(line: &str) -> Option<Position> {
    let Identified { id } = serde_json::from_str(line).ok()?;
    Position::parse(&id).ok()
}

/// Returns whether a line tells that the record is another one.
pub(super) fn tells_other_record(line: &str) -> bool {
    serde_json::from_str(line).is_ok_and(|Kind { kind }| kind == Special::OtherRecord.kind())
}

/// Returns whether bytes are the begin of a line that was not written to its end.
pub(super) fn is_begun(bytes: &[u8]) -> bool {
    const BEGIN: &[u8] = b"{\"id\":\"";
    match bytes.get(..BEGIN.len()) {
        Some(begin) => begin == BEGIN,
        None => BEGIN.starts_with(bytes),
    }
}
