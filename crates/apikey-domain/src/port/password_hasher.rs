//! Password hashing.

use crate::{
    error::PortError,
    identity::password::{PasswordHash, PlainPassword},
};
use async_trait::async_trait;

/// Hashes passwords slowly and with salt.
///
/// MUST bound how many hashes run at once and MUST NOT block the caller's
/// event loop.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// Makes the hash to store.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when no place to hash came free in time.
    async fn hash(&self, password: PlainPassword) -> Result<PasswordHash, PortError>;

    /// Whether `password` is the one that was hashed. Without a hash it MUST
    /// take as long as with one and answer `false`, so that nobody can tell
    /// an unknown user from a wrong password.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when no place to hash came free in time;
    /// [`PortError::Corrupt`] when the hash cannot be read.
    async fn verify(
        &self,
        password: PlainPassword,
        hash: Option<PasswordHash>,
    ) -> Result<bool, PortError>;
}
