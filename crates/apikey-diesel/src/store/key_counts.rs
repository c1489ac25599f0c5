//! How many keys a list has, without counting them.
//!
//! Triggers keep the number of keys of each user in each principal, in the transaction
//! that creates or deletes them. A search has no such number, and neither have the keys that
//! are as conditions say: what is found is counted.

use super::{connection::Connection, key_pages, list_state::counts};
use crate::{
    failure::{Failure, from_diesel},
    schema::{api_key_counts, key_users},
};
use apikey_domain::{
    access::policy::ApiKeyFilter,
    error::PortError,
    identifier::{PrincipalId, UserId},
};
use diesel::{ExpressionMethods, QueryDsl, dsl::sql, expression::SqlLiteral, sql_types::BigInt};
use diesel_async::RunQueryDsl;

/// Returns how many keys `filter` admits.
pub(super) async fn total(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
) -> Result<u64, PortError> {
    let counted = match filter.is_narrowed() {
        true => key_pages::count(connection, filter).await?,
        false => sum(connection, filter).await?,
    };
    Ok(u64::try_from(counted).unwrap_or_default())
}

/// Returns how many keys `filter` admits, whatever they are called, and whatever they are
/// like.
pub(super) async fn all(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
) -> Result<u64, PortError> {
    let all = sum(connection, filter).await?;
    Ok(u64::try_from(all).unwrap_or_default())
}

/// Returns how many keys a principal owns.
pub(super) async fn owned_by(
    connection: &mut Connection,
    owner: PrincipalId,
) -> Result<u64, Failure> {
    let owned: i64 = api_key_counts::table
        .filter(api_key_counts::owner_principal_id.eq(owner.0))
        .select(sum_of_keys())
        .get_result(connection)
        .await?;
    Ok(u64::try_from(owned).unwrap_or_default())
}

/// Returns how many keys a user has, in whichever principal.
pub(super) async fn of_user(connection: &mut Connection, id: UserId) -> Result<u64, Failure> {
    let theirs: i64 = api_key_counts::table
        .filter(api_key_counts::user_id.eq(id.0))
        .select(sum_of_keys())
        .get_result(connection)
        .await?;
    Ok(u64::try_from(theirs).unwrap_or_default())
}

async fn sum(connection: &mut Connection, filter: &ApiKeyFilter) -> Result<i64, PortError> {
    let query = counts!(filter, sum_of_keys());
    query.get_result(connection).await.map_err(from_diesel)
}

fn sum_of_keys() -> SqlLiteral<BigInt> {
    sql::<BigInt>("CAST(COALESCE(SUM(keys), 0) AS BIGINT)")
}
