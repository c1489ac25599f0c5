//! The digest of one key, and the id of the pepper it was computed with.

use crate::hex::{decode_hex, encode_hex};

/// What the stored form begins with.
pub(super) const ALGORITHM: &str = "hmac-sha256";

/// The digest of one key that this service computed, as stored.
///
/// It is redacted when printed: with the pepper, it would allow guessing.
///
/// # Example
///
/// ```
/// use apikey_domain::key::digest::SecretDigest;
///
/// assert!(SecretDigest::parse(&format!("hmac-sha256$0a1b2c3d${}", "00".repeat(32))).is_some());
/// assert!(SecretDigest::parse("md5$x$y").is_none());
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SecretDigest {
    pub(super) pepper_id: PepperId,
    pub(super) bytes: [u8; 32],
}

impl SecretDigest {
    /// Parses the stored form; returns `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('$');
        let (algorithm, pepper_id, hex) = (parts.next()?, parts.next()?, parts.next()?);
        if algorithm != ALGORITHM || parts.next().is_some() {
            return None;
        }
        Some(Self {
            pepper_id: PepperId(decode_hex(pepper_id)?),
            bytes: decode_hex(hex)?,
        })
    }

    /// Returns the stored form.
    pub fn to_text(&self) -> String {
        let (pepper_id, hex) = (self.pepper_id.to_text(), encode_hex(&self.bytes));
        format!("{ALGORITHM}${pepper_id}${hex}")
    }

    /// Returns the id of the pepper it was computed with.
    pub fn pepper_id(&self) -> PepperId {
        self.pepper_id
    }
}

impl std::fmt::Debug for SecretDigest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SecretDigest(redacted)")
    }
}

/// Identifies a pepper without revealing anything about it: the first four
/// bytes of a digest over it.
///
/// # Example
///
/// ```
/// use apikey_domain::key::digest::{PepperId, SecretDigest};
///
/// let text = format!("hmac-sha256$0a1b2c3d${}", "00".repeat(32));
/// let digest = SecretDigest::parse(&text).unwrap();
/// assert_eq!(digest.pepper_id().to_text(), "0a1b2c3d");
/// assert_eq!(PepperId::parse("0a1b2c3d"), Some(digest.pepper_id()));
/// assert_eq!(PepperId::parse("0A1B2C3D"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PepperId(pub(super) [u8; 4]);

impl PepperId {
    /// Parses eight lowercase hex digits; returns `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let id = Self(decode_hex(text)?);
        (id.to_text() == text).then_some(id)
    }

    /// Returns the id as eight lowercase hex digits.
    pub fn to_text(self) -> String {
        encode_hex(&self.0)
    }
}
