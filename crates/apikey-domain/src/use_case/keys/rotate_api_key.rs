//! Giving a key another secret, under the same id.

use super::create_api_key::access_key_taken;
use crate::{
    access::{
        authority::Authority,
        policy::{Act, KeyReach},
        tenant::TenantContext,
    },
    error::{Error, Missing, PortError, Unique},
    identifier::ApiKeyId,
    key::{
        api_key::ApiKey,
        changes::ApiKeyChanges,
        credential::{Activation, CredentialNumber, GracePeriod, NewCredential},
        plain_key::{CustomKey, NewSecret, PlainKey},
        rotation::Step,
        token::AccessKey,
    },
    use_case::{keys::create_api_key::CreatedApiKey, ports::KeyPorts},
};

/// How a key is to be rotated.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     key::credential::{Activation, GracePeriod}, use_case::keys::rotate_api_key::RotateApiKey,
/// };
///
/// let request = RotateApiKey {
///     grace: GracePeriod::parse(3_600).unwrap(),
///     activation: Activation::Now,
///     custom: None,
/// };
/// assert_eq!(request.grace.seconds(), 3_600);
/// ```
#[derive(Debug, Default)]
pub struct RotateApiKey {
    /// For how long the secret of before is accepted afterwards.
    pub grace: GracePeriod,
    /// When the new one takes its place.
    pub activation: Activation,
    /// A key supplied by the caller; if absent, one is generated.
    pub custom: Option<CustomKey>,
}

/// Gives the key `id` another secret. Its id, name, scope and history stay. The secret of
/// before is accepted until the grace period is over; if there is none, it is refused on
/// every node when this returns.
///
/// # Errors
///
/// [`Error::Forbidden`] if the policies refuse it, and for a key that may not rotate
/// itself; [`Missing::ApiKey`] if there is no such key within the caller's reach;
/// [`Error::Conflict`] if it is revoked; [`Error::Invalid`] for a custom key that breaks its
/// rules, and [`Error::AlreadyExists`] if its access key is taken; [`Error::OlderNodes`].
///
/// # Example
///
/// ```
/// use apikey_domain::use_case::keys::rotate_api_key::{RotateApiKey, rotate_api_key};
/// use apikey_testing::{TestApp, test_app::in_own_principal};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// let id = app.with_key(&alice, alice.principal_id).await.key().unwrap().id;
/// let context = in_own_principal(&alice);
/// let request = RotateApiKey::default();
/// let rotated = rotate_api_key(&context, &app.keys, id, request).await.unwrap();
/// assert_eq!(rotated.api_key.credentials().len(), 2);
/// assert!(rotated.value.expose().starts_with("gpustack_"));
/// # });
/// ```
pub async fn rotate_api_key(
    context: &TenantContext,
    ports: &KeyPorts,
    id: ApiKeyId,
    request: RotateApiKey,
) -> Result<CreatedApiKey, Error> {
    let Prepared {
        by,
        reach,
        changes,
        value,
        access_key,
    } = prepare(context, ports, request)?;
    match ports.api_keys.update(by, id, reach, changes).await {
        Ok(Some(api_key)) => Ok(CreatedApiKey { api_key, value }),
        Ok(None) => Err(Missing::ApiKey.into()),
        Err(error) => Err(not_rotated(context, ports, &access_key, error).await?),
    }
}

/// A rotation that the caller may ask for, and the new text of the key.
pub(super) struct Prepared {
    pub(super) by: Authority,
    pub(super) reach: KeyReach,
    pub(super) changes: ApiKeyChanges,
    pub(super) value: PlainKey,
    pub(super) access_key: AccessKey,
}

/// Judges the caller, and makes the new text of the key.
pub(super) fn prepare(
    context: &TenantContext,
    ports: &KeyPorts,
    request: RotateApiKey,
) -> Result<Prepared, Error> {
    let reach = ports.policies.decide(context, Act::Rotate).into_reach()?;
    let new = NewSecret::new(request.custom, &ports.verify.key_prefix, &*ports.secrets)?;
    let presented = new.value.presented(&ports.verify.key_prefix);
    let access_key = new.access_key(&ports.verify.key_prefix);
    let credential = NewCredential {
        access_key: access_key.clone(),
        secret_digest: ports.verify.peppers.in_use().digest(&presented),
        origin: new.origin,
        hint: new.hint(&ports.verify.key_prefix),
        activation: request.activation,
        grace: request.grace,
    };
    let by = Authority::in_tenant(context, ports.verify.clock.now());
    Ok(Prepared {
        by: by.bounded_by_key(reach.is_bounded()),
        reach,
        changes: ApiKeyChanges {
            step: Some(Step::Rotate(credential)),
            ..ApiKeyChanges::default()
        },
        value: new.value,
        access_key,
    })
}

/// Returns why a key was not rotated.
pub(super) async fn not_rotated(
    context: &TenantContext,
    ports: &KeyPorts,
    access_key: &AccessKey,
    error: PortError,
) -> Result<Error, Error> {
    Ok(match error {
        PortError::Duplicate(Unique::AccessKey) => {
            access_key_taken(context, ports, access_key).await?.into()
        }
        error => error.into(),
    })
}

/// Ends the credential `number` of the key `id`, which is not the active one. Once this
/// returns, it is refused on every node. One that has ended stays as it is.
///
/// # Errors
///
/// [`Error::Forbidden`] if the policies refuse it; [`Missing::ApiKey`] if there is no such
/// key within the caller's reach, and [`Missing::Credential`] if it has no such credential;
/// [`Error::Conflict`] for the active one; [`Error::OlderNodes`].
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     key::credential::{CredentialNumber, GracePeriod},
///     use_case::keys::rotate_api_key::{RotateApiKey, end_credential, rotate_api_key},
/// };
/// use apikey_testing::{TestApp, test_app::in_own_principal};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// let id = app.with_key(&alice, alice.principal_id).await.key().unwrap().id;
/// let (context, ports) = (in_own_principal(&alice), &app.keys);
/// let grace = GracePeriod::parse(3_600).unwrap();
/// let request = RotateApiKey { grace, ..Default::default() };
/// rotate_api_key(&context, ports, id, request).await.unwrap();
/// let old = CredentialNumber::FIRST;
/// assert!(end_credential(&context, ports, id, old).await.is_ok());
/// assert!(end_credential(&context, ports, id, old.next()).await.is_err());
/// # });
/// ```
pub async fn end_credential(
    context: &TenantContext,
    ports: &KeyPorts,
    id: ApiKeyId,
    number: CredentialNumber,
) -> Result<ApiKey, Error> {
    let by = Authority::in_tenant(context, ports.verify.clock.now());
    let reach = ports.policies.decide(context, Act::Revoke).into_reach()?;
    let changes = ApiKeyChanges {
        step: Some(Step::End(number)),
        ..ApiKeyChanges::default()
    };
    let ended = ports.api_keys.update(by, id, reach, changes).await?;
    ended.ok_or(Missing::ApiKey.into())
}
