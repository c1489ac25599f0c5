//! The name that a client gives a request.

use crate::invalid::Invalid;
use zeroize::Zeroizing;

/// What a client names a request by, so that it can be sent again: 1 to 255 visible ASCII
/// characters.
///
/// What was sealed under it cannot be opened without it, so it is kept nowhere, redacted
/// when printed, and wiped when dropped.
///
/// # Example
///
/// ```
/// use apikey_domain::idempotency::IdempotencyKey;
///
/// let key = IdempotencyKey::parse("8e03978e-40d5-43dd-bc93-6894a57f9324").unwrap();
/// assert_eq!(format!("{key:?}"), "IdempotencyKey(redacted)");
/// assert!(IdempotencyKey::parse("two words").is_err());
/// ```
pub struct IdempotencyKey(Zeroizing<String>);

impl IdempotencyKey {
    /// The maximum length in characters.
    pub const LONGEST: usize = 255;

    /// Parses an idempotency key.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `Idempotency-Key` if it is empty, longer than 255 characters, or has
    /// others than visible ASCII characters.
    pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = Zeroizing::new(text.into());
        let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_visible || !(1..=Self::LONGEST).contains(&text.len()) {
            let rule = "must have 1 to 255 visible ASCII characters";
            return Err(Invalid::new("Idempotency-Key", rule));
        }
        Ok(Self(text))
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl std::fmt::Debug for IdempotencyKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("IdempotencyKey(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_visible_ascii_characters_alone() {
        for text in ["a", "!~", &"x".repeat(255)] {
            assert!(IdempotencyKey::parse(text).is_ok(), "{text:?}");
        }
        for text in ["", " ", "a b", "a\t", "a\n", "é", "\0", &"x".repeat(256)] {
            assert!(IdempotencyKey::parse(text).is_err(), "{text:?}");
        }
    }
}
