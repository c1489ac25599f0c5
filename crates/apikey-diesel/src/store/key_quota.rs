//! Creates keys of which there must not be too many, in the writer's transaction.

use super::{connection::Connection, job::Written, key_commands, key_counts};
use apikey_domain::{
    access::quota::{OwnedKeys, Quota},
    error::PortError,
    identifier::PrincipalId,
    key::api_key::{ApiKey, NewApiKey},
};

/// Creates a key if whoever will own it may own one more. Their rows are locked against
/// whoever else creates keys for them: what is counted here stays true.
pub(super) async fn create(
    connection: &mut Connection,
    quota: Quota,
    organization_id: Option<PrincipalId>,
    new: &NewApiKey,
) -> Written<ApiKey> {
    // Only what is bounded is counted.
    let by_organization = match organization_id {
        Some(id) if quota.per_organization.is_some() => {
            Some((id, key_counts::owned_by(connection, id).await?))
        }
        _ => None,
    };
    let by_user = match quota.per_user {
        Some(_) => key_counts::of_user(connection, new.user_id).await?,
        None => 0,
    };
    let owned = OwnedKeys {
        by_user,
        by_organization,
    };
    quota
        .check_one_more_key(owned)
        .map_err(PortError::TooMany)?;
    key_commands::create(connection, new).await
}
