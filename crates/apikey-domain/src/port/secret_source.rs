//! Randomness.

use crate::error::PortError;

/// Gives bytes nobody can predict.
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait SecretSource: Send + Sync {
    /// Fills `bytes` from the operating system's generator or one as good.
    ///
    /// # Errors
    ///
    /// MUST return [`PortError::Unavailable`] rather than weak bytes.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError>;
}
