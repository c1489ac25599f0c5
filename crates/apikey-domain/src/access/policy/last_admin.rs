//! The rules that keep the last admin, for the store that counts admins.

use crate::{
    error::Refusal,
    identifier::PrincipalId,
    identity::{
        organization::Role,
        user::{User, UserChanges},
    },
};

/// Returns whether the user is an active platform admin, of whom one must remain.
///
/// # Example
///
/// ```
/// use apikey_domain::access::policy::last_admin::is_active_admin;
/// use apikey_domain::testing::fixture;
///
/// assert!(is_active_admin(&fixture::admin(9, 19).user()));
/// assert!(!is_active_admin(&fixture::user(1, 11)));
/// ```
pub fn is_active_admin(user: &User) -> bool {
    user.is_admin && user.is_active
}

/// Returns whether the changes would remove an active platform admin.
///
/// # Example
///
/// ```
/// use apikey_domain::access::policy::last_admin::ends_administration;
/// use apikey_domain::testing::fixture;
/// use apikey_domain::identity::user::UserChanges;
///
/// let changes = UserChanges { is_active: Some(false), ..Default::default() };
/// assert!(ends_administration(&fixture::admin(9, 19).user(), &changes));
/// assert!(!ends_administration(&fixture::user(1, 11), &changes));
/// ```
pub fn ends_administration(user: &User, changes: &UserChanges) -> bool {
    let loses = changes.is_admin == Some(false) || changes.is_active == Some(false);
    is_active_admin(user) && loses
}

/// Refuses the removal of a platform admin if there are no `others`.
///
/// # Errors
///
/// [`Refusal::LastPlatformAdmin`].
///
/// # Example
///
/// ```
/// assert!(apikey_domain::access::policy::last_admin::of_platform(0).is_err());
/// assert!(apikey_domain::access::policy::last_admin::of_platform(1).is_ok());
/// ```
pub fn of_platform(others: u64) -> Result<(), Refusal> {
    match others {
        0 => Err(Refusal::LastPlatformAdmin),
        _ => Ok(()),
    }
}

/// Refuses the removal of a member with this role if they are an admin and
/// there are no `others`.
///
/// # Errors
///
/// [`Refusal::LastOrganizationAdmin`].
///
/// # Example
///
/// ```
/// use apikey_domain::identity::organization::Role;
/// use apikey_domain::access::policy::last_admin::of_organization;
/// use apikey_domain::testing::fixture::principal_id;
///
/// assert!(of_organization(principal_id(40), Role::Admin, 0).is_err());
/// assert!(of_organization(principal_id(40), Role::User, 0).is_ok());
/// ```
pub fn of_organization(id: PrincipalId, role: Role, others: u64) -> Result<(), Refusal> {
    match (role, others) {
        (Role::Admin, 0) => Err(Refusal::LastOrganizationAdmin(id)),
        _ => Ok(()),
    }
}
