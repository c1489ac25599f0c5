//! What a key shows and changes of its own user.

use super::administration::require_personal;
use crate::{
    access::tenant::Caller,
    error::Forbidden,
    gpustack::Scope,
    identifier::{PrincipalId, UserId},
};

/// Which organizations a caller sees as their own.
///
/// # Example
///
/// ```
/// use apikey_domain::access::policy::OwnOrganizations;
/// use apikey_domain::testing::fixture;
///
/// let (alice, acme) = (fixture::caller(1, 11), fixture::principal_id(40));
/// let all = OwnOrganizations::OfMember(alice.user().id);
/// assert_eq!(OwnOrganizations::of(&alice), Ok(all));
/// let with_key = fixture::with_key(alice, fixture::caller_key(40, &["*"]));
/// assert_eq!(OwnOrganizations::of(&with_key), Ok(OwnOrganizations::Only(acme)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnOrganizations {
    /// Those this user belongs to.
    OfMember(UserId),
    /// Only the one that the key acts for, as long as it may.
    Only(PrincipalId),
}

impl OwnOrganizations {
    /// Returns the organizations of the caller. A key of another principal shows
    /// that principal alone, never what else its user belongs to.
    ///
    /// # Errors
    ///
    /// [`Forbidden::ManagementScope`] for a caller whose key does not grant it.
    pub fn of(caller: &Caller) -> Result<Self, Forbidden> {
        caller.require_scope(Scope::Management)?;
        Ok(match caller.key() {
            Some(key) if key.owner_principal_id != caller.user.principal_id => {
                Self::Only(key.owner_principal_id)
            }
            _ => Self::OfMember(caller.user.id),
        })
    }
}

/// Checks that a caller may change their own account: with a key, it must be one that their
/// own principal owns. Who must change their password first may do so.
///
/// # Errors
///
/// [`Forbidden::ManagementScope`] or [`Forbidden::KeyOfAnotherPrincipal`].
///
/// # Example
///
/// ```
/// use apikey_domain::access::policy::require_own_account;
/// use apikey_domain::testing::fixture;
///
/// let alice = fixture::caller(1, 11);
/// assert!(require_own_account(&alice).is_ok());
/// let with_key = fixture::with_key(alice, fixture::caller_key(40, &["*"]));
/// assert!(require_own_account(&with_key).is_err());
/// ```
pub fn require_own_account(caller: &Caller) -> Result<(), Forbidden> {
    match caller.key() {
        Some(_) => require_personal(caller),
        None => Ok(()),
    }
}

/// Checks that a caller who sets the password of the user `id` without giving the
/// current one does not do so for themselves with a key: a key alone never changes
/// the password of the user it belongs to. A caller who signed in with their
/// password has just proven it.
///
/// # Errors
///
/// [`Forbidden::OwnPasswordByKey`].
///
/// # Example
///
/// ```
/// use apikey_domain::access::policy::require_not_own_password_by_key;
/// use apikey_domain::{identifier::UserId, testing::fixture};
///
/// let root = fixture::admin(9, 19);
/// assert!(require_not_own_password_by_key(&root, UserId(9)).is_ok());
/// let root = fixture::with_key(root, fixture::caller_key(19, &["*"]));
/// assert!(require_not_own_password_by_key(&root, UserId(9)).is_err());
/// assert!(require_not_own_password_by_key(&root, UserId(1)).is_ok());
/// ```
pub fn require_not_own_password_by_key(caller: &Caller, id: UserId) -> Result<(), Forbidden> {
    if caller.key().is_some() && id == caller.user.id {
        Err(Forbidden::OwnPasswordByKey)
    } else {
        Ok(())
    }
}
