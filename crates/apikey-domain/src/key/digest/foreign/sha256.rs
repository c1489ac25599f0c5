//! Digests that are computed at once.

use super::refused::refused;
use crate::{
    hex::{decode_hex, encode_hex},
    invalid::Invalid,
};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What the stored form of a salted digest begins with.
pub(super) const SALTED: &str = "sha256$";
/// What the stored form of a digest of the whole key begins with. No salted one does.
pub(super) const WHOLE: &str = "sha256-whole$";

const HEX: &str = "must end with 64 lowercase hex digits";

/// SHA-256 of a salt, as text, and the secret behind it: what GPUStack stores.
///
/// # Example
///
/// ```
/// use apikey_domain::key::{digest::ForeignDigest, token::{KeyPrefix, PresentedKey}};
///
/// // What `sha256sum` says of `saltsecret`.
/// let hex = "bede90386d450cea8b77b822f8887065e4e5abf132c2f9dccfcc7fbd4cba5e35";
/// let digest = ForeignDigest::parse(&format!("sha256$salt${hex}")).unwrap();
/// assert!(matches!(digest, ForeignDigest::SaltedSha256(_)));
/// let key = PresentedKey::parse(&KeyPrefix::default(), "gpustack_access_secret");
/// assert_eq!(digest.matches_at_once(&key), Some(true));
/// ```
#[derive(PartialEq, Eq)]
pub struct SaltedSha256 {
    salt: Box<str>,
    hash: [u8; 32],
}

/// SHA-256 of the whole key, without a salt.
///
/// It protects a key only if that cannot be guessed: whoever reads it can try many guesses
/// at once on all of them.
///
/// # Example
///
/// ```
/// use apikey_domain::key::digest::ForeignDigest;
///
/// let hex = "ab".repeat(32);
/// let digest = ForeignDigest::import(&hex.to_uppercase()).unwrap();
/// assert_eq!(digest.to_text(), format!("sha256-whole${hex}"));
/// ```
#[derive(PartialEq, Eq)]
pub struct WholeSha256([u8; 32]);

// === impl SaltedSha256 ===

impl SaltedSha256 {
    /// The longest salt in bytes. GPUStack's has 32.
    pub const LONGEST_SALT: usize = 128;

    /// Parses what is behind the name.
    pub(super) fn parse(text: &str) -> Result<Self, Invalid> {
        let Some((salt, hex)) = text.split_once('$') else {
            return Err(refused("must have a salt and a hash behind 'sha256'"));
        };
        let is_salt = (1..=Self::LONGEST_SALT).contains(&salt.len());
        if !is_salt || !salt.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(refused(
                "must have a salt of 1 to 128 printable ASCII characters",
            ));
        }
        Ok(Self {
            salt: salt.into(),
            hash: hash(hex)?,
        })
    }

    pub(super) fn to_text(&self) -> String {
        format!("{SALTED}{}${}", self.salt, encode_hex(&self.hash))
    }

    pub(super) fn is_of(&self, secret: &str) -> bool {
        let salted = Sha256::new().chain_update(self.salt.as_bytes());
        is_equal(salted.chain_update(secret), &self.hash)
    }
}

// === impl WholeSha256 ===

impl WholeSha256 {
    /// Parses the hex digits.
    pub(super) fn parse(hex: &str) -> Result<Self, Invalid> {
        hash(hex).map(Self)
    }

    pub(super) fn to_text(&self) -> String {
        format!("{WHOLE}{}", encode_hex(&self.0))
    }

    pub(super) fn is_of(&self, whole: &str) -> bool {
        is_equal(Sha256::new().chain_update(whole), &self.0)
    }
}

fn hash(hex: &str) -> Result<[u8; 32], Invalid> {
    let is_lower = !hex.bytes().any(|byte| byte.is_ascii_uppercase());
    let hash = decode_hex(hex).filter(|_| is_lower);
    hash.ok_or_else(|| refused(HEX))
}

fn is_equal(computed: Sha256, stored: &[u8; 32]) -> bool {
    computed.finalize().as_slice().ct_eq(stored).into()
}

impl std::fmt::Debug for SaltedSha256 {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("redacted")
    }
}

impl std::fmt::Debug for WholeSha256 {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("redacted")
    }
}
