//! Updating and deleting keys.

use crate::{
    access::{authority::Authority, policy::Act, tenant::TenantContext},
    error::{Error, Missing},
    identifier::ApiKeyId,
    key::api_key::{ApiKey, ApiKeyChanges},
    use_case::ports::KeyPorts,
};

/// Updates the key `id`; absent fields stay as they are.
///
/// # Errors
///
/// [`Error::Forbidden`] if the policies refuse it, or what would become of the key;
/// [`Missing::ApiKey`] if there is no such key within the caller's reach.
pub async fn update_api_key(
    context: &TenantContext,
    ports: &KeyPorts,
    id: ApiKeyId,
    changes: ApiKeyChanges,
) -> Result<ApiKey, Error> {
    let reach = ports.policies.decide(context, Act::Change).into_reach()?;
    let by = Authority::in_tenant(context, ports.verify.clock.now());
    let updated = ports.api_keys.update(by, id, reach, changes).await?;
    updated.ok_or(Missing::ApiKey.into())
}

/// Deletes the key `id`. Once this returns, the key is refused on every node.
///
/// # Errors
///
/// [`Error::Forbidden`] if the policies refuse it; [`Missing::ApiKey`] if there is no such
/// key within the caller's reach.
pub async fn delete_api_key(
    context: &TenantContext,
    ports: &KeyPorts,
    id: ApiKeyId,
) -> Result<(), Error> {
    let by = Authority::in_tenant(context, ports.verify.clock.now());
    let reach = ports.policies.decide(context, Act::Delete).into_reach()?;
    let deleted = ports.api_keys.delete(by, id, reach).await?;
    deleted.map(drop).ok_or(Missing::ApiKey.into())
}
