//! The first use of a credential that takes the place of another.

use crate::{
    access::{authority::Authority, policy::KeyReach},
    error::{Error, PortError},
    identifier::ApiKeyId,
    key::{changes::ApiKeyChanges, credential::CredentialNumber, rotation::Step},
    use_case::ports::VerifyPorts,
};

/// Makes a pending credential the active one, because it is used. When this returns, the
/// one before it is refused everywhere, if there is no grace period.
///
/// # Errors
///
/// [`Error::Unavailable`] if that cannot be stored; [`Error::Unauthenticated`] if the
/// credential has ended meanwhile.
pub(super) async fn activate(
    ports: &VerifyPorts,
    id: ApiKeyId,
    number: CredentialNumber,
) -> Result<(), Error> {
    let Some(api_keys) = &ports.first_uses else {
        let cause = "these ports cannot store the first use of a credential";
        return Err(Error::Unavailable(cause.into()));
    };
    let by = Authority::service(ports.clock.now());
    let changes = ApiKeyChanges {
        step: Some(Step::Activate(number)),
        ..ApiKeyChanges::default()
    };
    match api_keys.update(by, id, KeyReach::ALL, changes).await {
        Ok(_) => Ok(()),
        // It was forgotten, or the key was revoked.
        Err(PortError::Denied(_) | PortError::Refused(_)) => Err(Error::Unauthenticated),
        Err(error) => Err(error.into()),
    }
}
