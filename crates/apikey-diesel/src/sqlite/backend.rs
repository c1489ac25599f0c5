//! What the queries need that is specific to SQLite.

use super::{
    backup::LOST_EVENTS,
    connection::{Connection, OpenConnection},
};
use crate::{
    failure::unavailable,
    row_lock::{Row, RowLocks},
    rows::{ImportRow, NewApiKeyRow, NewEventRow, StoredKeyRow},
    schema::{api_keys, events, imports, users},
};
use apikey_domain::{error::PortError, key::pepper_order::PeerPeppers};
use diesel::{
    OptionalExtension, QueryDsl, QueryResult, SqliteConnection,
    query_dsl::LoadQuery,
    sql_types::{BigInt, Text},
};
use diesel_async::{RunQueryDsl, methods};
use futures_util::FutureExt;
use std::collections::BTreeSet;

/// The SQL dialect.
pub(crate) type Backend = diesel::sqlite::Sqlite;

/// Takes the write lock at once, so that what a transaction reads stays true until
/// it commits.
pub(crate) const BEGIN: &str = "BEGIN IMMEDIATE";
/// The same for several writes.
pub(crate) const BEGIN_SHARED: &str = BEGIN;

/// For several reads of one state of the database.
pub(crate) const BEGIN_SNAPSHOT: &str = "BEGIN";
/// The full name of a user in the words of its index: who has none comes after all others.
pub(crate) const FULL_NAME: &str = "COALESCE('0' || users.full_name, '1')";
/// Compares text by its bytes.
pub(crate) const BYTEWISE: &str = "";
/// A file has one history.
pub(crate) const EPOCH: &str = "''";

/// Whether a scan of an index begins at a pair of values. It begins at the first of them,
/// if the second one is the id of the row.
pub(crate) const SEEKS_PAIRS: bool = false;

/// Whether rows are locked, and not the whole database.
pub(crate) const HAS_ROW_LOCKS: bool = false;
/// Whether slow writes have a connection of their own. A second writer would only wait
/// for the lock of the first, and events would not be published in the order of commits.
pub(crate) const HAS_SLOW_LANE: bool = false;

/// The numbers of the events of a transaction.
#[derive(Default)]
pub(crate) struct Receipt(pub(super) Vec<i64>);

// === impl Receipt ===

impl Receipt {
    /// Returns the receipt of a commit on `_connection`, which is that of any other.
    pub(crate) fn from(self, _connection: &OpenConnection) -> Self {
        self
    }
}

// A transaction locks the whole database, so these locks do nothing.

pub(crate) const FOR_SHARE: &str = "";
pub(crate) const FOR_KEY_SHARE: &str = "";
pub(crate) const FOR_UPDATE: &str = "";
pub(crate) const SKIP_LOCKED: &str = "";

pub(crate) async fn lock_api_key(_: &mut Connection, _: i64) -> QueryResult<()> {
    Ok(())
}

pub(crate) async fn lock_principal(_: &mut Connection, _: i64) -> QueryResult<()> {
    Ok(())
}

pub(crate) async fn lock_rows(_: &mut Connection, _: &RowLocks) -> QueryResult<()> {
    Ok(())
}

pub(crate) async fn rows_held_by_others(_: &mut Connection, _: &RowLocks) -> QueryResult<Vec<Row>> {
    Ok(Vec::new())
}

pub(crate) async fn lock_keys_of(_: &mut Connection, _: i64, _: i64) -> QueryResult<()> {
    Ok(())
}

pub(crate) async fn try_lock_removals(_: &mut Connection) -> QueryResult<bool> {
    Ok(true)
}

pub(crate) async fn try_lock_endings(_: &mut Connection) -> QueryResult<bool> {
    Ok(true)
}

pub(crate) async fn try_lock_request(_: &mut Connection, _: i64) -> QueryResult<bool> {
    Ok(true)
}

pub(crate) async fn lock_event_floor(_: &mut Connection) -> QueryResult<()> {
    Ok(())
}

pub(crate) async fn lock_access_key(_: &mut Connection, _: &str) -> QueryResult<()> {
    Ok(())
}

pub(crate) async fn lock_access_keys(_: &mut Connection, _: &BTreeSet<&str>) -> QueryResult<()> {
    Ok(())
}

