//! Randomness.

use crate::error::PortError;

/// Provides unpredictable bytes.
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait SecretSource: Send + Sync {
    /// Fills `bytes` from the operating system's generator or an equally strong
    /// one.
    ///
    /// # Errors
    ///
    /// MUST return [`PortError::Unavailable`] rather than weak bytes.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError>;
}
