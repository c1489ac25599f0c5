//! What a key shows and changes of its own user.

use crate::{
    access::tenant::Caller,
    error::Forbidden,
    identifier::{PrincipalId, UserId},
};

/// Which organizations a caller sees as their own.
///
/// # Example
///
/// ```
/// use apikey_domain::access::{policy::OwnOrganizations, tenant::Credential};
/// use apikey_domain::testing::fixture;
///
/// let mut caller = fixture::caller(1, 11);
/// assert_eq!(OwnOrganizations::of(&caller), OwnOrganizations::OfMember(caller.user.id));
/// caller.credential = Credential::Key(fixture::caller_key(40, &["*"]));
/// let acme = fixture::principal_id(40);
/// assert_eq!(OwnOrganizations::of(&caller), OwnOrganizations::Only(acme));
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
    pub fn of(caller: &Caller) -> Self {
        match caller.key() {
            Some(key) if key.owner_principal_id != caller.user.principal_id => {
                Self::Only(key.owner_principal_id)
            }
            _ => Self::OfMember(caller.user.id),
        }
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
/// use apikey_domain::{access::tenant::Credential, identifier::UserId, testing::fixture};
///
/// let mut root = fixture::admin(9, 19);
/// assert!(require_not_own_password_by_key(&root, UserId(9)).is_ok());
/// root.credential = Credential::Key(fixture::caller_key(19, &["*"]));
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
