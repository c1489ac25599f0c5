//! Creating keys.

use super::new_owner::{NewOwner, key_to_replace};
use crate::{
    access::{authority::Authority, policy, tenant::TenantContext},
    error::{Error, Missing, PortError, Taken, Unique},
    gpustack::{AllowedModelNames, ScopeSet},
    identifier::UserId,
    key::{
        api_key::{ApiKey, NewApiKey},
        expiry::{Expiry, Lifetime},
        key_name::{Description, KeyName},
        metadata::Metadata,
        plain_key::{CustomKey, NewSecret, PlainKey},
        rights::KeyRights,
        token::AccessKey,
    },
    port::clock::judging_now,
    use_case::ports::KeyPorts,
};

/// A key to create.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     gpustack::ScopeSet,
///     key::{expiry::Lifetime, key_name::KeyName},
///     use_case::keys::create_api_key::CreateApiKey,
/// };
/// use std::time::Duration;
///
/// let request = CreateApiKey {
///     name: KeyName::parse("ci").unwrap(),
///     description: None,
///     scope: ScopeSet::parse(["inference"]).unwrap(),
///     allowed_model_names: Default::default(),
///     self_rotation: false,
///     metadata: Default::default(),
///     lifetime: Lifetime::For(Duration::from_secs(3_600)),
///     custom: None,
///     user_id: None,
///     replaces_expired: false,
/// };
/// assert!(request.allowed_model_names.allows("qwen3-0.6b"));
/// ```
#[derive(Debug)]
pub struct CreateApiKey {
    /// Its name.
    pub name: KeyName,
    /// A free-text description.
    pub description: Option<Description>,
    /// What it may be used for.
    pub scope: ScopeSet,
    /// Which models it may use.
    pub allowed_model_names: AllowedModelNames,
    /// Whether it may rotate itself.
    pub self_rotation: bool,
    /// What its owner notes about it.
    pub metadata: Metadata,
    /// How long it is to live.
    pub lifetime: Lifetime,
    /// A key supplied by the caller; if absent, one is generated.
    pub custom: Option<CustomKey>,
    /// Whose key it is to be; that of the caller if absent.
    pub user_id: Option<UserId>,
    /// Whether it takes the name of a key of the same user that has expired. That one is
    /// revoked then, as superseded.
    pub replaces_expired: bool,
}

/// A new key, with its text to be shown once.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     key::plain_key::{CustomKey, PlainKey}, testing::fixture,
///     use_case::keys::create_api_key::CreatedApiKey,
/// };
///
/// let custom = CustomKey::new("sk-0123456789abcdef");
/// let created = CreatedApiKey {
///     api_key: fixture::api_key(7, "ci"),
///     value: PlainKey::parse(custom, &Default::default()).unwrap(),
/// };
/// assert_eq!(created.value.expose(), "sk-0123456789abcdef");
/// assert!(!format!("{created:?}").contains("sk-0123456789abcdef"));
/// ```
#[derive(Debug)]
pub struct CreatedApiKey {
    /// The key as stored.
    pub api_key: ApiKey,
    /// The key in the clear.
    pub value: PlainKey,
}

/// Creates a key in the current principal, or in that of its user if there is none.
///
/// # Errors
///
/// [`Error::Forbidden`] if the policies refuse it, and for the key of a platform admin that
/// somebody else would make; [`Missing::User`] for another user who does not exist or is a
/// system user, and [`Missing::Member`] for one who may not act for the principal;
/// [`Error::Invalid`] for an expiry that has come or lies beyond the calendar, and for a
/// custom key that breaks its rules; [`Error::AlreadyExists`] if the name or the access key is
/// taken; [`Error::OlderNodes`] if an expired key would be replaced, and
/// [`Error::Unavailable`] if the clock is certainly wrong then; [`Error::NotFound`] or
/// [`Error::Unauthenticated`] if the organization or the user was deleted meanwhile.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     key::{expiry::Lifetime, key_name::KeyName},
///     use_case::keys::create_api_key::{CreateApiKey, create_api_key},
/// };
/// use apikey_testing::{TestApp, test_app::in_own_principal};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// let request = CreateApiKey {
///     name: KeyName::parse("ci").unwrap(),
///     description: None,
///     scope: Default::default(),
///     allowed_model_names: Default::default(),
///     self_rotation: false,
///     metadata: Default::default(),
///     lifetime: Lifetime::Unlimited,
///     custom: None,
///     user_id: None,
///     replaces_expired: false,
/// };
/// let created = create_api_key(&in_own_principal(&alice), &app.keys, request).await.unwrap();
/// assert!(created.value.expose().starts_with("gpustack_"));
/// assert_eq!(created.api_key.user_id, alice.id);
/// # });
/// ```
pub async fn create_api_key(
    context: &TenantContext,
    ports: &KeyPorts,
    request: CreateApiKey,
) -> Result<CreatedApiKey, Error> {
    let Prepared { by, new, value, .. } = prepare(context, ports, request).await?;
    match ports.api_keys.create(by, new.clone()).await {
        Ok(api_key) => Ok(CreatedApiKey { api_key, value }),
        Err(error) => Err(not_created(context, ports, &new, error).await?),
    }
}

