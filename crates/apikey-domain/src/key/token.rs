//! The grammar of keys: `{prefix}_{access key}_{secret}`, or anything else.
//!
//! Specified under "The key" in `docs/api.md`. A key is split at its first two
//! underscores, so a secret may contain more of them. Any text that does not
//! start with the prefix or has fewer parts is a custom key: its access key is
//! the hex form of the 16-byte BLAKE2b digest of the whole key, and its secret
//! is the whole key.

use crate::{gpustack::KEY_PREFIX, invalid::Invalid};
use blake2::{Blake2b, Digest, digest::consts::U16};
use std::borrow::Cow;

/// The first part of every generated key: 1 to 32 ASCII letters and digits.
///
/// # Example
///
/// ```
/// use apikey_domain::key::token::KeyPrefix;
///
/// assert_eq!(KeyPrefix::default().as_str(), "gpustack");
/// assert!(KeyPrefix::parse("my_team").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPrefix(String);

impl KeyPrefix {
    /// Parses a prefix.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `key_prefix` if it contains anything but ASCII letters
    /// and digits, is empty or is longer than 32 characters.
    pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        let fits = (1..=32).contains(&text.len());
        if !fits || !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(Invalid::new(
                "key_prefix",
                "must be 1 to 32 letters and digits, without underscore",
            ));
        }
        Ok(Self(text))
    }

    /// Returns the prefix as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether `text` is written as a key with this prefix, and so is no
    /// custom key.
    ///
    /// # Example
    ///
    /// ```
    /// use apikey_domain::key::token::KeyPrefix;
    ///
    /// let prefix = KeyPrefix::default();
    /// assert!(prefix.begins("gpustack_aaaa_b_c"));
    /// assert!(!prefix.begins("gpustack_aaaa"));
    /// assert!(!prefix.begins("sk-1"));
    /// ```
    pub fn begins(&self, text: &str) -> bool {
        self.behind(text).is_some_and(|rest| rest.contains('_'))
    }

    /// Returns what stands behind the prefix, which has no underscore, and the first
    /// underscore.
    fn behind<'a>(&self, text: &'a str) -> Option<&'a str> {
        text.strip_prefix(self.as_str())?.strip_prefix('_')
    }
}

/// GPUStack's prefix.
impl Default for KeyPrefix {
    fn default() -> Self {
        Self(KEY_PREFIX.to_owned())
    }
}

/// Returns whether `text` could be a key: 16 to 512 printable ASCII characters
/// without spaces.
///
/// # Example
///
/// ```
/// use apikey_domain::key::token::is_well_formed;
///
/// assert!(is_well_formed("gpustack_0123456789abcdef_0123456789abcdef0123456789abcdef"));
/// assert!(!is_well_formed("Bearer of bad news"));
/// ```
pub fn is_well_formed(text: &str) -> bool {
    let lengths = PresentedKey::SHORTEST..=PresentedKey::LONGEST;
    // Without an end at the first wrong byte, many bytes are looked at in one step.
    let is_graphic = |so_far: bool, byte: u8| so_far & byte.is_ascii_graphic();
    lengths.contains(&text.len()) && text.bytes().fold(true, is_graphic)
}

/// The public half of a key, by which it is looked up.
///
/// # Example
///
/// ```
/// use apikey_domain::key::token::AccessKey;
///
/// assert_eq!(AccessKey::new("0123456789abcdef").as_str(), "0123456789abcdef");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccessKey(String);

impl AccessKey {
    /// Wraps `text` as an access key. Any text is one.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the access key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A presented key, split into its parts without copying.
///
/// # Example
///
/// ```
/// use apikey_domain::key::token::{KeyPrefix, PresentedKey};
///
/// let prefix = KeyPrefix::default();
/// let standard = PresentedKey::parse(&prefix, "gpustack_aaaa_b_c");
/// assert_eq!(standard.access_key(), "aaaa");
/// assert_eq!(standard.secret(), "b_c");
///
/// let custom = PresentedKey::parse(&prefix, "sk-1");
/// assert_eq!(custom.access_key().len(), 32);
/// assert_eq!(custom.secret(), "sk-1");
/// ```
pub struct PresentedKey<'a> {
    access_key: AccessKeyText<'a>,
    secret: &'a str,
    whole: &'a str,
}

enum AccessKeyText<'a> {
    Written(&'a str),
    Digested([u8; 32]),
}

// === impl PresentedKey ===

impl<'a> PresentedKey<'a> {
    /// The minimum length of a key in characters.
    pub const SHORTEST: usize = 16;
    /// The maximum length of a key in characters.
    pub const LONGEST: usize = 512;

