//! Password hashing.

use crate::{
    error::PortError,
    identity::{
        password::{PasswordHash, PlainPassword, PreparedPassword},
        sign_in::Party,
    },
};
use async_trait::async_trait;

/// Hashes passwords with a slow, salted algorithm.
///
/// MUST bound how many hashes run concurrently, how many wait and for how long, and
/// MUST NOT block the caller's event loop. Of those that wait, known parties MUST go
/// before strangers, but MUST NOT keep strangers waiting forever; within each of the
/// two, parties MUST take turns, however many of a party wait. If too many wait, the
/// party with the most of them MUST give way.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::{password::PlainPassword, sign_in::Party},
///     port::password_hasher::PasswordHasher, testing::QuickHasher,
/// };
///
/// # futures_executor::block_on(async {
/// let (hasher, password) = (QuickHasher::default(), PlainPassword::new("Passw0rd_1"));
/// let hash = hasher.hash(password.prepare_new().unwrap(), Party::SERVICE).await.unwrap();
/// assert!(hasher.verify(password, Some(hash), Party::SERVICE).await.unwrap());
/// let guess = PlainPassword::new("a guess");
/// assert!(!hasher.verify(guess, None, Party::SERVICE).await.unwrap());
/// # });
/// ```
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// Computes the hash to store, for `party`.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] if too many wait, or no slot became free in time.
    async fn hash(
        &self,
        password: PreparedPassword,
        party: Party,
    ) -> Result<PasswordHash, PortError>;

    /// Returns whether `password`, exactly as it is, is the one that was hashed.
    /// Without a hash it MUST take as long as with one and return `false`, so that an
    /// unknown user is indistinguishable from a wrong password.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] if too many wait, or no slot became free in time, and
    /// then MUST NOT have looked at the password; [`PortError::Corrupt`] if the hash
    /// cannot be parsed.
    async fn verify(
        &self,
        password: PlainPassword,
        hash: Option<PasswordHash>,
        party: Party,
    ) -> Result<bool, PortError>;
}
