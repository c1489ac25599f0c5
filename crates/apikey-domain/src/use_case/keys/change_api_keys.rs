//! Changing and deleting keys.

use crate::{
    access::{policy::KeyReach, tenant::TenantContext},
    change::attribution::Attribution,
    error::{Error, Missing},
    identifier::ApiKeyId,
    key::api_key::{ApiKey, ApiKeyChanges},
    use_case::ports::KeyPorts,
};

/// Changes what `changes` names of the key `id`; the rest stays.
///
/// # Errors
///
/// [`Missing::ApiKey`] when there is no such key within the caller's reach.
pub async fn update_api_key(
    context: &TenantContext,
    ports: &KeyPorts,
    id: ApiKeyId,
    changes: ApiKeyChanges,
) -> Result<ApiKey, Error> {
    let reach = KeyReach::of(context);
    let by = Attribution::of(&context.caller, ports.verify.clock.now());
    let updated = ports.api_keys.update(by, id, reach, changes).await?;
    updated.ok_or(Missing::ApiKey.into())
}

/// Deletes the key `id`. Once answered, the key is refused everywhere.
///
/// # Errors
///
/// [`Missing::ApiKey`] when there is no such key within the caller's reach.
pub async fn delete_api_key(
    context: &TenantContext,
    ports: &KeyPorts,
    id: ApiKeyId,
) -> Result<(), Error> {
    let by = Attribution::of(&context.caller, ports.verify.clock.now());
    let reach = KeyReach::of(context);
    let deleted = ports.api_keys.delete(by, id, reach).await?;
    deleted.map(drop).ok_or(Missing::ApiKey.into())
}
