//! Rows of events.

use super::{context::RowContext, stored_text::StoredText};
use crate::{event_payload, schema::events};
use apikey_domain::{
    access::attribution::Attribution,
    change::{
        Change, Position,
        event::{Event, EventKind},
        recorded::{RecordedEvent, UnreadableChange, UnreadableEvent},
    },
    error::PortError,
    identifier::{ApiKeyId, PrincipalId, UserId},
};
use diesel::prelude::{Insertable, Queryable};

/// An event as stored.
#[derive(Queryable)]
pub(crate) struct EventRow {
    pub(crate) horizon: i64,
    pub(crate) number: i64,
    pub(crate) transaction_id: i64,
    pub(crate) kind: StoredText,
    pub(crate) at: i64,
    pub(crate) by_user_id: Option<i64>,
    pub(crate) by_api_key_id: Option<i64>,
    pub(crate) api_key_id: Option<i64>,
    pub(crate) user_id: Option<i64>,
    pub(crate) principal_id: Option<i64>,
    pub(crate) before: Option<StoredText>,
    pub(crate) after: Option<StoredText>,
}

/// An event to be inserted. The database assigns its position.
#[derive(Insertable)]
#[diesel(table_name = events)]
pub(crate) struct NewEventRow {
    pub(crate) kind: &'static str,
    pub(crate) at: i64,
    pub(crate) by_user_id: Option<i64>,
    pub(crate) by_api_key_id: Option<i64>,
    pub(crate) api_key_id: Option<i64>,
    pub(crate) user_id: Option<i64>,
    pub(crate) principal_id: Option<i64>,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

// === impl NewEventRow ===

impl NewEventRow {
    /// Returns the row of a change.
    ///
    /// # Errors
    ///
    /// [`PortError::Corrupt`] when a payload cannot be serialized.
    pub(crate) fn of(by: Attribution, change: &Change) -> Result<Self, PortError> {
        let (before, after) = event_payload::to_payloads(change)?;
        Ok(Self {
            kind: change.kind().as_str(),
            at: by.at.microseconds(),
            by_user_id: by.user_id.map(|id| id.0),
            by_api_key_id: by.key_id.map(|id| id.0),
            api_key_id: change.api_key_id().map(|id| id.0),
            user_id: change.user_id().map(|id| id.0),
            principal_id: change.principal_id().map(|id| id.0),
            before,
            after,
        })
    }

    /// Returns how many bytes of text it has.
    pub(crate) fn bytes(&self) -> u64 {
        let texts = [&self.before, &self.after].into_iter().flatten();
        texts.map(|text| text.len() as u64).sum()
    }
}

// === impl EventRow ===

impl From<EventRow> for RecordedEvent {
    fn from(row: EventRow) -> Self {
        let position = row.position();
        let transaction = row.transaction_id;
        let named = row.named();
        match row.read(&named) {
            Ok((attribution, change)) => Self::Readable(Event {
                position,
                transaction,
                attribution,
                change,
            }),
            Err(cause) => Self::Unreadable(UnreadableEvent {
                position,
                transaction,
                change: named,
                cause: shortened(&cause.to_string()),
            }),
        }
    }
}

impl EventRow {
    /// Returns the position of the event.
    pub(crate) fn position(&self) -> Position {
        Position {
            horizon: self.horizon,
            number: self.number,
        }
    }

    /// Returns what its columns name, which can be read even if its payload cannot.
    fn named(&self) -> UnreadableChange {
        UnreadableChange {
            kind: EventKind::parse(&self.kind.0).ok(),
            api_key_id: self.api_key_id.map(ApiKeyId),
            user_id: self.user_id.map(UserId),
            principal_id: self.principal_id.map(PrincipalId),
        }
    }

    fn read(self, named: &UnreadableChange) -> Result<(Attribution, Change), PortError> {
        let context = RowContext {
            table: "events",
            id: self.number,
        };
        let text = |stored: Option<StoredText>| stored.map(|stored| stored.0);
        let attribution = Attribution {
            at: context.instant(self.at)?,
            user_id: self.by_user_id.map(UserId),
            key_id: self.by_api_key_id.map(ApiKeyId),
        };
        let kind = EventKind::parse(&self.kind.0)
            .map_err(|_| context.corrupt(&format!("an unknown kind: {:?}", self.kind.0)))?;
        let change =
            event_payload::from_payloads(&context, kind, (text(self.before), text(self.after)))?;
        let ids = (change.api_key_id(), change.user_id(), change.principal_id());
        if ids != (named.api_key_id, named.user_id, named.principal_id) {
            return Err(context.corrupt(&"its columns name something else than its payload"));
        }
        Ok((attribution, change))
    }
}

/// Returns the start of a text, for a line in the log: a payload may be quoted in it.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 200;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
