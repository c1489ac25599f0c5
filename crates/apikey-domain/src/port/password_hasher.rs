//! Password hashing.

use crate::{
    error::PortError,
    identity::password::{PasswordHash, PlainPassword},
};
use async_trait::async_trait;

/// Hashes passwords with a slow, salted algorithm.
///
/// MUST bound how many hashes run concurrently and MUST NOT block the caller's
/// event loop.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// Computes the hash to store.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] if no slot became free in time.
    async fn hash(&self, password: PlainPassword) -> Result<PasswordHash, PortError>;

    /// Returns whether `password` is the one that was hashed. Without a hash it
    /// MUST take as long as with one and return `false`, so that an unknown
    /// user is indistinguishable from a wrong password.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] if no slot became free in time;
    /// [`PortError::Corrupt`] if the hash cannot be parsed.
    async fn verify(
        &self,
        password: PlainPassword,
        hash: Option<PasswordHash>,
    ) -> Result<bool, PortError>;
}
