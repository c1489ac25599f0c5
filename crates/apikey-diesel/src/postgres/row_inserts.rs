//! Inserts of many rows, each one statement that is prepared once.

use super::{
    array_statement::{ArrayStatement, Column},
    connection::Connection,
};
use crate::{
    rows::{ImportRow, NewApiKeyRow, NewEventRow, StoredKeyRow},
    schema::imports,
};
use diesel::{
    ExpressionMethods, QueryResult,
    prelude::Queryable,
    sql_types::{BigInt, Bool, Nullable, Text},
    upsert::excluded,
};
use diesel_async::RunQueryDsl;

/// Keys are stored in the order of the arrays, and get their ids in it. With ON CONFLICT
/// DO NOTHING the unique indexes decide, and a conflict affects no other row and does not
/// abort the transaction. The same statement returns the users: another one would be a
/// round trip that all writes wait for.
const INSERT_KEYS: &str = "\
    WITH inserted AS (INSERT INTO api_keys (name, name_folded, fold_version, folded_as, description, user_id, \
        owner_principal_id, access_key, secret_digest, scope, allowed_model_names, is_custom, \
        hint, metadata, self_rotation, expires_at, created_at, updated_at) \
    SELECT name, name_folded, fold_version, folded_as, description, user_id, \
        owner_principal_id, access_key, secret_digest, scope, allowed_model_names, is_custom, \
        hint, metadata, self_rotation, expires_at, created_at, updated_at FROM unnest(";
const INSERT_KEYS_END: &str = "\
    ) WITH ORDINALITY AS new (name, name_folded, fold_version, folded_as, description, user_id, \
        owner_principal_id, access_key, secret_digest, scope, allowed_model_names, is_custom, \
        hint, metadata, self_rotation, expires_at, created_at, updated_at, place) \
    ORDER BY place ON CONFLICT DO NOTHING \
    RETURNING id, name, user_id, owner_principal_id, access_key) \
    SELECT inserted.*, username, is_system FROM inserted \
    LEFT JOIN present_users AS users ON users.id = inserted.user_id";

/// The number of an event is given in the order of the arrays.
const INSERT_EVENTS: &str = "\
    WITH inserted AS (INSERT INTO events (kind, at, by_user_id, by_api_key_id, api_key_id, \
        user_id, principal_id, before, after) \
    SELECT kind, at, by_user_id, by_api_key_id, api_key_id, user_id, principal_id, before, after \
    FROM unnest(";
const INSERT_EVENTS_END: &str = "\
    ) WITH ORDINALITY AS new (kind, at, by_user_id, by_api_key_id, api_key_id, user_id, \
        principal_id, before, after, place) \
    ORDER BY place RETURNING transaction_id) SELECT MAX(transaction_id) FROM inserted";

type InsertedColumns = (
    BigInt,
    Text,
    BigInt,
    BigInt,
    Text,
    Nullable<Text>,
    Nullable<Bool>,
);

/// A key that was stored, and what it was stored with.
#[derive(Queryable)]
struct InsertedRow {
    id: i64,
    name: String,
    user_id: i64,
    owner_principal_id: i64,
    access_key: String,
    username: Option<String>,
    is_system: Option<bool>,
}

/// Inserts keys in their order. Returns for each what was stored, or nothing if its name
/// or access key is taken.
pub(super) async fn insert_keys(
    connection: &mut Connection,
    rows: &[NewApiKeyRow],
) -> QueryResult<Vec<Option<StoredKeyRow>>> {
    let columns = vec![
        Column::texts(rows, |row| &row.name.name),
        Column::texts(rows, |row| &row.name.name_folded),
        Column::numbers(rows, |row| row.name.fold_version.into()),
        Column::texts(rows, |row| &row.name.folded_as),
        Column::texts_if_any(rows, |row| row.description.as_deref()),
        Column::numbers(rows, |row| row.user_id),
        Column::numbers(rows, |row| row.owner_principal_id),
        Column::texts(rows, |row| &row.access_key),
        Column::texts(rows, |row| &row.secret_digest),
        Column::texts(rows, |row| &row.scope),
        Column::texts_if_any(rows, |row| row.allowed_model_names.as_deref()),
        Column::flags(rows, |row| row.is_custom),
        Column::texts_if_any(rows, |row| row.hint.as_deref()),
        Column::texts_if_any(rows, |row| row.metadata.as_deref()),
        Column::flags(rows, |row| row.self_rotation),
        Column::numbers(rows, |row| row.expires_at),
        Column::numbers(rows, |row| row.created_at),
        Column::numbers(rows, |row| row.updated_at),
    ];
    let statement = ArrayStatement::<InsertedColumns>::new(INSERT_KEYS, columns, INSERT_KEYS_END);
    let mut inserted: Vec<InsertedRow> = statement.load(connection).await?;
    // In the order of the arrays. Of rows that are alike the first one is stored.
    inserted.sort_unstable_by_key(|row| row.id);
    let mut inserted = inserted.into_iter().peekable();
    let stored = |new| Some(inserted.next_if(|row| row.is_of(new))?.stored());
    Ok(rows.iter().map(stored).collect())
}

/// Inserts events in their order. Returns the transaction, if there are any.
pub(super) async fn insert_events(
    connection: &mut Connection,
    rows: &[NewEventRow],
) -> QueryResult<Option<i64>> {
    let columns = vec![
        Column::texts(rows, |row| row.kind),
        Column::numbers(rows, |row| row.at),
        Column::numbers_if_any(rows, |row| row.by_user_id),
        Column::numbers_if_any(rows, |row| row.by_api_key_id),
        Column::numbers_if_any(rows, |row| row.api_key_id),
        Column::numbers_if_any(rows, |row| row.user_id),
        Column::numbers_if_any(rows, |row| row.principal_id),
        Column::texts_if_any(rows, |row| row.before.as_deref()),
        Column::texts_if_any(rows, |row| row.after.as_deref()),
    ];
    let statement =
        ArrayStatement::<Nullable<BigInt>>::new(INSERT_EVENTS, columns, INSERT_EVENTS_END);
    statement.get_result(connection).await
}

// === impl InsertedRow ===

impl InsertedRow {
    fn is_of(&self, new: &NewApiKeyRow) -> bool {
        self.access_key == new.access_key
            && self.name == new.name.name
            && self.user_id == new.user_id
            && self.owner_principal_id == new.owner_principal_id
    }

    fn stored(self) -> StoredKeyRow {
        StoredKeyRow {
            id: self.id,
            username: self.username,
            is_system: self.is_system,
        }
    }
}

/// Remembers rows that were imported, in the place of what was remembered of them before.
pub(crate) async fn remember_imports(
    connection: &mut Connection,
    rows: Vec<ImportRow>,
) -> QueryResult<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let insert = diesel::insert_into(imports::table)
        .values(rows)
        .on_conflict((imports::source, imports::kind, imports::source_row))
        .do_update()
        .set((
            imports::target.eq(excluded(imports::target)),
            imports::state.eq(excluded(imports::state)),
            imports::left_at.eq(excluded(imports::left_at)),
            imports::is_merged.eq(excluded(imports::is_merged)),
            imports::created_at.eq(excluded(imports::created_at)),
        ));
    RunQueryDsl::execute(insert, connection).await.map(drop)
}
