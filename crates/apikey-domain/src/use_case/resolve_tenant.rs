//! Resolving the principal a request acts for.

use crate::{
    access::tenant::{Caller, CallerKey, TenantContext, check_may_act_for, depends_on_standing},
    error::{Error, Forbidden},
    identifier::PrincipalId,
    identity::user::User,
    key::scope::Scope,
    port::principals::Principals,
    use_case::ports::KeyPorts,
};

/// Resolves the principal a request acts for, and checks that the caller may act
/// for it.
///
/// It is the key's owner principal if the caller has a key (`requested` is then
/// ignored), else the requested one, else none for a platform admin and the
/// caller's own for anyone else. Specified under "Tenant context" in
/// `docs/api.md`.
///
/// # Errors
///
/// [`Forbidden::NotAMember`] if the principal is neither the caller's own nor an
/// organization they belong to, unless they are a platform admin;
/// [`Missing::Organization`](crate::error::Missing::Organization) if it is not an
/// organization.
pub async fn resolve_tenant(
    caller: Caller,
    requested: Option<PrincipalId>,
    principals: &dyn Principals,
) -> Result<TenantContext, Error> {
    let current_principal_id = match (&caller.key, requested) {
        (Some(key), _) => Some(key.owner_principal_id),
        (None, Some(requested)) => Some(requested),
        (None, None) if caller.user.is_admin => None,
        (None, None) => Some(caller.user.principal_id),
    };
    if let Some(id) = current_principal_id {
        check_acts_for(&caller.user, id, principals).await?;
    }
    Ok(TenantContext {
        caller,
        current_principal_id,
    })
}

/// Checks that the key of a caller, if any, may still act for its owner. For calls
/// without a tenant context.
///
/// # Errors
///
/// As in [`resolve_tenant`].
pub async fn check_standing(caller: &Caller, principals: &dyn Principals) -> Result<(), Error> {
    match &caller.key {
        Some(key) => check_acts_for(&caller.user, key.owner_principal_id, principals).await,
        None => Ok(()),
    }
}

async fn check_acts_for(
    user: &User,
    id: PrincipalId,
    principals: &dyn Principals,
) -> Result<(), Error> {
    if !depends_on_standing(user, id) {
        return Ok(());
    }
    let standing = principals.standing(user.id, id).await?;
    check_may_act_for(user, id, standing)
}

/// Checks with the store that the caller still has the rights of this context.
/// For responses that continue after the request was checked.
///
/// # Errors
///
/// [`Error::Unauthenticated`] if the user or the key was deleted,
/// [`Error::Deactivated`], [`Error::Forbidden`] or [`Error::NotFound`] as in
/// [`resolve_tenant`], [`Forbidden::ManagementScope`], and
/// [`Forbidden::PlatformAdminsOnly`] if they are no longer a platform admin.
pub async fn check_still_holds(context: &TenantContext, ports: &KeyPorts) -> Result<(), Error> {
    let user = ports.principals.user(context.caller.user.id).await?;
    let user = user.ok_or(Error::Unauthenticated)?;
    if !user.is_active {
        return Err(Error::Deactivated);
    }
    // An admin may have requested more than their membership grants.
    if context.caller.user.is_admin && !user.is_admin {
        return Err(Forbidden::PlatformAdminsOnly.into());
    }
    let mut caller = Caller { user, key: None };
    if let Some(key) = &context.caller.key {
        let access_key = key.access_key.as_str();
        let stored = ports.api_keys.credential(access_key).await?;
        let stored = stored.filter(|stored| stored.api_key.id == key.id);
        let stored = stored.ok_or(Error::Unauthenticated)?;
        caller.key = Some(CallerKey::of(stored.api_key));
    }
    caller.require_scope(Scope::Management)?;
    resolve_tenant(caller, context.current_principal_id, &*ports.principals).await?;
    Ok(())
}
