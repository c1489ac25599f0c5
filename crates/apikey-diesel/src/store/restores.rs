//! From which backup this database was restored.

use super::connection::Connection;
use crate::schema::restores;
use diesel::{ExpressionMethods, NullableExpressionMethods, QueryDsl, QueryResult};
use diesel_async::RunQueryDsl;

/// The most restores that are returned.
const MOST: i64 = 32;

/// Returns of each restore that nobody has acknowledged when the backup was made, and when the
/// database was restored from it: the newest [`MOST`], the newest first.
pub(crate) async fn unacknowledged(connection: &mut Connection) -> QueryResult<Vec<(i64, i64)>> {
    restores::table
        .filter(restores::restored_at.is_not_null())
        .filter(restores::acknowledged_at.is_null())
        .select((restores::made_at, restores::restored_at.assume_not_null()))
        .order_by(restores::id.desc())
        .limit(MOST)
        .load(connection)
        .await
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
