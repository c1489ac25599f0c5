//! Events as rows, and back.

use super::found::Found;
use crate::{event_payload, schema::events};
use apikey_domain::{
    change::{
        Change, Position,
        attribution::Attribution,
        event::{Event, EventKind},
        recorded::{RecordedEvent, UnreadableChange, UnreadableEvent},
        snapshot::Snapshot,
    },
    error::PortError,
    identifier::{ApiKeyId, PrincipalId, UserId},
};
use diesel::prelude::{Insertable, Queryable};

/// An event.
#[derive(Queryable)]
pub(crate) struct EventRow {
    pub(crate) horizon: i64,
    pub(crate) number: i64,
    pub(crate) transaction_id: i64,
    pub(crate) kind: String,
    pub(crate) at: i64,
    pub(crate) by_user_id: Option<i64>,
    pub(crate) by_api_key_id: Option<i64>,
    pub(crate) api_key_id: Option<i64>,
    pub(crate) user_id: Option<i64>,
    pub(crate) principal_id: Option<i64>,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

/// An event to be written. Its place is the database's to give.
#[derive(Insertable)]
#[diesel(table_name = events)]
pub(crate) struct NewEventRow {
    kind: &'static str,
    at: i64,
    by_user_id: Option<i64>,
    by_api_key_id: Option<i64>,
    api_key_id: Option<i64>,
    user_id: Option<i64>,
    principal_id: Option<i64>,
    before: Option<String>,
    after: Option<String>,
}

// === impl NewEventRow ===

impl NewEventRow {
    /// The row of a change.
    ///
    /// # Errors
    ///
    /// [`PortError::Corrupt`] when it cannot be written as JSON.
    pub(crate) fn of(by: Attribution, change: &Change) -> Result<Self, PortError> {
        let (before, after) = event_payload::write(change)?;
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
}

// === impl EventRow ===

impl From<EventRow> for RecordedEvent {
    fn from(row: EventRow) -> Self {
        let position = row.position();
        let transaction = row.transaction_id;
        let known = row.known();
        match row.read() {
            Ok((attribution, change)) => Self::Readable(Event {
                position,
                transaction,
                attribution,
                change,
            }),
            Err(cause) => Self::Unreadable(UnreadableEvent {
                position,
                transaction,
                change: known,
                cause: cause.to_string(),
            }),
        }
    }
}

impl EventRow {
    /// Where it stands in the order of events.
    pub(crate) fn position(&self) -> Position {
        Position {
            horizon: self.horizon,
            number: self.number,
        }
    }

    /// What its columns say.
    fn known(&self) -> UnreadableChange {
        UnreadableChange {
            kind: EventKind::parse(&self.kind).ok(),
            api_key_id: self.api_key_id.map(ApiKeyId),
            user_id: self.user_id.map(UserId),
            principal_id: self.principal_id.map(PrincipalId),
        }
    }

    fn read(self) -> Result<(Attribution, Change), PortError> {
        let found = Found {
            table: "events",
            id: self.number,
        };
        let attribution = Attribution {
            at: found.instant(self.at)?,
            user_id: self.by_user_id.map(UserId),
            key_id: self.by_api_key_id.map(ApiKeyId),
        };
        let kind = found.valid(EventKind::parse(&self.kind))?;
        let change = event_payload::read(&found, kind, (self.before, self.after))?;
        Ok((attribution, change))
    }
}

/// Reads a snapshot as PostgreSQL writes it: `{xmin}:{xmax}:{xip},{xip}`.
pub(crate) fn snapshot(text: &str) -> Result<Snapshot, PortError> {
    let corrupt = || PortError::Corrupt(format!("the snapshot {text:?}"));
    let number = |text: &str| text.parse::<i64>().map_err(|_| corrupt());
    let mut parts = text.splitn(3, ':');
    let mut part = || parts.next().ok_or_else(corrupt);
    let (open_from, unborn_from, open) = (part()?, part()?, part()?);
    let open = open.split(',').filter(|text| !text.is_empty());
    Ok(Snapshot {
        open_from: number(open_from)?,
        unborn_from: number(unborn_from)?,
        open: open.map(number).collect::<Result<_, _>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_read_as_postgresql_writes_it() {
        let read = snapshot("795:799:795,797").unwrap();
        assert_eq!((read.open_from, read.unborn_from), (795, 799));
        assert_eq!(read.open, [795, 797]);
        assert_eq!(snapshot("7:7:").unwrap(), Snapshot::in_order(7));
        for wrong in ["", "7", "7:7", "a:b:", "7:8:x"] {
            assert!(snapshot(wrong).is_err(), "{wrong}");
        }
    }
}
