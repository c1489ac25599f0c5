//! Digests of keys that another service made.

mod argon2id;
mod bcrypt;
mod hashed_text;
mod refused;
mod sha256;
#[cfg(test)]
mod tests;

use crate::{invalid::Invalid, key::token::PresentedKey};
pub use argon2id::Argon2id;
pub use bcrypt::Bcrypt;
pub use hashed_text::HashedText;
pub(super) use refused::refused;
pub use sha256::{SaltedSha256, WholeSha256};

/// A digest that another service computed: until the first use of the key, all that is
/// known of its secret.
///
/// | kind | stored form | of which text |
/// | --- | --- | --- |
/// | [`SaltedSha256`] | `sha256$<salt>$<hex>` | the salt, then the secret |
/// | [`WholeSha256`] | `sha256-whole$<hex>` | the whole key |
/// | [`Argon2id`] | `$argon2id$v=19$m=…,t=…,p=…$<salt>$<hash>` | the secret |
/// | [`Bcrypt`] | `$2b$<cost>$<salt and hash>`, also `$2a$` and `$2y$` | the whole key |
///
/// The secret is what is behind the access key; that of a custom key is the whole key
/// ([`PresentedKey::secret`]). The salted kind and argon2id are those of GPUStack, which
/// hashes the secret. The other two are those of services that know no parts of a key.
///
/// What is parsed is bounded: whoever can have keys imported must not be able to make the
/// service compute for long, or to take much memory, by what they write into a row.
///
/// # Example
///
/// ```
/// use apikey_domain::key::{digest::ForeignDigest, token::{KeyPrefix, PresentedKey}};
///
/// // What `sha256sum` says of the key.
/// let hex = "8c24a8a5533c3d6f21511eed87a34d4bec46aabf8eb5cb6bf4ba5ef990fd2d69";
/// let digest = ForeignDigest::import(hex).unwrap();
/// assert_eq!(digest.to_text(), format!("sha256-whole${hex}"));
/// assert!(digest.slow().is_none());
///
/// let key = PresentedKey::parse(&KeyPrefix::default(), "gpustack_access_secret");
/// assert_eq!(digest.hashed_text(&key), "gpustack_access_secret");
/// assert_eq!(digest.matches_at_once(&key), Some(true));
/// ```
#[derive(Debug, PartialEq, Eq)]
pub enum ForeignDigest {
    /// SHA-256 of a salt and the secret.
    SaltedSha256(SaltedSha256),
    /// SHA-256 of the whole key.
    WholeSha256(WholeSha256),
    /// One that takes long to compute.
    Slow(SlowDigest),
}

/// A digest that takes long to compute, by intention.
///
/// # Example
///
/// ```
/// use apikey_domain::key::digest::{ForeignDigest, SlowDigest};
///
/// let text = "$2b$04$abcdefghijklmnopqrstuuvmCvlqyC2IqsiDAREX3h0m37/QhRdUO";
/// let digest = ForeignDigest::parse(text).unwrap();
/// assert!(matches!(digest.slow(), Some(SlowDigest::Bcrypt(bcrypt)) if bcrypt.cost() == 4));
/// ```
#[derive(PartialEq, Eq)]
pub enum SlowDigest {
    /// Argon2id of the secret.
    Argon2id(Argon2id),
    /// Bcrypt of the whole key.
    Bcrypt(Bcrypt),
}

// === impl ForeignDigest ===

impl ForeignDigest {
    /// Parses the stored form.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `secret_digest` for any other text, and for one that takes more to
    /// compute than is allowed. Nothing of the text is in it.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if let Some(rest) = text.strip_prefix(sha256::SALTED) {
            return SaltedSha256::parse(rest).map(Self::SaltedSha256);
        }
        if let Some(rest) = text.strip_prefix(sha256::WHOLE) {
            return WholeSha256::parse(rest).map(Self::WholeSha256);
        }
        if let Some(rest) = text.strip_prefix(argon2id::BEGINNING) {
            return Argon2id::parse(rest)
                .map(SlowDigest::Argon2id)
                .map(Self::Slow);
        }
        if bcrypt::begins(text) {
            return Bcrypt::parse(text).map(SlowDigest::Bcrypt).map(Self::Slow);
        }
        Err(refused(
            "must be 'sha256$<salt>$<hex>', argon2id, bcrypt, or 64 hex digits",
        ))
    }

    /// Parses what another service stores: the stored form, or the 64 hex digits of the
    /// SHA-256 of the whole key.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    pub fn import(text: &str) -> Result<Self, Invalid> {
        match WholeSha256::parse(&text.to_ascii_lowercase()) {
            Ok(whole) => Ok(Self::WholeSha256(whole)),
            Err(_) => Self::parse(text),
        }
    }

    /// Returns the stored form, which is that which was parsed.
    pub fn to_text(&self) -> String {
        match self {
            Self::SaltedSha256(salted) => salted.to_text(),
            Self::WholeSha256(whole) => whole.to_text(),
            Self::Slow(SlowDigest::Argon2id(argon2id)) => argon2id.to_text(),
            Self::Slow(SlowDigest::Bcrypt(bcrypt)) => bcrypt.to_text(),
        }
    }

    /// Returns the digest if it takes long to compute.
    pub fn slow(&self) -> Option<&SlowDigest> {
        match self {
            Self::Slow(slow) => Some(slow),
            Self::SaltedSha256(_) | Self::WholeSha256(_) => None,
        }
    }

    /// Returns the text of a presented key that is hashed: the one place that says so.
    pub fn hashed_text<'a>(&self, key: &PresentedKey<'a>) -> &'a str {
        match self {
            Self::SaltedSha256(_) | Self::Slow(SlowDigest::Argon2id(_)) => key.secret(),
            Self::WholeSha256(_) | Self::Slow(SlowDigest::Bcrypt(_)) => key.whole(),
        }
    }

    /// Returns whether a presented key is the right one; `None` if that takes long to
    /// compute. The comparison is constant-time.
    pub fn matches_at_once(&self, key: &PresentedKey<'_>) -> Option<bool> {
        let text = self.hashed_text(key);
        match self {
            Self::SaltedSha256(salted) => Some(salted.is_of(text)),
            Self::WholeSha256(whole) => Some(whole.is_of(text)),
            Self::Slow(_) => None,
        }
    }
}

impl std::fmt::Debug for SlowDigest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("redacted")
    }
}
