//! Updating and deleting keys.

use crate::{
    access::{authority::Authority, policy::Act, tenant::TenantContext},
    error::{Error, Missing, PortError, Taken, Unique},
    identifier::ApiKeyId,
    key::{api_key::ApiKey, changes::ApiKeyChanges, key_name::KeyName},
    use_case::ports::KeyPorts,
};

/// Updates the key `id`; absent fields stay as they are. What ends a right is final on
/// every node when this returns.
///
/// # Errors
///
/// [`Error::Forbidden`] if the policies refuse it, or what would become of the key;
/// [`Missing::ApiKey`] if there is no such key within the caller's reach;
/// [`Error::AlreadyExists`] if another key has the new name; [`Error::Conflict`] if the key
/// is revoked, and more than its description or metadata would change;
/// [`Error::NotAsExpected`]; [`Error::Invalid`] for an expiry that has come or lies beyond
/// the calendar, and for metadata that would be too large; [`Error::OlderNodes`].
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     gpustack::ScopeSet, key::changes::ApiKeyChanges,
///     use_case::keys::change_api_keys::update_api_key,
/// };
/// use apikey_testing::{TestApp, test_app::in_own_principal};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// let id = app.with_key(&alice, alice.principal_id).await.key().unwrap().id;
/// let scope = ScopeSet::parse(["inference"]).unwrap();
/// let changes = ApiKeyChanges { scope: Some(scope), ..Default::default() };
/// let context = in_own_principal(&alice);
/// let updated = update_api_key(&context, &app.keys, id, changes).await.unwrap();
/// assert_eq!(updated.scope, scope);
/// # });
/// ```
pub async fn update_api_key(
    context: &TenantContext,
    ports: &KeyPorts,
    id: ApiKeyId,
    changes: ApiKeyChanges,
) -> Result<ApiKey, Error> {
    let reach = ports.policies.decide(context, Act::Change).into_reach()?;
    let by = Authority::in_tenant(context, ports.verify.clock.now());
    let by = by.bounded_by_key(reach.is_bounded());
    let name = changes.name.clone();
    match ports.api_keys.update(by, id, reach, changes).await {
        Ok(updated) => updated.ok_or(Missing::ApiKey.into()),
        Err(PortError::Duplicate(Unique::KeyName)) => Err(name_taken(name.as_ref())),
        Err(error) => Err(error.into()),
    }
}

/// Returns the error for a new name that another key has.
pub(super) fn name_taken(name: Option<&KeyName>) -> Error {
    let name = name.map_or("", KeyName::as_str);
    Taken::KeyName(name.to_owned()).into()
}

/// Deletes the key `id`. Once this returns, the key is refused on every node.
///
/// # Errors
///
/// [`Error::Forbidden`] if the policies refuse it; [`Missing::ApiKey`] if there is no such
/// key within the caller's reach.
///
/// # Example
///
/// ```
/// use apikey_domain::{Error, use_case::keys::change_api_keys::delete_api_key};
/// use apikey_testing::{TestApp, test_app::in_own_principal};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let (alice, bob) = (app.user("alice").await, app.user("bob").await);
/// let id = app.with_key(&alice, alice.principal_id).await.key().unwrap().id;
/// let refused = delete_api_key(&in_own_principal(&bob), &app.keys, id).await;
/// assert!(matches!(refused, Err(Error::NotFound(_))));
/// assert!(delete_api_key(&in_own_principal(&alice), &app.keys, id).await.is_ok());
/// # });
/// ```
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
