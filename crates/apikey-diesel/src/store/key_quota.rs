//! Counts keys of which there must not be too many, in the writer's transaction.

use super::{connection::Connection, key_counts};
use crate::failure::Failure;
use apikey_domain::{
    access::quota::{OwnedKeys, Quota},
    error::PortError,
    identifier::PrincipalId,
    key::api_key::NewApiKey,
};

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
        Some(id) => Some((id, key_counts::owned_by(connection, id).await?)),
        None => None,
    };
    let owned = OwnedKeys {
        by_user: key_counts::of_user(connection, new.user_id).await?,
        by_organization,
    };
    let checked = quota.check_one_more_key(owned);
    checked.map_err(|bound| PortError::TooMany(bound).into())
}