/// A key that the caller may make, and its text.
pub(super) struct Prepared {
    pub(super) by: Authority,
    #[cfg(feature = "server")]
    pub(super) reach: crate::access::policy::KeyReach,
    pub(super) new: NewApiKey,
    pub(super) value: PlainKey,
}

/// Judges the caller, and makes the text of the key.
pub(super) async fn prepare(
    context: &TenantContext,
    ports: &KeyPorts,
    request: CreateApiKey,
) -> Result<Prepared, Error> {
    let owner = NewOwner::of(context, ports, request.user_id).await?;
    let replaces = match request.replaces_expired {
        true => key_to_replace(context, ports, &owner, &request.name).await?,
        false => None,
    };
    let NewOwner {
        user_id,
        principal_id,
        reach,
    } = owner;
    let clock = &*ports.verify.clock;
    // Whether a key has expired is judged by a clock, and whether it is replaced with it.
    let now = match replaces {
        Some(_) => judging_now(clock)?,
        None => clock.now(),
    };
    let expires_at = Expiry::of(request.lifetime, now)?;
    let secret = NewSecret::new(request.custom, &ports.verify.key_prefix, &*ports.secrets)?;
    let presented = secret.value.presented(&ports.verify.key_prefix);
    let new = NewApiKey {
        name: request.name,
        description: request.description,
        user_id,
        owner_principal_id: principal_id,
        access_key: secret.access_key(&ports.verify.key_prefix),
        secret_digest: ports.verify.peppers.in_use().digest(&presented).into(),
        scope: request.scope,
        allowed_model_names: request.allowed_model_names,
        origin: secret.origin,
        hint: secret.hint(&ports.verify.key_prefix),
        self_rotation: request.self_rotation,
        metadata: request.metadata,
        expires_at,
        replaces,
        created_at: now,
    };
    reach.check_rights(&KeyRights::of_new(&new))?;
    let by = Authority::in_tenant(context, now).bounded_by_key(reach.is_bounded());
    Ok(Prepared {
        by,
        #[cfg(feature = "server")]
        reach,
        new,
        value: secret.value,
    })
}

/// Returns why a key was not created.
pub(super) async fn not_created(
    context: &TenantContext,
    ports: &KeyPorts,
    new: &NewApiKey,
    error: PortError,
) -> Result<Error, Error> {
    Ok(match error {
        PortError::Duplicate(Unique::KeyName) => {
            Taken::KeyName(new.name.as_str().to_owned()).into()
        }
        PortError::Duplicate(Unique::AccessKey) => {
            access_key_taken(context, ports, &new.access_key)
                .await?
                .into()
        }
        PortError::OwnerGone => owner_gone(context, ports, new).await?,
        error => error.into(),
    })
}

/// Returns which key has the access key, as far as it may be disclosed.
pub(super) async fn access_key_taken(
    context: &TenantContext,
    ports: &KeyPorts,
    access_key: &AccessKey,
) -> Result<Taken, Error> {
    let Some(stored) = ports.api_keys.credential(access_key.as_str()).await? else {
        return Ok(Taken::AccessKey);
    };
    let key = stored.api_key;
    let user = &context.caller.user;
    let owner = key.owner_principal_id;
    let standing = ports.principals.standing(user.id, owner).await?;
    if !policy::may_disclose(&key, user, standing) {
        return Ok(Taken::AccessKey);
    }
    Ok(Taken::AccessKeyOf {
        name: key.name.as_str().to_owned(),
        id: key.id,
        is_expired: key.expires_at.has_passed(ports.verify.clock.now()),
    })
}

/// Returns the error for a user or organization that was deleted between the
/// check and the write.
async fn owner_gone(
    context: &TenantContext,
    ports: &KeyPorts,
    new: &NewApiKey,
) -> Result<Error, Error> {
    let user = ports.principals.user(new.user_id).await?;
    Ok(match user {
        None if new.user_id == context.caller.user.id => Error::Unauthenticated,
        None => Missing::User.into(),
        Some(_) => Missing::Organization(new.owner_principal_id).into(),
    })
}