/// Remembers rows that were imported, in the place of what was remembered of them before.
pub(crate) async fn remember_imports(
    connection: &mut Connection,
    rows: Vec<ImportRow>,
) -> QueryResult<()> {
    for row in rows {
        diesel::replace_into(imports::table)
            .values(row)
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Sees to it that the ids which a table gives are above this one.
pub(crate) async fn reserve_id(
    connection: &mut Connection,
    table: &str,
    id: i64,
) -> QueryResult<()> {
    // A table that never had a row is not there yet. The numbers of the parameters are
    // theirs: a dollar sign would begin a name.
    for reserve in [
        "INSERT INTO sqlite_sequence (name, seq) SELECT ?1, 0
         WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?1) AND ?2 > 0",
        "UPDATE sqlite_sequence SET seq = ?2 WHERE name = ?1 AND seq < ?2",
    ] {
        diesel::sql_query(reserve)
            .bind::<Text, _>(table)
            .bind::<BigInt, _>(id)
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Returns whether a node speaks no more than an earlier protocol. A file has one node.
pub(crate) async fn has_node_before(_: &mut Connection, _: i64) -> QueryResult<bool> {
    Ok(false)
}

/// The writer is the only one.
pub(crate) async fn lock_peppers(_: &mut Connection) -> QueryResult<()> {
    Ok(())
}

/// There are no other nodes.
pub(crate) async fn peppers_of_others(
    _: &mut Connection,
    _: Option<i64>,
) -> QueryResult<Vec<PeerPeppers>> {
    Ok(Vec::new())
}

/// There is nobody to tell.
pub(crate) async fn announce_peppers(
    _: &mut Connection,
    _: Option<i64>,
    _: String,
) -> QueryResult<()> {
    Ok(())
}

/// Returns the receipt of a transaction without events.
pub(crate) async fn receipt(_: &mut Connection) -> QueryResult<Receipt> {
    Ok(Receipt::default())
}

/// Inserts the events of a transaction, in order.
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

/// Inserts keys in their order. Returns for each what was stored, or nothing if its name
/// or access key is taken.
pub(crate) async fn insert_keys(
    connection: &mut Connection,
    rows: Vec<NewApiKeyRow>,
) -> QueryResult<Vec<Option<StoredKeyRow>>> {
    let mut stored = Vec::with_capacity(rows.len());
    for row in rows {
        let user_id = row.user_id;
        let user = || users::table.find(user_id);
        let inserted = diesel::insert_into(api_keys::table)
            .values(row)
            .on_conflict_do_nothing()
            .returning((
                api_keys::id,
                user().select(users::username).single_value(),
                user().select(users::is_system).single_value(),
            ));
        stored.push(inserted.get_result(connection).await.optional()?);
    }
    Ok(stored)
}

/// Runs a query that returns one row, with synchronous diesel: so the SQL is not
/// built or copied again each time, which would cost more than the lookup itself.
pub(crate) async fn get_result<Q, T>(connection: &mut Connection, query: Q) -> QueryResult<T>
where
    Q: LoadQuery<'static, SqliteConnection, T> + Send + 'static,
    T: Send + 'static,
{
    let run =
        move |connection: &mut SqliteConnection| diesel::RunQueryDsl::get_result(query, connection);
    connection.spawn_blocking(run).await
}

/// Runs queries that return one row or none.
pub(crate) async fn get_each<Q, T>(
    connection: &mut Connection,
    queries: Vec<Q>,
) -> QueryResult<Vec<Option<T>>>
where
    Q: for<'q> methods::LoadQuery<'q, Connection, T> + Send + 'static,
    T: Send + 'static,
{
    let mut rows = Vec::with_capacity(queries.len());
    for query in queries {
        rows.push(
            RunQueryDsl::get_result(query, connection)
                .await
                .optional()?,
        );
    }
    Ok(rows)
}

/// Changes the row that proves that the file takes writes.
pub(crate) async fn prove_write(connection: &mut Connection) -> QueryResult<()> {
    let proof = diesel::sql_query("UPDATE write_proof SET number = number + 1");
    proof.execute(connection).await.map(drop)
}

/// Returns the version of the newest migration of this release.
pub(crate) fn newest_migration() -> &'static str {
    crate::migrate::newest_of_sqlite()
}

/// Runs a read on a thread that may block: also what takes no time on a sound file may
/// wait for its disk or for another program's lock.
pub(crate) async fn apart<R>(read: R) -> Result<(), PortError>
where
    R: Future<Output = Result<(), PortError>> + Send + 'static,
{
    tokio::task::spawn_blocking(move || {
        read.now_or_never()
            .unwrap_or_else(|| Err(unavailable("all connections for reading are in use")))
    })
    .await
    .unwrap_or_else(|error| Err(unavailable(error)))
}

/// Records when keys were last used; deleted keys are skipped, and a later use stays
/// unless it is later than `latest_credible`.
pub(crate) async fn record_uses(
    connection: &mut Connection,
    ids: Vec<i64>,
    at: i64,
    latest_credible: i64,
) -> QueryResult<()> {
    let update = diesel::sql_query(
        "UPDATE api_key_uses SET last_used_at = ?2 \
         WHERE api_key_id IN (SELECT value FROM json_each(?1)) \
         AND (last_used_at IS NULL OR last_used_at < ?2 OR last_used_at > ?3)",
    );
    let ids = serde_json::Value::from(ids).to_string();
    let bound = update
        .bind::<Text, _>(ids)
        .bind::<BigInt, _>(at)
        .bind::<BigInt, _>(latest_credible);
    bound.execute(connection).await.map(drop)
}

/// Does nothing: one connection writes, so all counts have one slot.
pub(crate) async fn prepare_to_write(_: &mut Connection) -> QueryResult<()> {
    Ok(())
}

/// Returns how many events have numbers in so long a span, without what
/// [restores](super::backup) left out.
pub(crate) fn events_of_span(span: u64) -> u64 {
    span % LOST_EVENTS.unsigned_abs()
}

/// Returns nothing: SQLite has no clock but that of this process.
pub(crate) async fn clock(_: &mut Connection) -> QueryResult<Option<i64>> {
    Ok(None)
}
