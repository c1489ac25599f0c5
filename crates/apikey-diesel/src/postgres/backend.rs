//! What the queries need that is specific to PostgreSQL.

use super::{
    connection::{Connection, OpenConnection},
    primary::Generation,
    row_inserts, row_locks,
};
use crate::{
    row_lock::{Row, RowLocks},
    rows::{NewApiKeyRow, NewEventRow, StoredKeyRow},
    schema::{api_keys, event_floor, principals},
};
use apikey_domain::error::PortError;
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryResult,
    dsl::sql,
    sql_types::{Array, BigInt, Bool, Integer, Text},
};
use diesel_async::{RunQueryDsl, methods::LoadQuery};
use futures_util::future::try_join_all;
use std::collections::BTreeSet;

pub(crate) use super::{
    id_sequences::reserve_id,
    other_nodes::{announce_peppers, has_node_before, lock_peppers, peppers_of_others},
    row_inserts::remember_imports,
};

/// The SQL dialect.
pub(crate) type Backend = diesel::pg::Pg;

/// Read committed: each statement sees what was committed before it. What must not
/// change between statements is locked.
pub(crate) const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
/// The same for several writes: one that waits for a lock gives way before the server
/// looks for a deadlock.
pub(crate) const BEGIN_SHARED: &str =
    "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '700ms'";

/// The transaction, if other nodes must learn of it.
#[derive(Default)]
pub(crate) struct Receipt {
    /// Its id.
    pub(super) transaction: Option<i64>,
    /// The generation of the connection that it was committed on.
    pub(super) generation: Generation,
}

// === impl Receipt ===

impl Receipt {
    /// Returns the receipt of a commit on `connection`.
    pub(crate) fn from(self, connection: &OpenConnection) -> Self {
        Self {
            generation: connection.generation(),
            ..self
        }
    }

    fn of(transaction: Option<i64>) -> Self {
        Self {
            transaction,
            ..Self::default()
        }
    }
}

/// For several reads of one state of the database.
pub(crate) const BEGIN_SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// The full name of a user in the words of its index: who has none comes after all others.
pub(crate) const FULL_NAME: &str = "(COALESCE('0' || users.full_name, '1') COLLATE \"C\")";
/// Compares text by its bytes.
pub(crate) const BYTEWISE: &str = " COLLATE \"C\"";
/// Whether a scan of an index begins at a pair of values.
pub(crate) const SEEKS_PAIRS: bool = true;

/// What is another text on another server, and on one that was promoted: the name of its
/// data and that of the history, which the file has in which the server writes.
pub(crate) const EPOCH: &str = "CASE WHEN pg_is_in_recovery() THEN '' ELSE \
     (SELECT system_identifier FROM pg_control_system())::text \
     || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) END";

/// Keeps a row from being changed or deleted until the transaction ends.
pub(crate) const FOR_SHARE: &str = " FOR SHARE";
/// Keeps a row from being deleted until the transaction ends.
pub(crate) const FOR_KEY_SHARE: &str = " FOR KEY SHARE";
/// Keeps a row from being changed, deleted or locked until the transaction ends.
pub(crate) const FOR_UPDATE: &str = " FOR UPDATE";
/// Locks the rows to be changed, and leaves out those that others hold.
pub(crate) const SKIP_LOCKED: &str = " FOR NO KEY UPDATE SKIP LOCKED";

/// Whether rows are locked, and not the whole database.
pub(crate) const HAS_ROW_LOCKS: bool = true;
/// Whether slow writes have a connection of their own.
pub(crate) const HAS_SLOW_LANE: bool = true;

/// The first half of the advisory locks that stand for slots of the counts of keys.
const COUNT_SLOTS_LOCK: i32 = 0x6170_696b;
/// How many slots there are beside the one that is shared: each is a row of each count.
const COUNT_SLOTS: i32 = 64;

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

/// Takes locks in their order.
pub(crate) async fn lock_rows(connection: &mut Connection, locks: &RowLocks) -> QueryResult<()> {
    row_locks::lock(connection, locks).await
}

/// Returns which of these rows other transactions have locked.
pub(crate) async fn rows_held_by_others(
    connection: &mut Connection,
    locks: &RowLocks,
) -> QueryResult<Vec<Row>> {
    row_locks::held_by_others(connection, locks).await
}

