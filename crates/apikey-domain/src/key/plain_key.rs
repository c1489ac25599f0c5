//! A key in the clear, from its creation to the response that shows it.

use crate::{
    error::Error,
    hex::encode_hex,
    invalid::Invalid,
    key::{
        hint::Hint,
        mask::Origin,
        token::{AccessKey, KeyPrefix, PresentedKey, is_well_formed},
    },
    port::secret_source::SecretSource,
};
use zeroize::Zeroizing;

/// A complete key in the clear.
///
/// Has no `Clone`, `Display` or `Serialize`, prints as `PlainKey(redacted)`
/// and is wiped when dropped. Only [`PlainKey::expose`] returns its text; its
/// callers compute the digest and write the response that shows the key.
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
    /// Generates a key: 8 random bytes of access key and 16 of secret, as
    /// lowercase hex.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when the secret source fails.
    pub fn generate(prefix: &KeyPrefix, secrets: &dyn SecretSource) -> Result<Self, Error> {
        let mut access_key = [0; 8];
        let mut secret = Zeroizing::new([0; 16]);
        secrets.fill(&mut access_key)?;
        secrets.fill(&mut *secret)?;
        let secret = Zeroizing::new(encode_hex(&*secret));
        let mut text = Zeroizing::new(String::with_capacity(96));
        for part in [prefix.as_str(), "_", &encode_hex(&access_key), "_", &secret] {
            text.push_str(part);
        }
        Ok(Self(text))
    }

    /// Parses a custom key: 16 to 512 printable ASCII characters without spaces;
    /// in the standard form, the access key is letters and digits and the secret is
    /// not empty.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `custom` when a rule is broken.
    pub fn parse(custom: CustomKey, prefix: &KeyPrefix) -> Result<Self, Invalid> {
        let key = Self(custom.0);
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
        if !parts.has_plain_access_key() {
            return Err(Invalid::new(
                "custom",
                "must have only letters and digits between its first two underscores",
            ));
        }
        Ok(key)
    }

    /// Returns the key that was sealed with this text.
    #[cfg(feature = "server")]
    pub(crate) fn unsealed(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// Splits the key into its parts.
    pub fn presented(&self, prefix: &KeyPrefix) -> PresentedKey<'_> {
        PresentedKey::parse(prefix, &self.0)
    }

    /// Returns the key in the clear, for the one response that shows it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// A secret to be stored: generated, or supplied by the caller.
pub(crate) struct NewSecret {
    pub(crate) value: PlainKey,
    pub(crate) origin: Origin,
}

impl NewSecret {
    /// Parses the custom key, or generates one without it.
    ///
    /// # Errors
    ///
    /// Those of [`PlainKey::parse`] and [`PlainKey::generate`].
    pub(crate) fn new(
        custom: Option<CustomKey>,
        prefix: &KeyPrefix,
        secrets: &dyn SecretSource,
    ) -> Result<Self, Error> {
        Ok(match custom {
            Some(custom) => Self {
                value: PlainKey::parse(custom, prefix)?,
                origin: Origin::Custom,
            },
            None => Self {
                value: PlainKey::generate(prefix, secrets)?,
                origin: Origin::Generated,
            },
        })
    }

    /// Returns its public half.
    pub(crate) fn access_key(&self, prefix: &KeyPrefix) -> AccessKey {
        AccessKey::new(self.value.presented(prefix).access_key())
    }

    /// Returns the end of a generated secret.
    pub(crate) fn hint(&self, prefix: &KeyPrefix) -> Option<Hint> {
        let is_generated = self.origin == Origin::Generated;
        is_generated.then(|| Hint::of(&self.value.presented(prefix)))
    }
}

/// A key supplied by the caller, not yet validated. Like a [`PlainKey`], it is
/// redacted when printed and wiped when dropped.
///
/// # Example
///
/// ```
/// use apikey_domain::key::plain_key::CustomKey;
///
/// let custom = CustomKey::new("sk-0123456789abcdef");
/// assert_eq!(format!("{custom:?}"), "CustomKey(redacted)");
/// ```
pub struct CustomKey(Zeroizing<String>);

impl CustomKey {
    /// Wraps any text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Returns the text, to compare requests by it.
    #[cfg(feature = "server")]
    pub(crate) fn expose(&self) -> &str {
        &self.0
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
    fn a_custom_key_must_follow_the_rules() {
        let prefix = KeyPrefix::default();
        let is_valid = |text: &str| PlainKey::parse(CustomKey::new(text), &prefix).is_ok();
        assert!(is_valid("gpustack_0123_0123456789"));
        assert!(is_valid("gpustack_aZ09_.,;-01234_56789"));
        assert!(is_valid("gpustack-x.y,z_a,b_0123456789"));
        assert!(is_valid(&"x".repeat(512)));
        for text in [
            "",
            "fifteen-letters",
            "with a space in it",
            "gpustack__0123456789abcdef",
            "gpustack_0123456789abcdef_",
            "schlüssel-0123456789",
            "gpustack_x.gpustack-1,y_0123456789",
            "gpustack_a-b_0123456789",
            "gpustack_a,b_0123456789",
            "gpustack_a;b_0123456789",
            "gpustack_%2C_0123456789",
            &"x".repeat(513),
        ] {
            assert!(!is_valid(text), "{text:?}");
        }
    }
}
