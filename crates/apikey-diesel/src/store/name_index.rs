//! Fills the index of names, in the writer's transaction: first with the names that were
//! there before it, then in the order of events.

use super::{
    backend,
    connection::Connection,
    events::{floor, head},
    job::{Effects, Written},
    name_terms,
    named_rows::{rows_after, rows_of},
};
use crate::{
    failure::from_diesel,
    name_index::{Document, document_id},
    rows::{NameRow, NumberRow},
    schema::{events, name_index},
    stored_names::Named,
};
use apikey_domain::{change::Position, error::PortError};
use diesel::{
    BoxableExpression, ExpressionMethods, QueryDsl, QueryResult,
    dsl::sql,
    prelude::{AsChangeset, Queryable},
    sql_types::{BigInt, Bool},
};
use diesel_async::RunQueryDsl;
use std::collections::HashSet;

/// How far the index is filled.
#[derive(Clone, Debug, Queryable, AsChangeset)]
#[diesel(table_name = name_index, treat_none_as_null = true)]
struct State {
    horizon: Option<i64>,
    number: i64,
    swept_users: i64,
    swept_organizations: i64,
    swept_keys: i64,
    is_complete: bool,
}

/// What names are in the index: those that events up to a position gave.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filled {
    pub(super) through: Position,
    /// Whether the names that were there before are in it, too.
    pub(super) is_complete: bool,
}

/// An event that may have changed a name.
type EventKeys = (i64, i64, String, Option<i64>, Option<i64>, Option<i64>);

/// Returns how far the index is filled.
pub(super) async fn filled(connection: &mut Connection) -> QueryResult<Filled> {
    let state = state(connection).await?;
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
    let state = state(connection).await.map_err(from_diesel)?;
    let Some(through) = state.through().filter(|_| state.is_complete) else {
        return Ok(true);
    };
    if !events_after(connection, through, 1)
        .await
        .map_err(from_diesel)?
        .is_empty()
    {
        return Ok(true);
    }
    for named in Named::ALL {
        let rows = rows_after(connection, named, state.swept(named), 1).await;
        if !rows.map_err(from_diesel)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Puts the next names into the index. Returns how many rows or events were looked at.
pub(super) async fn extend(connection: &mut Connection, most: u32) -> Written<u64> {
    let Some(mut state) = locked_state(connection).await? else {
        return Ok((0, Effects::none()));
    };
    let floor = floor(connection).await?;
    let Some(through) = state.through().filter(|through| *through >= floor) else {
        // What no event tells any more, all rows tell.
        let head = head(connection).await?;
        state = State::beginning_at(head.max(floor));
        save(connection, state).await?;
        return Ok((1, Effects::none()));
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
    save(connection, state).await?;
    Ok((looked_at, Effects::none()))
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
    let is_enough = |event: &EventKeys| {
        names += i64::from(
            Named::ALL
                .iter()
                .any(|named| changed(*named, event).is_some()),
        );
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
    for named in Named::ALL {
        let changed = read.iter().filter_map(|event| changed(named, event));
        let mut ids: Vec<i64> = changed.collect();
        ids.sort_unstable();
        ids.dedup();
        let rows = rows_of(connection, named, &ids).await?;
        let gone = ids
            .iter()
            .filter(|id| !rows.iter().any(|row| row.0.id == **id));
        let gone: Vec<i64> = gone.map(|id| document_id(named, *id)).collect();
        if !gone.is_empty() {
            name_terms::remove(connection, &gone).await?;
        }
        put(connection, named, rows, &updated).await?;
    }
    Ok(read.len() as u64)
}

/// Puts the rows into the index that come next by their ids.
async fn sweep(connection: &mut Connection, state: &mut State, limit: i64) -> QueryResult<u64> {
    for named in Named::ALL {
        let rows = rows_after(connection, named, state.swept(named), limit).await?;
        let Some((last, _)) = rows.last() else {
            continue;
        };
        *state.swept_mut(named) = last.id;
        let looked_at = rows.len() as u64;
        put(connection, named, rows, &HashSet::new()).await?;
        return Ok(looked_at);
    }
    Ok(0)
}

async fn put(
    connection: &mut Connection,
    named: Named,
    rows: Vec<(NameRow, Option<i64>)>,
    updated: &HashSet<i64>,
) -> QueryResult<()> {
    let ids: Vec<i64> = rows
        .iter()
        .map(|(row, _)| row.id)
        .filter(|id| !updated.contains(id))
        .map(|id| document_id(named, id))
        .collect();
    // Other keys keep their names.
    let known = match named {
        Named::ApiKey if !ids.is_empty() => name_terms::existing(connection, &ids).await?,
        _ => Vec::new(),
    };
    let known: HashSet<i64> = known.into_iter().collect();
    let documents = rows
        .into_iter()
        .map(|(row, user_id)| Document::of(named, row.id, &row.name, user_id))
        .filter(|document| !known.contains(&document.id));
    let documents: Vec<Document> = documents.collect();
    match documents.is_empty() {
        true => Ok(()),
        false => name_terms::put(connection, documents).await,
    }
}

/// Returns the id of what an event may have given another name, or taken its name.
fn changed(named: Named, (_, _, kind, key, user, principal): &EventKeys) -> Option<i64> {
    match (named, kind.as_str()) {
        (Named::ApiKey, "api_key.created" | "api_key.updated" | "api_key.deleted") => *key,
        (Named::User, "user.created" | "user.updated" | "user.deleted") => *user,
        (
            Named::Organization,
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

const STATE: (
    name_index::horizon,
    name_index::number,
    name_index::swept_users,
    name_index::swept_organizations,
    name_index::swept_keys,
    name_index::is_complete,
) = (
    name_index::horizon,
    name_index::number,
    name_index::swept_users,
    name_index::swept_organizations,
    name_index::swept_keys,
    name_index::is_complete,
);

async fn state(connection: &mut Connection) -> QueryResult<State> {
    name_index::table.select(STATE).get_result(connection).await
}

/// Returns the state and locks it, unless another node has.
async fn locked_state(connection: &mut Connection) -> QueryResult<Option<State>> {
    let lock = format!(
        "SELECT id AS number FROM name_index{}",
        backend::SKIP_LOCKED
    );
    let free: Vec<NumberRow> = diesel::sql_query(lock).load(connection).await?;
    match free.is_empty() {
        true => Ok(None),
        false => state(connection).await.map(Some),
    }
}

async fn save(connection: &mut Connection, state: State) -> QueryResult<()> {
    let update = diesel::update(name_index::table).set(state);
    update.execute(connection).await.map(drop)
}

// === impl State ===

impl State {
    fn beginning_at(position: Position) -> Self {
        Self {
            horizon: Some(position.horizon),
            number: position.number,
            swept_users: 0,
            swept_organizations: 0,
            swept_keys: 0,
            is_complete: false,
        }
    }

    fn through(&self) -> Option<Position> {
        let number = self.number;
        self.horizon.map(|horizon| Position { horizon, number })
    }

    fn swept(&self, named: Named) -> i64 {
        match named {
            Named::User => self.swept_users,
            Named::Organization => self.swept_organizations,
            Named::ApiKey => self.swept_keys,
        }
    }

    fn swept_mut(&mut self, named: Named) -> &mut i64 {
        match named {
            Named::User => &mut self.swept_users,
            Named::Organization => &mut self.swept_organizations,
            Named::ApiKey => &mut self.swept_keys,
        }
    }
}