/// Locks keys to be deleted, in order of id.
pub(crate) async fn lock_keys_of(
    connection: &mut Connection,
    user_id: i64,
    principal_id: i64,
) -> QueryResult<()> {
    let query = api_keys::table
        .filter(api_keys::user_id.eq(user_id))
        .or_filter(api_keys::owner_principal_id.eq(principal_id))
        .select(api_keys::id)
        .order_by(api_keys::id)
        .for_update();
    query.execute(connection).await.map(drop)
}

/// The advisory lock that a batch of a removal takes, so that one runs at a time.
const REMOVALS_LOCK: i64 = 0x6170_696b_6579_0004;

/// Returns whether no other transaction removes what somebody had, and keeps others from
/// it until this one ends. Waits for nobody.
pub(crate) async fn try_lock_removals(connection: &mut Connection) -> QueryResult<bool> {
    try_lock(connection, REMOVALS_LOCK).await
}

/// The advisory lock of what is done about keys that end by themselves, so that one
/// transaction does it at a time.
const ENDINGS_LOCK: i64 = 0x6170_696b_6579_0007;

/// Returns whether no other transaction does something about keys that end by themselves,
/// and keeps others from it until this one ends. Waits for nobody.
pub(crate) async fn try_lock_endings(connection: &mut Connection) -> QueryResult<bool> {
    try_lock(connection, ENDINGS_LOCK).await
}

/// Returns whether no other transaction runs the request that this number stands for, and
/// keeps others from it until this one ends. Waits for nobody. That another request has
/// the same number is as likely as to guess half of a secret.
pub(crate) async fn try_lock_request(
    connection: &mut Connection,
    number: i64,
) -> QueryResult<bool> {
    try_lock(connection, number).await
}

async fn try_lock(connection: &mut Connection, number: i64) -> QueryResult<bool> {
    let lock = diesel::select(
        sql::<Bool>("pg_try_advisory_xact_lock(")
            .bind::<BigInt, _>(number)
            .sql(")"),
    );
    RunQueryDsl::get_result(lock, connection).await
}

pub(crate) async fn lock_event_floor(connection: &mut Connection) -> QueryResult<()> {
    let query = event_floor::table.select(event_floor::id).for_update();
    query.execute(connection).await.map(drop)
}

/// What the advisory locks of access keys are seeded with.
const ACCESS_KEYS_LOCK: i64 = 0x6170_696b_6579_0006;

/// Keeps others from taking an access key until the transaction ends, in whichever table.
pub(crate) async fn lock_access_key(
    connection: &mut Connection,
    access_key: &str,
) -> QueryResult<()> {
    let lock = diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, $2))");
    let bound = lock
        .bind::<Text, _>(access_key)
        .bind::<BigInt, _>(ACCESS_KEYS_LOCK);
    bound.execute(connection).await.map(drop)
}

/// The same for several, in the order in which all transactions lock them.
pub(crate) async fn lock_access_keys(
    connection: &mut Connection,
    access_keys: &BTreeSet<&str>,
) -> QueryResult<()> {
    let locks = diesel::sql_query(
        "SELECT pg_advisory_xact_lock(hashtextextended(access_key, $2)) \
         FROM unnest($1) WITH ORDINALITY AS given (access_key, place) ORDER BY place",
    );
    let bound = locks
        .bind::<Array<Text>, _>(Vec::from_iter(access_keys))
        .bind::<BigInt, _>(ACCESS_KEYS_LOCK);
    bound.execute(connection).await.map(drop)
}

/// Returns the receipt of a transaction without events.
pub(crate) async fn receipt(connection: &mut Connection) -> QueryResult<Receipt> {
    let id = diesel::select(sql::<BigInt>("pg_current_xact_id()::text::bigint"));
    let id = RunQueryDsl::get_result(id, connection).await?;
    Ok(Receipt::of(Some(id)))
}

/// How many events one statement inserts at most.
const EVENTS_PER_INSERT: usize = 1_000;

/// Inserts the events of a transaction, in order.
pub(crate) async fn insert_events(
    connection: &mut Connection,
    rows: Vec<NewEventRow>,
) -> QueryResult<Receipt> {
    let mut transaction = None;
    for rows in rows.chunks(EVENTS_PER_INSERT) {
        transaction = row_inserts::insert_events(connection, rows).await?;
    }
    Ok(Receipt::of(transaction))
}

/// Inserts keys in their order. Returns for each what was stored, or nothing if its name
/// or access key is taken.
pub(crate) async fn insert_keys(
    connection: &mut Connection,
    rows: Vec<NewApiKeyRow>,
) -> QueryResult<Vec<Option<StoredKeyRow>>> {
    row_inserts::insert_keys(connection, &rows).await
}

