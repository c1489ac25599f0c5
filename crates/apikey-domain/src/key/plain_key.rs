//! A whole key, between its making and the answer that shows it.

use crate::{
    error::Error,
    hex::write_hex,
    invalid::Invalid,
    key::token::{KeyPrefix, PresentedKey, is_well_formed},
    port::secret_source::SecretSource,
};
use zeroize::Zeroizing;

/// A whole key in the clear.
///
/// Has no `Clone`, `Display` or `Serialize`, prints as `PlainKey(redacted)`
/// and is wiped when dropped. [`PlainKey::expose`] is the only way to its
/// text; its only callers make the digest and write the one answer.
///
/// # Example
///
/// ```
/// use apikey_domain::key::plain_key::{CustomKey, PlainKey};
///
/// let prefix = Default::default();
/// let key = PlainKey::parse(CustomKey::new("sk-0123456789abcdef"), &prefix).unwrap();
/// assert_eq!(format!("{key:?}"), "PlainKey(redacted)");
/// assert!(PlainKey::parse(CustomKey::new("short"), &prefix).is_err());
/// ```
pub struct PlainKey(Zeroizing<String>);

impl PlainKey {
    /// Makes a new key: 8 random bytes of access key, 16 of secret, as
    /// lower-case hex.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when the secret source fails.
    pub fn generate(prefix: &KeyPrefix, secrets: &dyn SecretSource) -> Result<Self, Error> {
        let mut access_key = [0; 8];
        let mut secret = Zeroizing::new([0; 16]);
        secrets.fill(&mut access_key)?;
        secrets.fill(&mut *secret)?;
        let secret = Zeroizing::new(write_hex(&*secret));
        let mut text = Zeroizing::new(String::with_capacity(96));
        for part in [prefix.as_str(), "_", &write_hex(&access_key), "_", &secret] {
            text.push_str(part);
        }
        Ok(Self(text))
    }

    /// Takes a key its user brings: 16 to 512 printable ASCII characters
    /// without spaces; in the standard form, neither part empty.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `custom` when a rule is broken.
    pub fn parse(brought: CustomKey, prefix: &KeyPrefix) -> Result<Self, Invalid> {
        let key = Self(brought.0);
        if !is_well_formed(&key.0) {
            return Err(Invalid::new(
                "custom",
                "must have 16 to 512 printable ASCII characters without spaces",
            ));
        }
        let parts = key.presented(prefix);
        if parts.access_key().is_empty() || parts.secret().is_empty() {
            return Err(Invalid::new(
                "custom",
                "must have text on both sides of its second underscore",
            ));
        }
        Ok(key)
    }

    /// The key taken apart.
    pub fn presented(&self, prefix: &KeyPrefix) -> PresentedKey<'_> {
        PresentedKey::parse(prefix, &self.0)
    }

    /// The key in the clear, for the one answer that shows it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// A key someone wants to bring, not yet checked. Like a [`PlainKey`] it shows
/// nothing and is wiped when dropped.
///
/// # Example
///
/// ```
/// use apikey_domain::key::plain_key::CustomKey;
///
/// let brought = CustomKey::new("sk-0123456789abcdef");
/// assert_eq!(format!("{brought:?}"), "CustomKey(redacted)");
/// ```
pub struct CustomKey(Zeroizing<String>);

impl CustomKey {
    /// Takes any text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }
}

impl std::fmt::Debug for CustomKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("CustomKey(redacted)")
    }
}

impl std::fmt::Debug for PlainKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PlainKey(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brought_key_keeps_the_rules() {
        let prefix = KeyPrefix::default();
        let bring = |text: &str| PlainKey::parse(CustomKey::new(text), &prefix).is_ok();
        assert!(bring("gpustack_0123_0123456789"));
        assert!(bring(&"x".repeat(512)));
        for text in [
            "",
            "fifteen-letters",
            "with a space in it",
            "gpustack__0123456789abcdef",
            "gpustack_0123456789abcdef_",
            "schlüssel-0123456789",
            &"x".repeat(513),
        ] {
            assert!(!bring(text), "{text:?}");
        }
    }
}
