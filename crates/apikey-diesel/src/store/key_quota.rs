//! Counts keys of which there must not be too many, in the writer's transaction.

use super::{connection::Connection, key_counts::sum_of_keys};
use crate::{
    failure::{Failure, from_diesel},
    schema::api_key_counts,
};
use apikey_domain::{
    access::quota::{OwnedKeys, Quota},
    error::PortError,
    identifier::{PrincipalId, UserId},
    key::api_key::NewApiKey,
};
use diesel::{ExpressionMethods, QueryDsl};
use diesel_async::RunQueryDsl;

/// Checks that whoever will own a key may own one more. Their rows are locked against
/// whoever else creates keys for them: what is counted here stays true.
pub(super) async fn check(
    connection: &mut Connection,
    quota: Quota,
    organization_id: Option<PrincipalId>,
    new: &NewApiKey,
) -> Result<(), Failure> {
    if quota.is_unbounded() {
        return Ok(());
    }
    let by_organization = match organization_id {
        Some(id) => Some((id, of_owner(connection, id).await?)),
        None => None,
    };
    let owned = OwnedKeys {
        by_user: of_user(connection, new.user_id).await?,
        by_organization,
    };
    let checked = quota.check_one_more_key(owned);
    checked.map_err(|bound| PortError::TooMany(bound).into())
}

/// Returns how many keys a user has created, in all principals.
async fn of_user(connection: &mut Connection, id: UserId) -> Result<u64, PortError> {
    let sum: i64 = api_key_counts::table
        .filter(api_key_counts::user_id.eq(id.0))
        .select(sum_of_keys())
        .get_result(connection)
        .await
        .map_err(from_diesel)?;
    Ok(u64::try_from(sum).unwrap_or_default())
}

/// Returns how many keys a principal owns.
async fn of_owner(connection: &mut Connection, id: PrincipalId) -> Result<u64, PortError> {
    let sum: i64 = api_key_counts::table
        .filter(api_key_counts::owner_principal_id.eq(id.0))
        .select(sum_of_keys())
        .get_result(connection)
        .await
        .map_err(from_diesel)?;
    Ok(u64::try_from(sum).unwrap_or_default())
}
