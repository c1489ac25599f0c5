//! What a row was when it was imported, so that a later import knows what changed since.

use crate::hex::encode_hex;
use sha2::{Digest, Sha256};

/// What a row was: a digest of what it says, and one of its secret.
///
/// # Example
///
/// ```
/// use apikey_domain::import::state::RowState;
///
/// let (one, other) = (RowState::of(&["ada", ""], ""), RowState::of(&["", "ada"], ""));
/// assert_ne!(one, other);
/// assert_eq!(RowState::stored(one.as_str()), one);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowState(String);

/// What is stored of a row that the source has no longer.
const GONE: &str = "gone";

impl RowState {
    /// Returns the state of a row that says this, and has this secret.
    pub fn of(says: &[&str], secret: &str) -> Self {
        Self(format!("{}:{}", digest(says), digest(&[secret])))
    }

    /// Returns that of a row that the source has no longer.
    pub fn gone() -> Self {
        Self(GONE.to_owned())
    }

    /// Returns what is stored.
    pub fn stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns it as it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether the secret is the same.
    pub fn has_secret_of(&self, other: &Self) -> bool {
        let secret = |state: &str| state.split_once(':').map(|(_, secret)| secret.to_owned());
        secret(&self.0) == secret(&other.0)
    }
}

/// Returns 16 bytes of a digest over texts, each with its length.
fn digest(texts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update((text.len() as u64).to_be_bytes());
        digest.update(text.as_bytes());
    }
    let digest = digest.finalize();
    encode_hex(digest.as_slice().get(..16).unwrap_or_default())
}
