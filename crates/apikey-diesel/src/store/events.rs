//! Reads events.

use super::{backend::Backend, connection::Connection};
use crate::{
    columns,
    failure::from_diesel,
    rows::{EventRow, EventSizeRow},
    schema::{event_floor, event_head, events},
    unreadable_events::UnreadableEvents,
};
use apikey_domain::{
    access::policy::ApiKeyFilter,
    change::{
        Change, Position,
        event::{EventFilter, EventPage},
        recorded::RecordedEvent,
    },
    error::PortError,
    identity::user_list::UserFilter,
    listing::cut,
};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryResult,
    dsl::sql,
    sql_types::{BigInt, Bool},
};
use diesel_async::RunQueryDsl;

type Query<'a> = events::BoxedQuery<'a, Backend>;

/// Returns the high-water mark: after every event that is final, and before every
/// event still to come.
pub(crate) async fn head(connection: &mut Connection) -> QueryResult<Position> {
    let horizon: i64 = event_head::table
        .select(event_head::horizon)
        .get_result(connection)
        .await?;
    Ok(Position::before_horizon(horizon))
}

/// Returns the last event that is final, or the last that was deleted if that comes
/// later.
pub(crate) async fn last(connection: &mut Connection) -> QueryResult<Position> {
    let head = head(connection).await?;
    let last: Option<(i64, i64)> = events::table
        .filter(events::horizon.lt(head.horizon))
        .select((events::horizon, events::number))
        .order_by((events::horizon.desc(), events::number.desc()))
        .limit(1)
        .get_result(connection)
        .await
        .optional()?;
    let last = last.map(|(horizon, number)| Position { horizon, number });
    let floor = floor(connection).await?;
    Ok(last.map_or(floor, |last| last.max(floor)))
}

/// Returns whether this is the position of an event.
async fn exists(connection: &mut Connection, position: Position) -> QueryResult<bool> {
    let number: Option<i64> = events::table
        .filter(events::horizon.eq(position.horizon))
        .filter(events::number.eq(position.number))
        .select(events::number)
        .get_result(connection)
        .await
        .optional()?;
    Ok(number.is_some())
}

/// Returns the low-water mark: the last event that was deleted.
pub(super) async fn floor(connection: &mut Connection) -> QueryResult<Position> {
    let (horizon, number): (i64, i64) = event_floor::table
        .select((event_floor::horizon, event_floor::number))
        .get_result(connection)
        .await?;
    Ok(Position { horizon, number })
}

pub(super) async fn list(
    connection: &mut Connection,
    unreadable: &UnreadableEvents,
    filter: &EventFilter,
    after: Position,
    limit: u32,
) -> Result<EventPage, PortError> {
    let query = || {
        let mut query = events::table.into_boxed();
        if let Some(id) = filter.api_key_id {
            query = query.filter(events::api_key_id.eq(id.0));
        }
        if let Some(id) = filter.user_id {
            query = query.filter(events::user_id.eq(id.0));
        }
        if let Some(id) = filter.principal_id {
            query = query.filter(events::principal_id.eq(id.0));
        }
        if let Some(kind) = filter.kind {
            query = query.filter(events::kind.eq(kind.as_str()));
        }
        if let Some(since) = filter.since {
            query = query.filter(events::at.ge(since.microseconds()));
        }
        if let Some(until) = filter.until {
            query = query.filter(events::at.lt(until.microseconds()));
        }
        query
    };
    page(connection, unreadable, query, after, limit).await
}

pub(super) async fn list_of_keys(
    connection: &mut Connection,
    unreadable: &UnreadableEvents,
    filter: &ApiKeyFilter,
    after: Position,
    limit: u32,
) -> Result<EventPage, PortError> {
    let query = || {
        let mut query = events::table
            .filter(events::api_key_id.is_not_null())
            .into_boxed();
        if let Some(id) = filter.user_id() {
            query = query.filter(events::user_id.eq(id.0));
        }
        if let Some(owner) = filter.owner_principal_id() {
            query = query.filter(events::principal_id.eq(owner.0));
        }
        query
    };
    let mut page = page(connection, unreadable, query, after, limit).await?;
    // The columns neither identify keys of system users nor hold what is searched.
    page.events.retain(|event| match &event.change {
        Change::Key(key) => filter.concerns(key),
        _ => false,
    });
    Ok(page)
}

