//! What PostgreSQL does in its own way.

use super::connection::Connection;
pub(crate) use super::{connection::Source, readers::Readers};
use crate::schema::{api_keys, principals, users};
use diesel::{QueryDsl, QueryResult, sql_types::BigInt};
use diesel_async::RunQueryDsl;

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
