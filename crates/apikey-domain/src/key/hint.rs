//! The end of a generated secret, by which people recognize a key.

use crate::{invalid::Invalid, key::token::PresentedKey};

/// The last four characters of a generated secret, kept from its making. Whoever finds a
/// key that fails can tell by them which one it is. The other 112 random bits of the
/// secret stay unknown.
///
/// # Example
///
/// ```
/// use apikey_domain::key::{hint::Hint, token::PresentedKey};
///
/// let prefix = Default::default();
/// let text = "gpustack_0123456789abcdef_00112233445566778899aabbccddeeff";
/// let hint = Hint::of(&PresentedKey::parse(&prefix, text));
/// assert_eq!(hint.as_str(), "eeff");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint(String);

impl Hint {
    /// How many characters it has.
    pub const LENGTH: usize = 4;

    /// Returns the end of a secret.
    pub fn of(generated: &PresentedKey<'_>) -> Self {
        let last = generated
            .secret()
            .char_indices()
            .rev()
            .nth(Self::LENGTH - 1);
        let start = last.map_or(0, |(start, _)| start);
        Self(generated.secret()[start..].to_owned())
    }

    /// Returns whether generated secrets end like this. They have the digits `0` to `9` and
    /// `a` to `f`.
    ///
    /// # Example
    ///
    /// ```
    /// use apikey_domain::key::hint::Hint;
    ///
    /// assert!(Hint::may_be("a3f9"));
    /// assert!(!Hint::may_be("prod"));
    /// ```
    pub fn may_be(text: &str) -> bool {
        let is_digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        text.len() == Self::LENGTH && text.bytes().all(is_digit)
    }

    /// Parses a hint that is stored.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `hint` if it is longer than four characters: it must not tell more
    /// of a secret.
    pub fn stored(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        if text.chars().count() > Self::LENGTH {
            return Err(Invalid::new("hint", "must have at most 4 characters"));
        }
        Ok(Self(text))
    }

    /// Returns the hint as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
