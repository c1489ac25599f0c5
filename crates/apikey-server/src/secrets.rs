//! Random bytes of the operating system.

use apikey_domain::{error::PortError, port::secret_source::SecretSource};
use rand::{TryRng, rngs::SysRng};

/// Returns random bytes of the operating system.
pub struct SystemSecrets;

impl SecretSource for SystemSecrets {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError> {
        SysRng
            .try_fill_bytes(bytes)
            .map_err(|error| PortError::Unavailable(Box::new(error)))
    }
}
