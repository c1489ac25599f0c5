//! Issuing a key.

use crate::{
    access::{policy, tenant::TenantContext},
    change::attribution::Attribution,
    error::{Error, Missing, PortError, Taken, Unique},
    key::{
        api_key::{ApiKey, NewApiKey},
        expiry::Expiry,
        key_name::{Description, KeyName},
        mask::Origin,
        model_names::AllowedModelNames,
        plain_key::{CustomKey, PlainKey},
        scope::ScopeSet,
        token::AccessKey,
    },
    use_case::ports::KeyPorts,
};

/// What the caller wants.
#[derive(Debug)]
pub struct CreateApiKey {
    /// What to call it.
    pub name: KeyName,
    /// What it is for.
    pub description: Option<Description>,
    /// What it may be used for.
    pub scope: ScopeSet,
    /// Which models it may use.
    pub allowed_model_names: AllowedModelNames,
    /// For how many seconds it is good; absent, zero or negative: for ever.
    pub expires_in: Option<i64>,
    /// A key the caller brings; absent: one is made.
    pub custom: Option<CustomKey>,
}

/// A new key, and the whole of it, to be shown once.
#[derive(Debug)]
pub struct CreatedApiKey {
    /// The key as stored.
    pub api_key: ApiKey,
    /// The key in the clear.
    pub value: PlainKey,
}

/// Creates a key for the caller in the current principal, or in the caller's
/// own where there is none.
///
/// # Errors
///
/// [`Error::Invalid`] for an expiry beyond the calendar or a custom key that
/// breaks its rules; [`Error::AlreadyExists`] when the name or the access key
/// is taken; [`Error::NotFound`] or [`Error::Unauthenticated`] when the
/// organization or the user was deleted meanwhile.
pub async fn create_api_key(
    context: &TenantContext,
    ports: &KeyPorts,
    request: CreateApiKey,
) -> Result<CreatedApiKey, Error> {
    let now = ports.verify.clock.now();
    let expires_at = Expiry::after_seconds(now, request.expires_in)?;
    let (value, origin) = match request.custom {
        Some(brought) => {
            let brought = PlainKey::parse(brought, &ports.verify.key_prefix)?;
            (brought, Origin::Custom)
        }
        None => {
            let generated = PlainKey::generate(&ports.verify.key_prefix, &*ports.secrets)?;
            (generated, Origin::Generated)
        }
    };
    let presented = value.presented(&ports.verify.key_prefix);
    let access_key = AccessKey::new(presented.access_key());
    let new = NewApiKey {
        name: request.name.clone(),
        description: request.description,
        user_id: context.caller.user.id,
        owner_principal_id: context.write_principal_id(),
        access_key: access_key.clone(),
        secret_digest: ports.verify.peppers.digest(&presented),
        scope: request.scope,
        allowed_model_names: request.allowed_model_names,
        origin,
        expires_at,
        created_at: now,
    };
    let by = Attribution::of(&context.caller, now);
    match ports.api_keys.create(by, new).await {
        Ok(api_key) => Ok(CreatedApiKey { api_key, value }),
        Err(PortError::Duplicate(Unique::KeyName)) => {
            Err(Taken::KeyName(request.name.as_str().to_owned()).into())
        }
        Err(PortError::Duplicate(Unique::AccessKey)) => {
            Err(taken(context, ports, &access_key).await?.into())
        }
        Err(PortError::OwnerGone) => Err(gone(context, ports).await?),
        Err(error) => Err(error.into()),
    }
}

/// Says by what an access key is taken, as far as the caller may know.
async fn taken(
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
    if !policy::may_be_told_of(&key, user, standing) {
        return Ok(Taken::AccessKey);
    }
    Ok(Taken::AccessKeyOf {
        name: key.name.as_str().to_owned(),
        id: key.id,
        is_expired: key.expires_at.has_passed(ports.verify.clock.now()),
    })
}

/// The user or the organization was deleted between the check and the write.
async fn gone(context: &TenantContext, ports: &KeyPorts) -> Result<Error, Error> {
    let user = ports.principals.user(context.caller.user.id).await?;
    Ok(match user {
        None => Error::Unauthenticated,
        Some(_) => Missing::Organization(context.write_principal_id()).into(),
    })
}
