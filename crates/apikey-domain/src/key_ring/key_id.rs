//! Ids of the keys of a ring.

use crate::{
    error::PortError,
    hex::{decode_hex, encode_hex},
    invalid::Invalid,
    port::secret_source::SecretSource,
};
use std::fmt;

/// Identifies a key of a ring: 16 random bytes, written as 32 hex digits. It is no
/// secret, and tells nothing about the key.
///
/// # Example
///
/// ```
/// use apikey_domain::key_ring::KeyId;
///
/// let id = KeyId::parse("6fa459eaee8a3ca4894edb77e160355e").unwrap();
/// assert_eq!(id.to_string(), "6fa459eaee8a3ca4894edb77e160355e");
/// assert_eq!(KeyId::from_bytes(*id.as_bytes()), id);
/// assert!(KeyId::parse("7").is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId([u8; 16]);

impl KeyId {
    /// Parses 32 hex digits.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `id` if `text` is anything else.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let bytes = decode_hex(text).ok_or_else(|| Invalid::new("id", "must be 32 hex digits"))?;
        Ok(Self(bytes))
    }

    /// Returns the id with these bytes, as they were stored.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns its bytes, for a store that keeps them.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    pub(super) fn generate(secrets: &dyn SecretSource) -> Result<Self, PortError> {
        let mut bytes = [0; 16];
        secrets.fill(&mut bytes)?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&encode_hex(&self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeyId({self})")
    }
}
