//! From which backup this database was restored.

use super::connection::Connection;
use crate::schema::restores;
use diesel::{
    ExpressionMethods, NullableExpressionMethods, OptionalExtension, QueryDsl, QueryResult,
};
use diesel_async::RunQueryDsl;

/// Returns when the newest backup was made that this database was restored from, and when it
/// was; `None` if it never was, or somebody acknowledged it.
pub(crate) async fn newest(connection: &mut Connection) -> QueryResult<Option<(i64, i64)>> {
    restores::table
        .filter(restores::restored_at.is_not_null())
        .filter(restores::acknowledged_at.is_null())
        .select((restores::made_at, restores::restored_at.assume_not_null()))
        .order_by(restores::id.desc())
        .first(connection)
        .await
        .optional()
}

/// Notes that somebody knows of all restores there were. Returns how many were new.
pub(crate) async fn acknowledge(connection: &mut Connection, now: i64) -> QueryResult<usize> {
    diesel::update(restores::table)
        .filter(restores::restored_at.is_not_null())
        .filter(restores::acknowledged_at.is_null())
        .set(restores::acknowledged_at.eq(now))
        .execute(connection)
        .await
}
