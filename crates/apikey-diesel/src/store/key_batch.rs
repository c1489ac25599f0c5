//! Keys that a transaction in the background reads whole: as many as fit it, and locked.

use super::{backend, connection::Connection, pieces};
use crate::{
    columns,
    failure::Failure,
    row_lock::{Row, RowLocks, Strength},
    rows::{self, ApiKeyRow, ApiKeySizeRow, SizeRow},
    schema::{api_key_uses, api_keys, key_users},
};
use apikey_domain::key::api_key::ApiKey;
use diesel::{ExpressionMethods, QueryDsl, QueryResult};
use diesel_async::RunQueryDsl;

/// Leaves those of these places whose keys one transaction reads.
pub(super) async fn fit<P>(
    connection: &mut Connection,
    found: &mut Vec<P>,
    id: impl Fn(&P) -> i64,
) -> QueryResult<()> {
    let ids: Vec<i64> = found.iter().map(id).collect();
    let mut sizes: Vec<ApiKeySizeRow> = api_keys::table
        .inner_join(key_users::table)
        .filter(api_keys::id.eq_any(&ids))
        .select(columns::api_key_size())
        .load(connection)
        .await?;
    let place = |size: &ApiKeySizeRow| ids.iter().position(|id| *id == size.id());
    sizes.sort_by_key(place);
    // Of those that are gone meanwhile there is no size.
    let next = sizes.get(pieces::fitting_batch(&sizes)).and_then(place);
    found.truncate(next.unwrap_or(found.len()));
    Ok(())
}

/// Locks these keys, and returns those that there are still, as they are now, by id.
pub(super) async fn locked(
    connection: &mut Connection,
    ids: &[i64],
    strength: Strength,
) -> Result<Vec<ApiKey>, Failure> {
    let mut locks = RowLocks::default();
    for id in ids {
        locks.add(Row::ApiKey(*id), strength);
    }
    backend::lock_rows(connection, &locks).await?;
    let rows: Vec<ApiKeyRow> = api_keys::table
        .inner_join(key_users::table)
        .left_join(api_key_uses::table)
        .filter(api_keys::id.eq_any(ids))
        .select(columns::api_key())
        .order_by(api_keys::id)
        .load(connection)
        .await?;
    Ok(rows::all(rows)?)
}
