//! What a caller lacks.

use crate::{gpustack::Scope, identifier::PrincipalId};

/// What the caller lacks.
///
/// # Example
///
/// ```
/// use apikey_domain::error::Forbidden;
/// use apikey_domain::identifier::PrincipalId;
///
/// let error = Forbidden::NotAMember(PrincipalId(7));
/// assert_eq!(error.to_string(), "not a member of organization 7");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// The key does not grant `management`.
    #[error("the key does not grant management")]
    ManagementScope,
    /// The key does not grant `inference`.
    #[error("the key does not grant inference")]
    InferenceScope,
    /// The caller is not a member of the organization they want to act for.
    #[error("not a member of organization {0}")]
    NotAMember(PrincipalId),
    /// Only platform admins may do this.
    #[error("only a platform admin may do this")]
    PlatformAdminsOnly,
    /// Only admins of that organization may do this.
    #[error("only an admin of organization {0} may do this")]
    OrganizationAdminsOnly(PrincipalId),
    /// A key acts for its owner principal only.
    #[error("the key acts for another principal")]
    KeyOfAnotherPrincipal,
    /// A key alone does not change the password of its own user.
    #[error("a key may not set the password of its own user")]
    OwnPasswordByKey,
    /// The caller must give themselves another password first.
    #[error("the password must be changed first")]
    PasswordChangeRequired,
    /// Whoever manages the keys of others cannot let them do more.
    #[error("only its own user may let a key do more")]
    WidensKeyOfAnother,
    /// A key rotates itself only if somebody else has allowed it.
    #[error("the key may not rotate itself")]
    SelfRotation,
    /// What a caller who came with a key makes or changes would be more than that key.
    #[error("{0} than the key that the caller came with")]
    ExceedsOwnKey(Excess),
}

/// In what respect a key would be more than another.
///
/// # Example
///
/// ```
/// use apikey_domain::error::{Excess, Forbidden};
///
/// let error = Forbidden::ExceedsOwnKey(Excess::Expiry);
/// assert_eq!(error.to_string(), "it would live longer than the key that the caller came with");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Excess {
    /// It would have a scope that the other does not grant.
    #[error("it would grant more")]
    Scope,
    /// It would allow a model that the other does not.
    #[error("it would allow more models")]
    Models,
    /// It would expire later.
    #[error("it would live longer")]
    Expiry,
}

impl Forbidden {
    /// Returns the error for a key that does not grant `scope`.
    pub fn lacking(scope: Scope) -> Self {
        match scope {
            Scope::Inference => Self::InferenceScope,
            Scope::All | Scope::Management => Self::ManagementScope,
        }
    }
}
