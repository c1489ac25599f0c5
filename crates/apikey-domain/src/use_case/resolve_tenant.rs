//! Deciding on whose behalf a request acts.

use crate::{
    access::tenant::{Caller, CallerKey, TenantContext, check_may_act_for, depends_on_standing},
    error::{Error, Forbidden},
    identifier::PrincipalId,
    key::scope::Scope,
    port::principals::Principals,
    use_case::ports::KeyPorts,
};

/// Decides for which principal a request acts, and whether the caller may.
///
/// The key's owner principal when the caller came with a key (`requested`
/// is then ignored), else the requested one, else none for a platform admin
/// and the caller's own for anyone else. Source of the rule: the wire
/// contract.
///
/// # Errors
///
/// [`Forbidden::NotAMember`] when the principal is neither the caller's own
/// nor an organization they belong to or administer the platform of;
/// [`Missing::Organization`](crate::error::Missing::Organization) when it is no organization.
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
    if let Some(id) = current_principal_id
        && depends_on_standing(&caller.user, id)
    {
        let standing = principals.standing(caller.user.id, id).await?;
        check_may_act_for(&caller.user, id, standing)?;
    }
    Ok(TenantContext {
        caller,
        current_principal_id,
    })
}

/// Checks with the store that the caller still has what they came with: for
/// answers that go on after the request was judged.
///
/// # Errors
///
/// [`Error::Unauthenticated`] when the user or the key is gone,
/// [`Error::Deactivated`], [`Error::Forbidden`] or [`Error::NotFound`] as
/// [`resolve_tenant`], [`Forbidden::ManagementScope`], and
/// [`Forbidden::PlatformAdminsOnly`] when they were a platform admin.
pub async fn check_still_holds(context: &TenantContext, ports: &KeyPorts) -> Result<(), Error> {
    let user = ports.principals.user(context.caller.user.id).await?;
    let user = user.ok_or(Error::Unauthenticated)?;
    if !user.is_active {
        return Err(Error::Deactivated);
    }
    // What an admin asked for may be more than their membership grants.
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