    /// Splits a key. Every text is a key in one of the two forms.
    pub fn parse(prefix: &KeyPrefix, text: &'a str) -> Self {
        match prefix.behind(text).and_then(|rest| rest.split_once('_')) {
            Some((access_key, secret)) => Self {
                access_key: AccessKeyText::Written(access_key),
                secret,
                whole: text,
            },
            None => Self {
                access_key: AccessKeyText::Digested(hex_digest(text)),
                secret: text,
                whole: text,
            },
        }
    }

    /// Returns the public half.
    pub fn access_key(&self) -> &str {
        match &self.access_key {
            AccessKeyText::Written(text) => text,
            // The digest is hex, so it is always valid UTF-8.
            AccessKeyText::Digested(hex) => std::str::from_utf8(hex).unwrap_or_default(),
        }
    }

    /// Returns whether the public half is one that a new key may have: ASCII letters
    /// and digits, at least one.
    pub fn has_plain_access_key(&self) -> bool {
        is_plain(self.access_key())
    }

    /// Returns the public half in letters and digits only, so that nothing can take
    /// a part of it for the whole, wherever it is written. One that has other
    /// characters, which no new key has, is replaced by its digest: 32 hex digits.
    pub fn plain_access_key(&self) -> Cow<'_, str> {
        let access_key = self.access_key();
        if is_plain(access_key) {
            Cow::Borrowed(access_key)
        } else {
            let digest = hex_digest(access_key);
            Cow::Owned(String::from_utf8_lossy(&digest).into_owned())
        }
    }

    /// Returns the secret half. That of a custom key is the whole key.
    pub fn secret(&self) -> &'a str {
        self.secret
    }

    /// Returns the text that was split.
    pub fn whole(&self) -> &'a str {
        self.whole
    }
}

/// Redacts the key.
impl std::fmt::Debug for PresentedKey<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PresentedKey(redacted)")
    }
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn hex_digest(text: &str) -> [u8; 32] {
    let digest = Blake2b::<U16>::digest(text.as_bytes());
    let mut hex = [0; 32];
    for (pair, byte) in hex.chunks_exact_mut(2).zip(digest) {
        pair.copy_from_slice(&crate::hex::hex_byte(byte));
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> (String, String) {
        let prefix = KeyPrefix::default();
        let key = PresentedKey::parse(&prefix, text);
        (key.access_key().to_owned(), key.secret().to_owned())
    }

    #[test]
    fn a_custom_key_is_looked_up_by_its_blake2b_digest() {
        // Reference value: Python's hashlib.blake2b(b"sk-1", digest_size=16).
        assert_eq!(parse("sk-1").0, "bd5d56c32879147c790988e40ebd3bdf");
    }

    #[test]
    fn a_name_has_letters_and_digits_only() {
        let prefix = KeyPrefix::default();
        let name = |text: &str| {
            PresentedKey::parse(&prefix, text)
                .plain_access_key()
                .into_owned()
        };
        assert_eq!(name("gpustack_0aZ9_x"), "0aZ9");
        assert_eq!(name("sk-1"), "bd5d56c32879147c790988e40ebd3bdf");
        // The digest of the access key, of which the secret is no part.
        let split = name("gpustack_x.gpustack-1,y_secret");
        assert_eq!(split, name("gpustack_x.gpustack-1,y_other"));
        assert_eq!(split, parse("x.gpustack-1,y").0);
        assert_ne!(split, name("gpustack_x.gpustack-1;y_secret"));
        for text in [
            "gpustack_a-b_x",
            "gpustack_ü_x",
            "gpustack__x",
            "gpustack_a b_x",
        ] {
            let name = name(text);
            assert!(name.bytes().all(|byte| byte.is_ascii_hexdigit()), "{text}");
            assert_eq!(name.len(), 32, "{text}");
        }
    }

    #[test]
    fn parts_may_be_empty() {
        assert_eq!(parse("gpustack__"), (String::new(), String::new()));
        assert_eq!(parse("gpustack_"), parse("gpustack_"));
        assert_eq!(parse("gpustack_a").1, "gpustack_a");
    }

    #[test]
    fn the_prefix_is_compared_exactly() {
        assert_eq!(parse("GPUSTACK_a_b").1, "GPUSTACK_a_b");
        assert_eq!(parse("gpustackx_a_b").1, "gpustackx_a_b");
    }

    proptest! {
        #[test]
        fn any_text_is_standard_or_custom(text in ".*") {
            let (access_key, secret) = parse(&text);
            let standard = format!("gpustack_{access_key}_{secret}") == text;
            prop_assert_eq!(KeyPrefix::default().begins(&text), standard);
            let custom = secret == text && access_key.len() == 32;
            prop_assert!(standard || custom);
        }

        #[test]
        fn a_standard_key_splits_into_its_parts(
            access_key in "[^_]*",
            secret in ".*",
        ) {
            let whole = format!("gpustack_{access_key}_{secret}");
            prop_assert_eq!(parse(&whole), (access_key, secret));
        }
    }
}
