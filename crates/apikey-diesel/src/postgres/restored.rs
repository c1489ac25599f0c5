//! Notes that a database is the copy of another one, which the tools that made it do not.

use super::connection::{Connection, Source};
use crate::{
    failure::from_diesel,
    schema::{restores, sessions},
};
use apikey_domain::error::PortError;
use diesel::{ExpressionMethods, QueryDsl, QueryResult};
use diesel_async::RunQueryDsl;

/// How many sessions one statement ends.
const BATCH: i64 = 10_000;

/// Notes that the database was restored from a dump of an instant, and ends all sessions of
/// the dump: some may have been ended since. No server may run. If this fails, it can be
/// repeated.
///
/// # Errors
///
/// If the database cannot be reached or written.
pub(crate) async fn note_restore(source: &Source, made_at: i64, now: i64) -> Result<(), PortError> {
    let mut connection = source.connect().await?;
    note(&mut connection, made_at, now)
        .await
        .map_err(from_diesel)?;
    while end_sessions(&mut connection).await.map_err(from_diesel)? > 0 {}
    Ok(())
}

async fn note(connection: &mut Connection, made_at: i64, now: i64) -> QueryResult<usize> {
    diesel::insert_into(restores::table)
        .values((restores::made_at.eq(made_at), restores::restored_at.eq(now)))
        .execute(connection)
        .await
}

/// Ends some, and returns how many.
async fn end_sessions(connection: &mut Connection) -> QueryResult<usize> {
    let some = sessions::table
        .select(sessions::id)
        .order_by(sessions::id)
        .limit(BATCH);
    let some: Vec<i64> = some.load(connection).await?;
    diesel::delete(sessions::table.filter(sessions::id.eq_any(some)))
        .execute(connection)
        .await
}
