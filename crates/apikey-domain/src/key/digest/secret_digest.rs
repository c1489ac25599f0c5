//! The digest of one key, and the name of the pepper it was made under.

use crate::hex::{read_hex, write_hex};

const ALGORITHM: &str = "hmac-sha256";

/// The digest of one key, as stored.
///
/// It shows nothing when printed: with the pepper it would allow guessing.
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
    /// Reads the stored form; `None` when it is none of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('$');
        let (algorithm, pepper_id, hex) = (parts.next()?, parts.next()?, parts.next()?);
        if algorithm != ALGORITHM || parts.next().is_some() {
            return None;
        }
        Some(Self {
            pepper_id: PepperId(read_hex(pepper_id)?),
            bytes: read_hex(hex)?,
        })
    }

    /// The stored form.
    pub fn to_text(&self) -> String {
        let (pepper_id, hex) = (self.pepper_id.to_text(), write_hex(&self.bytes));
        format!("{ALGORITHM}${pepper_id}${hex}")
    }

    /// The pepper under which it was made.
    pub fn pepper_id(&self) -> PepperId {
        self.pepper_id
    }
}

impl std::fmt::Debug for SecretDigest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SecretDigest(redacted)")
    }
}

/// Names a pepper without telling anything about it: the first four bytes of
/// a digest over it.
///
/// # Example
///
/// ```
/// use apikey_domain::key::digest::Peppers;
///
/// let peppers = Peppers::from_hex(&"ab".repeat(32)).unwrap();
/// assert_eq!(peppers.current_id().to_text().len(), 8);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PepperId(pub(super) [u8; 4]);

impl PepperId {
    /// Eight lower-case hex digits.
    pub fn to_text(self) -> String {
        write_hex(&self.0)
    }
}
