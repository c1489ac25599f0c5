//! What SQLite does in its own way.

use super::{connection::Connection, publisher::Receipt};
use crate::{rows::NewEventRow, schema::events};
use diesel::{
    QueryResult, SqliteConnection,
    query_dsl::LoadQuery,
    sql_types::{BigInt, Text},
};
use diesel_async::RunQueryDsl;

/// The dialect.
pub(crate) type Backend = diesel::sqlite::Sqlite;

/// Takes the write lock at once, so that what a transaction reads stays true
/// until it commits.
pub(crate) const BEGIN: &str = "BEGIN IMMEDIATE";

// A transaction holds the whole database, so nothing needs a lock of its own.

pub(crate) async fn lock_api_key(_: &mut Connection, _: i64) -> QueryResult<()> {
    Ok(())
}

pub(crate) async fn lock_principal(_: &mut Connection, _: i64) -> QueryResult<()> {
    Ok(())
}

pub(crate) async fn lock_user(_: &mut Connection, _: i64) -> QueryResult<()> {
    Ok(())
}

pub(crate) async fn lock_platform_admins(_: &mut Connection) -> QueryResult<()> {
    Ok(())
}

pub(crate) async fn lock_event_floor(_: &mut Connection) -> QueryResult<()> {
    Ok(())
}

/// What stands for a transaction without events.
pub(crate) async fn receipt(_: &mut Connection) -> QueryResult<Receipt> {
    Ok(Receipt::default())
}

/// Writes the events of a transaction, in their order.
pub(crate) async fn insert_events(
    connection: &mut Connection,
    rows: Vec<NewEventRow>,
) -> QueryResult<Receipt> {
    let mut numbers = Vec::with_capacity(rows.len());
    for row in rows {
        let inserted = diesel::insert_into(events::table)
            .values(row)
            .returning(events::horizon);
        numbers.push(inserted.get_result(connection).await?);
    }
    Ok(Receipt(numbers))
}

/// Runs a query for one row as diesel does without async: nothing of it is
/// written or copied anew each time, which costs more than the look-up itself.
pub(crate) async fn get_result<Q, T>(connection: &mut Connection, query: Q) -> QueryResult<T>
where
    Q: LoadQuery<'static, SqliteConnection, T> + Send + 'static,
    T: Send + 'static,
{
    let run =
        move |connection: &mut SqliteConnection| diesel::RunQueryDsl::get_result(query, connection);
    connection.spawn_blocking(run).await
}

/// Writes when keys were used; keys that are gone are passed over.
pub(crate) async fn record_uses(
    connection: &mut Connection,
    ids: Vec<i64>,
    at: i64,
) -> QueryResult<()> {
    let recorded = diesel::sql_query(
        "INSERT INTO api_key_uses (api_key_id, last_used_at) \
         SELECT used.value, ?2 FROM json_each(?1) AS used \
         WHERE EXISTS (SELECT 1 FROM api_keys WHERE id = used.value) \
         ON CONFLICT (api_key_id) DO UPDATE SET last_used_at = excluded.last_used_at \
         WHERE excluded.last_used_at > api_key_uses.last_used_at",
    );
    let ids = serde_json::Value::from(ids).to_string();
    let bound = recorded.bind::<Text, _>(ids).bind::<BigInt, _>(at);
    bound.execute(connection).await.map(drop)
}