/// The kinds of events that change a user.
const OF_USERS: [&str; 3] = ["user.created", "user.updated", "user.deleted"];

/// How many events of all kinds are looked at for those that change users, which are few: no
/// index has them.
const WINDOW: i64 = 1_000;

pub(super) async fn list_of_users(
    connection: &mut Connection,
    unreadable: &UnreadableEvents,
    filter: &UserFilter,
    after: Position,
    limit: u32,
) -> Result<EventPage, PortError> {
    let window = window(connection, after).await.map_err(from_diesel)?;
    let end = window.last().copied().unwrap_or(after);
    let query = || {
        let is_within = sql::<Bool>("(events.horizon, events.number) <= (")
            .bind::<BigInt, _>(end.horizon)
            .sql(", ")
            .bind::<BigInt, _>(end.number)
            .sql(")");
        events::table
            .filter(events::kind.eq_any(OF_USERS))
            .filter(events::horizon.le(end.horizon))
            .filter(is_within)
            .into_boxed()
    };
    let mut page = page(connection, unreadable, query, after, limit).await?;
    if !page.has_more && !window.is_empty() {
        page.next = end;
        page.has_more = window.len() as i64 == WINDOW;
    }
    page.events.retain(|event| match &event.change {
        Change::User(user) => filter.concerns(user),
        _ => false,
    });
    Ok(page)
}

/// Returns the positions of the next final events.
async fn window(connection: &mut Connection, after: Position) -> QueryResult<Vec<Position>> {
    let head = head(connection).await?;
    let is_after = sql::<Bool>("(events.horizon, events.number) > (")
        .bind::<BigInt, _>(after.horizon)
        .sql(", ")
        .bind::<BigInt, _>(after.number)
        .sql(")");
    let rows: Vec<(i64, i64)> = events::table
        .filter(events::horizon.ge(after.horizon))
        .filter(is_after)
        .filter(events::horizon.lt(head.horizon))
        .select((events::horizon, events::number))
        .order_by((events::horizon.asc(), events::number.asc()))
        .limit(WINDOW)
        .load(connection)
        .await?;
    let positions = rows.into_iter();
    let positions = positions.map(|(horizon, number)| Position { horizon, number });
    Ok(positions.collect())
}

async fn page<'q>(
    connection: &mut Connection,
    unreadable: &UnreadableEvents,
    query: impl Fn() -> Query<'q>,
    after: Position,
    limit: u32,
) -> Result<EventPage, PortError> {
    // Read first: everything before it has been committed by now.
    let head = head(connection).await.map_err(from_diesel)?;
    let range = || {
        let is_after = sql::<Bool>("(events.horizon, events.number) > (")
            .bind::<BigInt, _>(after.horizon)
            .sql(", ")
            .bind::<BigInt, _>(after.number)
            .sql(")");
        query()
            // Implied by the next condition; lets an index on this column alone be used.
            .filter(events::horizon.ge(after.horizon))
            .filter(is_after)
            .filter(events::horizon.lt(head.horizon))
            .order_by((events::horizon.asc(), events::number.asc()))
    };
    let sizes: Vec<EventSizeRow> = range()
        .select(columns::event_size())
        .limit(i64::from(limit))
        .load(connection)
        .await
        .map_err(from_diesel)?;
    let is_full = sizes.len() == limit as usize;
    let (now, rest) = cut(sizes, EventSizeRow::text_bytes);
    let has_more = is_full || !rest.is_empty();
    let rows: Vec<EventRow> = range()
        .select(columns::event())
        // Events never change, and no more of them get into this range.
        .limit(i64::try_from(now.len()).unwrap_or(i64::MAX))
        .load(connection)
        .await
        .map_err(from_diesel)?;
    // Read last, so that a deletion in the meantime is noticed.
    let floor = floor(connection).await.map_err(from_diesel)?;
    let is_known = after <= floor || exists(connection, after).await.map_err(from_diesel)?;
    let next = match rows.last() {
        Some(row) => row.position(),
        None if after > head => last(connection).await.map_err(from_diesel)?,
        None => after.max(floor),
    };
    let examined = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let mut events = Vec::with_capacity(rows.len());
    for row in rows {
        match row.into() {
            RecordedEvent::Readable(event) => events.push(event),
            RecordedEvent::Unreadable(event) => unreadable.record(&event),
        }
    }
    Ok(EventPage {
        has_more,
        is_known,
        examined,
        events,
        next,
        floor,
        head,
    })
}
