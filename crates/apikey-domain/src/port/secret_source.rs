//! Randomness.

use crate::error::PortError;

/// Provides unpredictable bytes.
///
/// # Example
///
/// ```
/// use apikey_domain::{port::secret_source::SecretSource, system::SystemSecrets};
///
/// let mut bytes = [0; 32];
/// SystemSecrets.fill(&mut bytes).unwrap();
/// assert_ne!(bytes, [0; 32]);
/// ```
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
