//! The operating system's random bytes.

use apikey_domain::{error::PortError, port::secret_source::SecretSource};
use rand::{TryRng, rngs::SysRng};

/// Gives random bytes from the operating system.
pub struct SystemSecrets;

impl SecretSource for SystemSecrets {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError> {
        SysRng
            .try_fill_bytes(bytes)
            .map_err(|error| PortError::Unavailable(Box::new(error)))
    }
}
