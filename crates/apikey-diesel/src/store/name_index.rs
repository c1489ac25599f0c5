//! Fills the index of names, in the writer's transaction: first with the names that were
//! there before it, then in the order of events.

use super::{
    backend,
    connection::Connection,
    events::{floor, head},
    index_state::{Part, State},
    job::{Effects, Written},
    name_terms,
    named_rows::{rows_after, rows_of},
};
use crate::{
    failure::from_diesel,
    name_index::{Document, Indexed, document_id},
    rows::NameRow,
    schema::events,
    stored_names::Named,
};
use apikey_domain::{change::Position, error::PortError};
use diesel::{
    BoxableExpression, ExpressionMethods, QueryDsl, QueryResult,
    dsl::sql,
    sql_types::{BigInt, Bool},
};
use diesel_async::RunQueryDsl;
use std::collections::HashSet;

/// What names are in the index: those that events up to a position gave.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filled {
    pub(super) through: Position,
    /// Whether the names that were there before are in it, too.
    pub(super) is_complete: bool,
}

/// An event that may have changed a name.
type EventKeys = (i64, i64, String, Option<i64>, Option<i64>, Option<i64>);

/// Returns how far a part of the index is filled.
pub(super) async fn filled(connection: &mut Connection, part: Part) -> QueryResult<Filled> {
    let state = State::read(connection, part).await?;
    let through = state.through().unwrap_or(Position::START);
    let floor = floor(connection).await?;
    Ok(Filled {
        through,
        is_complete: state.is_complete && state.horizon.is_some() && through >= floor,
    })
}

/// How many events are read for each name that is put into the index at most.
const EVENTS_PER_NAME: i64 = 64;

