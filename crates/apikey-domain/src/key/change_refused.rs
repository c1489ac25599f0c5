//! Why a key is not changed.

use crate::{
    error::{Error, Forbidden, Missing, PortError, Refusal},
    invalid::Invalid,
};

/// Why a key stays as it is.
///
/// # Example
///
/// ```
/// use apikey_domain::error::{Error, Refusal};
/// use apikey_domain::key::change_refused::ChangeRefused;
///
/// let refused = Error::from(ChangeRefused::Revoked);
/// assert!(matches!(refused, Error::Conflict(Refusal::KeyRevoked)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeRefused {
    /// The caller may not do this to it.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// It was revoked, and nothing revives it.
    #[error("the key is revoked")]
    Revoked,
    /// Its active credential is not ended but by another that takes its place.
    #[error("the active credential cannot be ended")]
    ActiveCredential,
    /// It has no credential of this number.
    #[error("credential not found")]
    NoSuchCredential,
    /// It is not as the caller expects.
    #[error("the key is not as expected")]
    NotAsExpected,
    /// A value would break a rule.
    #[error(transparent)]
    Invalid(#[from] Invalid),
}

impl From<ChangeRefused> for PortError {
    fn from(refused: ChangeRefused) -> Self {
        match refused {
            ChangeRefused::Forbidden(forbidden) => Self::Denied(forbidden.into()),
            ChangeRefused::Revoked => Self::Refused(Refusal::KeyRevoked),
            ChangeRefused::ActiveCredential => Self::Refused(Refusal::ActiveCredential),
            ChangeRefused::NoSuchCredential => Self::Denied(Missing::Credential.into()),
            ChangeRefused::NotAsExpected => Self::NotAsExpected,
            ChangeRefused::Invalid(invalid) => Self::Invalid(invalid),
        }
    }
}

impl From<ChangeRefused> for Error {
    fn from(refused: ChangeRefused) -> Self {
        PortError::from(refused).into()
    }
}
