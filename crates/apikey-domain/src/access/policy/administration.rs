//! Who may administer the platform and its organizations.

use crate::{
    access::tenant::{Caller, CallerKey},
    error::{Denied, Forbidden, Missing},
    gpustack::Scope,
    identifier::PrincipalId,
    identity::organization::{Role, Standing},
};

/// Checks that the caller may administer the platform. A key may only if it is
/// owned by the admin's own principal: an organization's key acts for that
/// organization alone.
///
/// # Errors
///
/// [`Forbidden::ManagementScope`], [`Forbidden::PlatformAdminsOnly`] or
/// [`Forbidden::KeyOfAnotherPrincipal`].
///
/// # Example
///
/// ```
/// use apikey_domain::access::policy::require_platform_admin;
/// use apikey_domain::testing::fixture;
///
/// assert!(require_platform_admin(&fixture::admin(9, 19)).is_ok());
/// assert!(require_platform_admin(&fixture::caller(1, 11)).is_err());
/// ```
pub fn require_platform_admin(caller: &Caller) -> Result<(), Forbidden> {
    caller.require_scope(Scope::Management)?;
    if !caller.user.is_admin {
        return Err(Forbidden::PlatformAdminsOnly);
    }
    require_personal(caller)
}

/// Checks that the key of a caller, if any, is owned by the caller's own
/// principal.
///
/// # Errors
///
/// [`Forbidden::ManagementScope`] for a key that does not grant it, and
/// [`Forbidden::KeyOfAnotherPrincipal`] for a key owned by an organization.
///
/// # Example
///
/// ```
/// use apikey_domain::access::policy::require_personal;
/// use apikey_domain::testing::fixture;
///
/// let caller = fixture::caller(1, 11);
/// assert!(require_personal(&caller).is_ok());
/// let key = fixture::caller_key(40, &["*"]);
/// assert!(require_personal(&fixture::with_key(caller, key)).is_err());
/// ```
pub fn require_personal(caller: &Caller) -> Result<(), Forbidden> {
    caller.require_scope(Scope::Management)?;
    match caller.key() {
        Some(key) if key.owner_principal_id != caller.user.principal_id => {
            Err(Forbidden::KeyOfAnotherPrincipal)
        }
        _ => Ok(()),
    }
}

/// Checks that the caller may manage the members of an organization: they must be
/// a platform admin or an admin of it; a key must be owned by the organization,
/// or be a platform admin's personal key. To anyone who does not belong to it,
/// the organization does not exist.
///
/// # Errors
///
/// [`Forbidden::ManagementScope`], [`Forbidden::KeyOfAnotherPrincipal`],
/// [`Missing::Organization`] or [`Forbidden::OrganizationAdminsOnly`].
///
/// # Example
///
/// ```
/// use apikey_domain::identity::organization::{Role, Standing};
/// use apikey_domain::access::policy::require_organization_admin;
/// use apikey_domain::testing::fixture;
///
/// let member = Standing { is_organization: true, role: Some(Role::User) };
/// let (alice, acme) = (fixture::caller(1, 11), fixture::principal_id(40));
/// let refused = require_organization_admin(&alice, acme, member);
/// assert_eq!(refused.unwrap_err().to_string(), "only an admin of organization 40 may do this");
/// ```
pub fn require_organization_admin(
    caller: &Caller,
    id: PrincipalId,
    standing: Standing,
) -> Result<(), Denied> {
    caller.require_scope(Scope::Management)?;
    let is_admin = caller.user.is_admin;
    let acts_for_it = |key: &CallerKey| {
        let is_personal = key.owner_principal_id == caller.user.principal_id;
        key.owner_principal_id == id || (is_admin && is_personal)
    };
    if !caller.key().is_none_or(acts_for_it) {
        return Err(Forbidden::KeyOfAnotherPrincipal.into());
    }
    match standing.role {
        _ if !standing.is_organization => Err(Missing::Organization(id).into()),
        _ if is_admin => Ok(()),
        Some(Role::Admin) => Ok(()),
        Some(Role::User) => Err(Forbidden::OrganizationAdminsOnly(id).into()),
        None => Err(Missing::Organization(id).into()),
    }
}