/// Returns whether there is anything that is not in the index.
pub(super) async fn is_behind(connection: &mut Connection) -> Result<bool, PortError> {
    for part in Part::ALL {
        let is_behind = is_part_behind(connection, part).await;
        if is_behind.map_err(from_diesel)? {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn is_part_behind(connection: &mut Connection, part: Part) -> QueryResult<bool> {
    let state = State::read(connection, part).await?;
    let Some(through) = state.through().filter(|_| state.is_complete) else {
        return Ok(true);
    };
    if !events_after(connection, through, 1).await?.is_empty() {
        return Ok(true);
    }
    for (indexed, swept) in state.swept {
        let rows = rows_after(connection, indexed, swept, 1).await?;
        if !rows.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Puts the next names into the index. Returns how many rows or events were looked at.
pub(super) async fn extend(connection: &mut Connection, most: u32) -> Written<u64> {
    let mut looked_at = 0;
    for part in Part::ALL {
        if looked_at == 0 {
            looked_at = extend_part(connection, part, most).await?;
        }
    }
    Ok((looked_at, Effects::none()))
}

async fn extend_part(connection: &mut Connection, part: Part, most: u32) -> QueryResult<u64> {
    let Some(mut state) = State::locked(connection, part).await? else {
        return Ok(0);
    };
    let floor = floor(connection).await?;
    let Some(through) = state.through().filter(|through| *through >= floor) else {
        // What no event tells any more, all rows tell.
        let head = head(connection).await?;
        let state = State::beginning_at(part, head.max(floor));
        state.save(connection).await?;
        return Ok(1);
    };
    let limit = i64::from(most);
    let mut looked_at = 0;
    if state.is_complete {
        looked_at = follow(connection, &mut state, through, limit).await?;
    }
    if looked_at == 0 {
        looked_at = sweep(connection, &mut state, limit).await?;
        state.is_complete |= looked_at == 0;
    }
    state.save(connection).await?;
    Ok(looked_at)
}

/// Puts the names into the index that the next events gave, and removes those that they
/// took.
async fn follow(
    connection: &mut Connection,
    state: &mut State,
    through: Position,
    limit: i64,
) -> QueryResult<u64> {
    let mut read = events_after(connection, through, limit * EVENTS_PER_NAME).await?;
    // Most events give and take no name.
    let mut names = 0;
    let kinds = state.part.kinds();
    let is_enough = |event: &EventKeys| {
        let mut kinds = kinds.iter();
        names += i64::from(kinds.any(|indexed| changed(*indexed, event).is_some()));
        names == limit
    };
    if let Some(last) = read.iter().position(is_enough) {
        read.truncate(last + 1);
    }
    let Some((horizon, number, ..)) = read.last() else {
        return Ok(0);
    };
    (state.horizon, state.number) = (Some(*horizon), *number);
    let updated = read.iter().filter(|event| event.2 == "api_key.updated");
    let updated: HashSet<i64> = updated.filter_map(|event| event.3).collect();
    for indexed in kinds.iter().copied() {
        let changed = read.iter().filter_map(|event| changed(indexed, event));
        let mut ids: Vec<i64> = changed.collect();
        ids.sort_unstable();
        ids.dedup();
        let rows = rows_of(connection, indexed, &ids).await?;
        let gone = ids
            .iter()
            .filter(|id| !rows.iter().any(|row| row.0.id == **id));
        let gone: Vec<i64> = gone.map(|id| document_id(indexed, *id)).collect();
        if !gone.is_empty() {
            name_terms::remove(connection, &gone).await?;
        }
        put(connection, indexed, rows, &updated).await?;
    }
    Ok(read.len() as u64)
}

/// Puts the rows into the index that come next by their ids.
async fn sweep(connection: &mut Connection, state: &mut State, limit: i64) -> QueryResult<u64> {
    for (indexed, swept) in &mut state.swept {
        let rows = rows_after(connection, *indexed, *swept, limit).await?;
        let Some((last, _)) = rows.last() else {
            continue;
        };
        *swept = last.id;
        let looked_at = rows.len() as u64;
        put(connection, *indexed, rows, &HashSet::new()).await?;
        return Ok(looked_at);
    }
    Ok(0)
}

async fn put(
    connection: &mut Connection,
    indexed: Indexed,
    rows: Vec<(NameRow, Option<i64>)>,
    updated: &HashSet<i64>,
) -> QueryResult<()> {
    let ids: Vec<i64> = rows
        .iter()
        .map(|(row, _)| row.id)
        .filter(|id| !updated.contains(id))
        .map(|id| document_id(indexed, id))
        .collect();
    // Other keys keep their names.
    let known = match indexed {
        Indexed::Name(Named::ApiKey) if !ids.is_empty() => {
            name_terms::existing(connection, &ids).await?
        }
        _ => Vec::new(),
    };
    let known: HashSet<i64> = known.into_iter().collect();
    let documents = rows
        .into_iter()
        .map(|(row, user_id)| Document::of(indexed, row.id, &row.name, user_id))
        .filter(|document| !known.contains(&document.id));
    let documents: Vec<Document> = documents.collect();
    match documents.is_empty() {
        true => Ok(()),
        false => name_terms::put(connection, documents).await,
    }
}

/// Returns the id of what an event may have given another name, or taken its name.
fn changed(indexed: Indexed, (_, _, kind, key, user, principal): &EventKeys) -> Option<i64> {
    match (indexed, kind.as_str()) {
        (
            Indexed::Name(Named::ApiKey),
            "api_key.created" | "api_key.updated" | "api_key.deleted",
        ) => *key,
        (
            Indexed::Name(Named::User) | Indexed::FullName,
            "user.created" | "user.updated" | "user.deleted",
        ) => *user,
        (
            Indexed::Name(Named::Organization),
            "organization.created" | "organization.updated" | "organization.deleted",
        ) => *principal,
        _ => None,
    }
}

/// Returns the final events after a position.
async fn events_after(
    connection: &mut Connection,
    after: Position,
    limit: i64,
) -> QueryResult<Vec<EventKeys>> {
    let head = head(connection).await?;
    events::table
        .filter(is_after(after))
        .filter(events::horizon.ge(after.horizon))
        .filter(events::horizon.lt(head.horizon))
        .select((
            events::horizon,
            events::number,
            events::kind,
            events::api_key_id,
            events::user_id,
            events::principal_id,
        ))
        .order_by((events::horizon.asc(), events::number.asc()))
        .limit(limit)
        .load(connection)
        .await
}

type IsAfter = Box<dyn BoxableExpression<events::table, backend::Backend, SqlType = Bool>>;

/// Returns the condition for events after a position.
pub(super) fn is_after(position: Position) -> IsAfter {
    let condition = sql::<Bool>("(events.horizon, events.number) > (")
        .bind::<BigInt, _>(position.horizon)
        .sql(", ")
        .bind::<BigInt, _>(position.number)
        .sql(")");
    Box::new(condition)
}
