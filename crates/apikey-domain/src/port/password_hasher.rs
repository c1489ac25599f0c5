//! Password hashing.

use super::StoreError;
use crate::password::{PasswordHash, PlainPassword};
use async_trait::async_trait;

/// Hashes passwords slowly and with salt.
///
/// MUST bound how many hashes run at once and MUST NOT block the caller's
/// event loop.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// Makes the hash to store.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when no place to hash came free in time.
    async fn hash(&self, password: PlainPassword) -> Result<PasswordHash, StoreError>;

    /// Whether `password` is the one that was hashed. Without a hash it MUST
    /// take as long as with one and answer `false`, so that nobody can tell
    /// an unknown user from a wrong password.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when no place to hash came free in time;
    /// [`StoreError::Corrupt`] when the hash cannot be read.
    async fn verify(
        &self,
        password: PlainPassword,
        hash: Option<PasswordHash>,
    ) -> Result<bool, StoreError>;
}
