//! Updating and deleting keys.

use crate::{
    access::{authority::Authority, policy::KeyReach, tenant::TenantContext},
    error::{Error, Missing},
    identifier::ApiKeyId,
    key::api_key::{ApiKey, ApiKeyChanges},
    use_case::ports::KeyPorts,
};

/// Updates the key `id`; absent fields stay as they are.
///
/// # Errors
///
/// Those of [`KeyReach::of`]; [`Missing::ApiKey`] if there is no such key within the
/// caller's reach.
pub async fn update_api_key(
    context: &TenantContext,
    ports: &KeyPorts,
    id: ApiKeyId,
    changes: ApiKeyChanges,
) -> Result<ApiKey, Error> {
    let reach = KeyReach::of(context)?;
    let by = Authority::in_tenant(context, ports.verify.clock.now());
    let updated = ports.api_keys.update(by, id, reach, changes).await?;
    updated.ok_or(Missing::ApiKey.into())
}

/// Deletes the key `id`. Once this returns, the key is refused on every node.
///
/// # Errors
///
/// Those of [`KeyReach::of`]; [`Missing::ApiKey`] if there is no such key within the
/// caller's reach.
pub async fn delete_api_key(
    context: &TenantContext,
    ports: &KeyPorts,
    id: ApiKeyId,
) -> Result<(), Error> {
    let by = Authority::in_tenant(context, ports.verify.clock.now());
    let reach = KeyReach::of(context)?;
    let deleted = ports.api_keys.delete(by, id, reach).await?;
    deleted.map(drop).ok_or(Missing::ApiKey.into())
}
