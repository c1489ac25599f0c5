//! The operating system's random bytes.

use apikey_domain::port::{StoreError, secret_source::SecretSource};
use rand::{TryRng, rngs::SysRng};

/// Gives random bytes from the operating system.
pub struct SystemSecrets;

impl SecretSource for SystemSecrets {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), StoreError> {
        SysRng
            .try_fill_bytes(bytes)
            .map_err(|error| StoreError::Unavailable(Box::new(error)))
    }
}
