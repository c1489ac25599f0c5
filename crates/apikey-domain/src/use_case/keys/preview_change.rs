//! Saying what a change would make of a key.

use super::change_api_keys::name_taken;
use crate::{
    access::{policy::Act, tenant::TenantContext},
    error::{Error, Missing},
    identifier::ApiKeyId,
    key::{api_key::ApiKey, changes::ApiKeyChanges},
    use_case::ports::KeyPorts,
};

/// Returns the key `id` as it would be after these changes, and changes nothing.
///
/// # Errors
///
/// Those that the change would have now, but for [`Error::OlderNodes`].
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     key::changes::ApiKeyChanges,
///     use_case::keys::{preview_change::preview_change, read_api_key::read_api_key},
/// };
/// use apikey_testing::{TestApp, test_app::in_own_principal};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// let id = app.with_key(&alice, alice.principal_id).await.key().unwrap().id;
/// let (context, ports) = (in_own_principal(&alice), &app.keys);
/// let changes = ApiKeyChanges { is_disabled: Some(true), ..Default::default() };
/// let preview = preview_change(&context, ports, id, changes).await.unwrap();
/// assert!(preview.disabled_at.is_some());
/// let stored = read_api_key(&context, ports, id).await.unwrap();
/// assert!(stored.disabled_at.is_none());
/// # });
/// ```
pub async fn preview_change(
    context: &TenantContext,
    ports: &KeyPorts,
    id: ApiKeyId,
    changes: ApiKeyChanges,
) -> Result<ApiKey, Error> {
    let reach = ports.policies.decide(context, Act::Change).into_reach()?;
    let key = ports.api_keys.find(id, &reach).await?;
    let key = key.ok_or(Missing::ApiKey)?;
    let now = ports.verify.clock.now();
    let Some(after) = reach.changed(&key, &changes, now)? else {
        return Ok(key);
    };
    if after.name != key.name {
        let (user, owner) = (after.user_id, after.owner_principal_id);
        let named = ports.api_keys.find_named(user, owner, &after.name).await?;
        if named.is_some_and(|named| named != id) {
            return Err(name_taken(Some(&after.name)));
        }
    }
    Ok(after)
}
