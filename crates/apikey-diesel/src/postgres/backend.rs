//! What PostgreSQL does in its own way.

use super::connection::Connection;
use super::publisher::Receipt;
use crate::{
    rows::NewEventRow,
    schema::{api_keys, event_floor, events, principals, users},
};
use diesel::{
    QueryDsl, QueryResult,
    dsl::sql,
    sql_types::{Array, BigInt},
};
use diesel_async::{RunQueryDsl, methods::LoadQuery};

/// The dialect.
pub(crate) type Backend = diesel::pg::Pg;

/// Read committed: each statement sees what was committed before it, and what
/// must hold between statements is locked.
pub(crate) const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// Guards the number of active platform admins.
const PLATFORM_ADMINS: i64 = 0x6170_696b_6579_0001;

pub(crate) async fn lock_api_key(connection: &mut Connection, id: i64) -> QueryResult<()> {
    let query = api_keys::table.find(id).select(api_keys::id).for_update();
    query.execute(connection).await.map(drop)
}

pub(crate) async fn lock_principal(connection: &mut Connection, id: i64) -> QueryResult<()> {
    let query = principals::table
        .find(id)
        .select(principals::id)
        .for_update();
    query.execute(connection).await.map(drop)
}

pub(crate) async fn lock_user(connection: &mut Connection, id: i64) -> QueryResult<()> {
    let query = users::table.find(id).select(users::id).for_update();
    query.execute(connection).await.map(drop)
}

pub(crate) async fn lock_platform_admins(connection: &mut Connection) -> QueryResult<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
        .bind::<BigInt, _>(PLATFORM_ADMINS)
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn lock_event_floor(connection: &mut Connection) -> QueryResult<()> {
    let query = event_floor::table.select(event_floor::id).for_update();
    query.execute(connection).await.map(drop)
}

/// What stands for a transaction without events.
pub(crate) async fn receipt(connection: &mut Connection) -> QueryResult<Receipt> {
    let own = diesel::select(sql::<BigInt>("pg_current_xact_id()::text::bigint"));
    let own = RunQueryDsl::get_result(own, connection).await?;
    Ok(Receipt(Some(own)))
}

/// How many events one statement writes: each has nine parameters, and a
/// statement 65,535 at the most.
const EVENTS_AT_ONCE: usize = 1_000;

/// Writes the events of a transaction, in their order. One at a time takes a
/// statement that is prepared once; several together save round trips.
pub(crate) async fn insert_events(
    connection: &mut Connection,
    mut rows: Vec<NewEventRow>,
) -> QueryResult<Receipt> {
    let mut transaction = None;
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(EVENTS_AT_ONCE));
        let id: i64 = match rows.pop() {
            Some(only) if rows.is_empty() => {
                let inserted = diesel::insert_into(events::table).values(only);
                let inserted = inserted.returning(events::transaction_id);
                RunQueryDsl::get_result(inserted, connection).await?
            }
            last => {
                rows.extend(last);
                let inserted = diesel::insert_into(events::table).values(rows);
                let inserted = inserted.returning(events::transaction_id);
                RunQueryDsl::get_result(inserted, connection).await?
            }
        };
        transaction = Some(id);
        rows = rest;
    }
    Ok(Receipt(transaction))
}

/// Runs a query for one row.
pub(crate) async fn get_result<Q, T>(connection: &mut Connection, query: Q) -> QueryResult<T>
where
    Q: LoadQuery<'static, Connection, T> + Send + 'static,
    T: Send + 'static,
{
    RunQueryDsl::get_result(query, connection).await
}

/// Writes when keys were used; keys that are gone are passed over. A deletion
/// waits, and locks are taken in one order.
pub(crate) async fn record_uses(
    connection: &mut Connection,
    ids: Vec<i64>,
    at: i64,
) -> QueryResult<()> {
    let recorded = diesel::sql_query(
        "INSERT INTO api_key_uses (api_key_id, last_used_at) \
         SELECT used.id, $2 FROM (SELECT id FROM api_keys WHERE id = ANY($1) \
                                  ORDER BY id FOR KEY SHARE) AS used \
         ON CONFLICT (api_key_id) DO UPDATE SET last_used_at = excluded.last_used_at \
         WHERE excluded.last_used_at > api_key_uses.last_used_at",
    );
    let bound = recorded.bind::<Array<BigInt>, _>(ids).bind::<BigInt, _>(at);
    bound.execute(connection).await.map(drop)
}
