//! Randomness.

use super::StoreError;

/// Gives bytes nobody can predict.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait SecretSource: Send + Sync {
    /// Fills `bytes` from the operating system's generator or one as good.
    ///
    /// # Errors
    ///
    /// MUST return [`StoreError::Unavailable`] rather than weak bytes.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), StoreError>;
}