/// Runs a query that returns one row.
pub(crate) async fn get_result<Q, T>(connection: &mut Connection, query: Q) -> QueryResult<T>
where
    Q: LoadQuery<'static, Connection, T> + Send + 'static,
    T: Send + 'static,
{
    RunQueryDsl::get_result(query, connection).await
}

/// Runs queries that return one row or none. Each is sent without waiting for those
/// before it.
pub(crate) async fn get_each<Q, T>(
    connection: &mut Connection,
    queries: Vec<Q>,
) -> QueryResult<Vec<Option<T>>>
where
    Q: for<'c> LoadQuery<'static, &'c Connection, T> + Send + 'static,
    T: Send + 'static,
{
    let connection = &*connection;
    let get = |query: Q| async move {
        let mut connection = connection;
        let row = RunQueryDsl::get_result(query, &mut connection);
        row.await.optional()
    };
    try_join_all(queries.into_iter().map(get)).await
}

/// Changes the row that proves that the server takes writes. If another node is proving
/// it at this moment, the row is not waited for: a node that was stopped meanwhile would
/// fail the proofs of all. Also without the row a server that is read-only refuses.
pub(crate) async fn prove_write(connection: &mut Connection) -> QueryResult<()> {
    let proof = diesel::sql_query(
        "UPDATE write_proof SET number = number + 1 \
         WHERE id = (SELECT id FROM write_proof FOR UPDATE SKIP LOCKED)",
    );
    proof.execute(connection).await.map(drop)
}

/// Returns the version of the newest migration of this release.
pub(crate) fn newest_migration() -> &'static str {
    crate::migrate::newest_of_postgres()
}

/// Runs a read. It blocks no thread.
pub(crate) async fn apart<R>(read: R) -> Result<(), PortError>
where
    R: Future<Output = Result<(), PortError>> + Send + 'static,
{
    read.await
}

/// Records when keys were last used; deleted keys are skipped, and a later use stays
/// unless it is later than `latest_credible`. A concurrent deletion
/// waits, and locks are taken in order of id.
pub(crate) async fn record_uses(
    connection: &mut Connection,
    ids: Vec<i64>,
    at: i64,
    latest_credible: i64,
) -> QueryResult<()> {
    let upsert = diesel::sql_query(
        "INSERT INTO api_key_uses AS stored \
             (api_key_id, last_used_at, user_id, owner_principal_id) \
         SELECT id, $2, user_id, owner_principal_id \
             FROM (SELECT id, user_id, owner_principal_id FROM api_keys \
                   WHERE id = ANY($1) ORDER BY id FOR KEY SHARE) AS used \
         ON CONFLICT (api_key_id) DO UPDATE SET last_used_at = excluded.last_used_at, \
             user_id = excluded.user_id, owner_principal_id = excluded.owner_principal_id \
         WHERE stored.last_used_at IS NULL \
             OR excluded.last_used_at > stored.last_used_at OR stored.last_used_at > $3",
    );
    let bound = upsert
        .bind::<Array<BigInt>, _>(ids)
        .bind::<BigInt, _>(at)
        .bind::<BigInt, _>(latest_credible);
    bound.execute(connection).await.map(drop)
}

/// Prepares a connection for writing: takes a slot of the counts of keys that no other
/// connection has, or the one that they share if there are that many.
pub(crate) async fn prepare_to_write(connection: &mut Connection) -> QueryResult<()> {
    let take = diesel::sql_query(
        "SELECT set_config('apikey.slot', COALESCE((SELECT slot \
             FROM generate_series(1, $2) AS slot \
             WHERE pg_try_advisory_lock($1, slot) LIMIT 1), 0)::text, FALSE)",
    );
    let bound = take
        .bind::<Integer, _>(COUNT_SLOTS_LOCK)
        .bind::<Integer, _>(COUNT_SLOTS);
    bound.execute(connection).await.map(drop)
}

/// Returns how many events have numbers in so long a span.
pub(crate) fn events_of_span(span: u64) -> u64 {
    span
}

/// Returns the time by the server's clock, in microseconds since 1970.
pub(crate) async fn clock(connection: &mut Connection) -> QueryResult<Option<i64>> {
    let now = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
    let now = RunQueryDsl::get_result(diesel::select(sql::<BigInt>(now)), connection).await?;
    Ok(Some(now))
}
