//! A text on its way to be hashed.

use zeroize::Zeroizing;

/// The text of a presented key that is hashed, on its way to where that takes long.
///
/// Has no `Clone`, `Display` or `Serialize`, prints as `HashedText(redacted)` and is wiped
/// when dropped.
///
/// # Example
///
/// ```
/// use apikey_domain::key::digest::HashedText;
///
/// let text = HashedText::new("secret");
/// assert_eq!((text.expose(), format!("{text:?}").as_str()), ("secret", "HashedText(redacted)"));
/// ```
pub struct HashedText(Zeroizing<String>);

// === impl HashedText ===

impl HashedText {
    /// Copies a text.
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// Returns the text, for hashing only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for HashedText {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("HashedText(redacted)")
    }
}
