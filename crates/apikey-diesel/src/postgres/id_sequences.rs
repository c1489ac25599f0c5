//! The sequences of ids.

use super::connection::Connection;
use diesel::{QueryResult, dsl::sql, sql_types::BigInt};
use diesel_async::RunQueryDsl;

/// How many ids are taken one after the other. By how many it would be moved in one step
/// while another transaction takes one, a sequence might go back.
const IDS_IN_STEPS: i64 = 10_000;

/// Sees to it that the ids which a table gives are above this one.
pub(crate) async fn reserve_id(
    connection: &mut Connection,
    table: &str,
    id: i64,
) -> QueryResult<()> {
    let sequence = format!("{table}_id_seq");
    let last = format!("(SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence})");
    let last: i64 =
        RunQueryDsl::get_result(diesel::select(sql::<BigInt>(&last)), connection).await?;
    let missing = id.saturating_sub(last);
    let reserve = match missing {
        ..=0 => return Ok(()),
        1..=IDS_IN_STEPS => {
            format!("SELECT count(nextval('{sequence}')) FROM generate_series(1, {missing})")
        }
        _ => format!("SELECT setval('{sequence}', {id})"),
    };
    diesel::sql_query(reserve)
        .execute(connection)
        .await
        .map(drop)
}
