//! Revoking keys.

use crate::{
    access::{authority::Authority, policy::Act, tenant::TenantContext},
    error::{Error, Missing},
    identifier::ApiKeyId,
    key::{api_key::ApiKey, changes::ApiKeyChanges, revocation::NewRevocation},
    use_case::ports::KeyPorts,
};

/// Ends the use of the key `id` for good. Once this returns, the key is refused on every
/// node. A key that is revoked already stays as it is, with its first reason.
///
/// # Errors
///
/// [`Error::Forbidden`] if the policies refuse it; [`Missing::ApiKey`] if there is no such
/// key within the caller's reach; [`Error::OlderNodes`].
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     key::{revocation::{NewRevocation, RevocationReason}, status::Status},
///     testing::fixture, use_case::keys::revoke_api_key::revoke_api_key,
/// };
/// use apikey_testing::{TestApp, test_app::in_own_principal};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// let id = app.with_key(&alice, alice.principal_id).await.key().unwrap().id;
/// let new = NewRevocation { reason: RevocationReason::Compromised, comment: None };
/// let revoked = revoke_api_key(&in_own_principal(&alice), &app.keys, id, new).await.unwrap();
/// assert_eq!(revoked.status(fixture::instant()), Status::Revoked);
/// # });
/// ```
pub async fn revoke_api_key(
    context: &TenantContext,
    ports: &KeyPorts,
    id: ApiKeyId,
    new: NewRevocation,
) -> Result<ApiKey, Error> {
    let by = Authority::in_tenant(context, ports.verify.clock.now());
    let reach = ports.policies.decide(context, Act::Revoke).into_reach()?;
    let changes = ApiKeyChanges {
        revocation: Some(new),
        ..ApiKeyChanges::default()
    };
    let revoked = ports.api_keys.update(by, id, reach, changes).await?;
    revoked.ok_or(Missing::ApiKey.into())
}
