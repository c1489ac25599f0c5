//! Resolving the principal a request acts for.

use crate::{
    access::{
        authority::Authority,
        tenant::{Caller, TenantContext, check_may_act_for, depends_on_standing},
    },
    error::Error,
    identifier::PrincipalId,
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
/// [`Forbidden::NotAMember`](crate::error::Forbidden::NotAMember) if the principal is neither the caller's own nor an
/// organization they belong to, unless they are a platform admin;
/// [`Missing::Organization`](crate::error::Missing::Organization) if it is not an
/// organization.
pub async fn resolve_tenant(
    caller: Caller,
    requested: Option<PrincipalId>,
    principals: &dyn Principals,
) -> Result<TenantContext, Error> {
    let current_principal_id = match (caller.key(), requested) {
        (Some(key), _) => Some(key.owner_principal_id),
        (None, Some(requested)) => Some(requested),
        (None, None) if caller.user.is_admin => None,
        (None, None) => Some(caller.user.principal_id),
    };
    let mut current_role = None;
    if let Some(id) = current_principal_id
        && depends_on_standing(&caller.user, id)
    {
        let standing = principals.standing(caller.user.id, id).await?;
        check_may_act_for(&caller.user, id, standing)?;
        current_role = standing.role;
    }
    Ok(TenantContext {
        caller,
        current_principal_id,
        current_role,
    })
}

/// Checks with the store that the caller still has the rights of this context.
/// For responses that continue after the request was checked.
///
/// # Errors
///
/// Those of [`Authority::judge`]: what the caller would be refused with now.
pub async fn check_still_holds(context: &TenantContext, ports: &KeyPorts) -> Result<(), Error> {
    let by = Authority::in_tenant(context, ports.verify.clock.now());
    if let Some(grounds) = by.grounds() {
        let rights = ports.principals.current_rights(grounds).await?;
        by.judge(&rights)?;
    }
    Ok(())
}
