//! Prunes events, in the writer's transaction.

use super::{
    backend,
    connection::Connection,
    events::{floor, head},
    job::{Effects, Written},
};
use crate::{
    failure::from_diesel,
    schema::{event_floor, events},
};
use apikey_domain::{
    change::{
        Position,
        cutoff::{Cutoff, Pruned},
        event::{EventKind, EventSubject},
        retention::RecordState,
    },
    error::PortError,
    timestamp::Timestamp,
};
use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, QueryResult};
use diesel_async::RunQueryDsl;

/// How many events are counted one by one; of more the size is estimated from the numbers of
/// the first and the last, so gaps count.
const COUNTED: i64 = 100_000;

/// Returns what is known of the record.
pub(super) async fn state(connection: &mut Connection) -> Result<RecordState, PortError> {
    let mut latest: Vec<(i64, i64, String)> = events::table
        .select((events::number, events::at, events::kind))
        .order_by((events::horizon.desc(), events::number.desc()))
        .limit(i64::try_from(RecordState::LATEST).unwrap_or(i64::MAX))
        .load(connection)
        .await
        .map_err(from_diesel)?;
    let oldest: Option<i64> = events::table
        .select(events::number)
        .order_by((events::horizon.asc(), events::number.asc()))
        .limit(1)
        .get_result(connection)
        .await
        .optional()
        .map_err(from_diesel)?;
    let clock = backend::clock(connection).await.map_err(from_diesel)?;
    let some = events::table.select(events::number).limit(COUNTED);
    let some: Vec<i64> = some.load(connection).await.map_err(from_diesel)?;
    // Of those that were passed over when others around them were deleted there are few.
    let floor = floor(connection).await.map_err(from_diesel)?;
    let span = match (oldest, latest.as_slice().first()) {
        (Some(first), Some((last, ..))) => {
            backend::events_of_span(first.max(floor.number).abs_diff(*last) + 1)
        }
        _ => 0,
    };
    let events = match some.len() as u64 {
        counted if counted < COUNTED.unsigned_abs() => counted,
        counted => span.max(counted),
    };
    let is_notice = |kind: &str| {
        let kind = EventKind::parse(kind);
        kind.is_ok_and(|kind| kind.subject() == EventSubject::Notice)
    };
    latest.retain(|(.., kind)| !is_notice(kind));
    Ok(RecordState {
        latest: latest.into_iter().map(|(_, at, _)| instant(at)).collect(),
        store_clock: clock.map(instant),
        events,
    })
}

/// How many events are looked at for one batch.
const WINDOW: usize = 2_000;

/// Deletes the first old events after a position, and says where to go on.
pub(super) async fn prune(
    connection: &mut Connection,
    cutoff: Cutoff,
    after: Position,
    limit: u32,
) -> Written<Pruned> {
    backend::lock_event_floor(connection).await?;
    let window = window(connection, after).await?;
    let part = cutoff.old_part(window.iter().map(|(_, at)| *at));
    let old = window
        .iter()
        .take(part.length)
        .filter(|(_, at)| cutoff.is_old(*at))
        .take(limit as usize);
    let old: Vec<Position> = old.map(|(position, _)| *position).collect();
    if let Some(last) = old.last() {
        delete(connection, cutoff, after, *last).await?;
    }
    let is_full = window.len() == WINDOW;
    let next = match window.last() {
        _ if old.len() == limit as usize => Some(after),
        Some((last, _)) if is_full && !part.is_whole => Some(*last),
        _ => None,
    };
    let events = old.len() as u64;
    Ok((Pruned { events, next }, Effects::none()))
}

/// Returns the first final events after a position, each with its date.
async fn window(
    connection: &mut Connection,
    after: Position,
) -> QueryResult<Vec<(Position, Timestamp)>> {
    let head = head(connection).await?;
    let is_after = events::horizon
        .gt(after.horizon)
        .or(events::number.gt(after.number));
    let rows: Vec<(i64, i64, i64)> = events::table
        .filter(events::horizon.ge(after.horizon))
        .filter(is_after)
        .filter(events::horizon.lt(head.horizon))
        .select((events::horizon, events::number, events::at))
        .order_by((events::horizon.asc(), events::number.asc()))
        .limit(i64::try_from(WINDOW).unwrap_or(i64::MAX))
        .load(connection)
        .await?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|(horizon, number, at)| (Position { horizon, number }, instant(at)))
        .collect())
}

/// Deletes the old events after a position and up to another.
async fn delete(
    connection: &mut Connection,
    cutoff: Cutoff,
    after: Position,
    last: Position,
) -> QueryResult<()> {
    // Of what was left earlier something may be old by now.
    let floor = floor(connection).await?.max(last);
    diesel::update(event_floor::table)
        .set((
            event_floor::horizon.eq(floor.horizon),
            event_floor::number.eq(floor.number),
        ))
        .execute(connection)
        .await?;
    let is_after = events::horizon
        .gt(after.horizon)
        .or(events::number.gt(after.number));
    let is_within = events::horizon
        .lt(last.horizon)
        .or(events::number.le(last.number));
    let old = events::table
        .filter(events::horizon.between(after.horizon, last.horizon))
        .filter(is_after)
        .filter(is_within)
        .filter(events::at.lt(cutoff.before.microseconds()));
    diesel::delete(old).execute(connection).await?;
    Ok(())
}

/// Returns the instant of a date as it is stored; one beyond the calendar as its end.
fn instant(at: i64) -> Timestamp {
    let end = if at < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    Timestamp::from_microseconds(at).unwrap_or(end)
}
