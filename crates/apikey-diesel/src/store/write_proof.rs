//! Proves that the database takes writes.

use super::connection::Connection;
use crate::schema::write_proof;
use diesel::{ExpressionMethods, QueryResult};
use diesel_async::RunQueryDsl;

/// Changes a row, in a transaction of its own if there is none.
pub(crate) async fn prove_write(connection: &mut Connection) -> QueryResult<()> {
    diesel::update(write_proof::table)
        .set(write_proof::number.eq(write_proof::number + 1))
        .execute(connection)
        .await
        .map(drop)
}
