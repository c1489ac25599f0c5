//! What the cookie of a session holds, and what is stored of it.

use crate::{
    error::PortError,
    hex::{decode_hex, encode_hex},
    key::digest::Peppers,
    port::secret_source::SecretSource,
};
use zeroize::Zeroizing;

/// What the codes are of: see [`Pepper::code`](crate::key::digest::Pepper::code).
const SESSION: &[u8] = b"apikey session cookie\0";

/// What the cookie of a session holds: 32 random bytes. It is kept by the browser alone.
///
/// Has no `Clone`, `Display` or `Serialize`, prints as `SessionToken(redacted)` and is wiped
/// when dropped.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::session::SessionToken, testing::{FixedSecrets, fixture},
/// };
///
/// let token = SessionToken::generate(&FixedSecrets::default()).unwrap();
/// let same = SessionToken::parse(&token.to_text()).unwrap();
/// assert_eq!(same.digests(&fixture::peppers()), token.digests(&fixture::peppers()));
/// assert!(SessionToken::parse("of another form").is_none());
/// assert_eq!(format!("{token:?}"), "SessionToken(redacted)");
/// ```
pub struct SessionToken(Zeroizing<[u8; 32]>);

/// What is stored of the cookie of a session: a code of it under a pepper.
///
/// # Example
///
/// ```
/// use apikey_domain::identity::session::SessionDigest;
///
/// let digest = SessionDigest::stored(&[7; 32]).unwrap();
/// assert_eq!(digest.as_bytes(), &[7; 32]);
/// assert!(SessionDigest::stored(&[7; 31]).is_none());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionDigest([u8; 32]);

// === impl SessionToken ===

impl SessionToken {
    /// Returns a new one.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when the secret source fails.
    pub fn generate(secrets: &dyn SecretSource) -> Result<Self, PortError> {
        let mut bytes = Zeroizing::new([0; 32]);
        secrets.fill(&mut *bytes)?;
        Ok(Self(bytes))
    }

    /// Reads it from the text of a cookie: 64 hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        decode_hex(text).map(Zeroizing::new).map(Self)
    }

    /// Returns it as the text of a cookie.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(encode_hex(&*self.0))
    }

    /// Returns what it is known by: under the current pepper, which is stored, and then
    /// under each of the others.
    pub fn digests(&self, peppers: &Peppers) -> Vec<SessionDigest> {
        let code = |pepper: &crate::key::digest::Pepper| pepper.code(SESSION, &*self.0);
        peppers.all().map(code).map(SessionDigest).collect()
    }
}

impl std::fmt::Debug for SessionToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SessionToken(redacted)")
    }
}

// === impl SessionDigest ===

impl SessionDigest {
    /// Returns the digest with these bytes, which must be 32.
    pub fn stored(bytes: &[u8]) -> Option<Self> {
        Some(Self(bytes.try_into().ok()?))
    }

    /// Returns its bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for SessionDigest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SessionDigest(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::FixedSecrets;

    #[test]
    fn a_token_is_known_under_every_pepper_and_to_no_other_installation() {
        let token = SessionToken::generate(&FixedSecrets::default()).unwrap();
        let peppers = |hex: &str| Peppers::from_hex(hex).unwrap();
        let (old, new) = ("0b".repeat(32), "0c".repeat(32));
        let before = token.digests(&peppers(&old));
        let after = token.digests(&peppers(&format!("{new},{old}")));
        assert_eq!((before.len(), after.len()), (1, 2));
        assert!(after.contains(&before[0]));
        assert_ne!(after[0], before[0]);
        assert!(!token.digests(&peppers(&new)).contains(&before[0]));
    }

    #[test]
    fn a_text_of_another_length_or_alphabet_is_no_token() {
        for text in ["", "0", &"0".repeat(63), &"0".repeat(65), &"g".repeat(64)] {
            assert!(SessionToken::parse(text).is_none(), "{text}");
        }
        assert!(SessionToken::parse(&"é".repeat(32)).is_none());
    }
}
