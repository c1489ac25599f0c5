//! The secret keys of the digests.

#[cfg(test)]
mod tests;

use super::{
    foreign::ForeignDigest,
    secret_digest::{PepperId, SecretDigest},
};
use crate::{
    error::PortError,
    hex::{decode_byte, encode_hex},
    invalid::Invalid,
    key::token::PresentedKey,
    port::secret_source::SecretSource,
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// How many bytes a tag has.
pub(crate) const TAG_BYTES: usize = 16;

/// What every tagged message begins with. A digest is one of a message that begins with
/// the length of an access key in eight bytes, and none is as long as these say.
const TAGGED: &[u8] = b"apikey cursor\0";

/// What the message of an attempt begins with.
const ATTEMPTED: &[u8] = b"apikey attempt\0";

/// One secret key of digests, with its key schedule prepared.
#[derive(Clone)]
pub(crate) struct Pepper {
    id: PepperId,
    keyed: Hmac<Sha256>,
}

/// The peppers of one installation: the current one, which is given first, computes new
/// digests, and all of them verify.
///
/// # Example
///
/// ```
/// use apikey_domain::key::digest::Peppers;
/// use apikey_domain::key::token::{KeyPrefix, PresentedKey};
///
/// let old = "ab".repeat(32);
/// let peppers = Peppers::from_hex(&old).unwrap();
/// let prefix = KeyPrefix::default();
/// let key = PresentedKey::parse(&prefix, "gpustack_access_secret");
/// let digest = peppers.digest(&key);
///
/// let rotated = Peppers::from_hex(&format!("{},{old}", "cd".repeat(32))).unwrap();
/// assert!(rotated.verify(&key, Some(&digest)));
/// let wrong = PresentedKey::parse(&prefix, "gpustack_access_wrong");
/// assert!(!rotated.verify(&wrong, Some(&digest)));
/// assert!(!rotated.verify(&key, None));
/// ```
pub struct Peppers {
    current: Pepper,
    retired: Vec<Pepper>,
}

// === impl Peppers ===

impl Peppers {
    /// The minimum length of a pepper in bytes.
    pub const SHORTEST: usize = 32;

    /// Parses comma-separated peppers in hex, the current one first. One that is given
    /// again counts once.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `pepper` if one has fewer than 32 bytes or is not hex.
    pub fn from_hex(text: &str) -> Result<Self, Invalid> {
        let mut peppers: Vec<Pepper> = Vec::new();
        for hex in text.split(',') {
            let pepper = Pepper::from_hex(hex.trim())?;
            if peppers.iter().all(|known| known.id != pepper.id) {
                peppers.push(pepper);
            }
        }
        let retired = peppers.split_off(1);
        match peppers.pop() {
            Some(current) => Ok(Self { current, retired }),
            None => Err(pepper_rule()),
        }
    }

    /// Returns one pepper of random bytes, for keys that need not outlive the program.
    /// It is kept nowhere: after the program has ended, none of its keys verifies.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when the secret source fails.
    ///
    /// # Example
    ///
    /// ```
    /// use apikey_domain::{key::digest::Peppers, system::SystemSecrets};
    ///
    /// assert!(Peppers::generate(&SystemSecrets).is_ok());
    /// ```
    pub fn generate(secrets: &dyn SecretSource) -> Result<Self, PortError> {
        let mut bytes = Zeroizing::new([0; Self::SHORTEST]);
        secrets.fill(&mut *bytes)?;
        let hex = Zeroizing::new(encode_hex(&*bytes));
        Self::from_hex(&hex).map_err(|invalid| PortError::Unavailable(invalid.into()))
    }

    /// Returns the ids of the peppers, that of the current one first.
    ///
    /// # Example
    ///
    /// ```
    /// use apikey_domain::key::digest::Peppers;
    ///
    /// let peppers = format!("{},{}", "cd".repeat(32), "ab".repeat(32));
    /// let ids = Peppers::from_hex(&peppers).unwrap().ids();
    /// assert_eq!(ids[1], Peppers::from_hex(&"ab".repeat(32)).unwrap().ids()[0]);
    /// ```
    pub fn ids(&self) -> Vec<PepperId> {
        self.all().map(|pepper| pepper.id).collect()
    }

    /// Returns the same peppers with another one as the current one; `None` if it is not
    /// among them.
    ///
    /// # Example
    ///
    /// ```
    /// use apikey_domain::key::digest::Peppers;
    ///
    /// let peppers = format!("{},{}", "cd".repeat(32), "ab".repeat(32));
    /// let peppers = Peppers::from_hex(&peppers).unwrap();
    /// let [new, old] = peppers.ids()[..] else { panic!() };
    /// assert_eq!(peppers.with_current(old).unwrap().ids(), [old, new]);
    /// ```
    #[must_use]
    pub fn with_current(&self, id: PepperId) -> Option<Self> {
        let current = self.find(id)?.clone();
        let retired = self.all().filter(|pepper| pepper.id != id);
        Some(Self {
            current,
            retired: retired.cloned().collect(),
        })
    }

    /// Returns whether a digest is to be computed anew: it is under a pepper that is known,
    /// and is not the current one.
    pub(crate) fn is_outdated(&self, digest: &SecretDigest) -> bool {
        digest.pepper_id != self.current.id && self.knows(digest.pepper_id)
    }

    /// Returns whether digests under this pepper can be verified.
    pub fn knows(&self, id: PepperId) -> bool {
        self.find(id).is_some()
    }

    /// Computes the digest to store for a key.
    pub fn digest(&self, key: &PresentedKey<'_>) -> SecretDigest {
        self.current.digest(key)
    }

    /// Returns whether `key` is the one whose digest was stored.
    ///
    /// Takes the same time whether the digest is absent, wrong or right: without
    /// a digest, or with an unknown pepper, a digest is still computed and
    /// compared. The comparison is constant-time.
    pub fn verify(&self, key: &PresentedKey<'_>, stored: Option<&SecretDigest>) -> bool {
        let pepper = stored.and_then(|digest| self.find(digest.pepper_id));
        let presented = pepper.unwrap_or(&self.current).digest(key);
        let expected = stored.map_or([0; 32], |digest| digest.bytes);
        let is_equal: bool = words(presented.bytes).ct_eq(&words(expected)).into();
        is_equal & pepper.is_some()
    }

    /// Returns what an attempt to be a key with a foreign digest is remembered by. It says
    /// nothing about the key to whoever does not know the pepper.
    pub(crate) fn code_of_attempt(
        &self,
        key: &PresentedKey<'_>,
        digest: &ForeignDigest,
    ) -> [u8; 32] {
        let mut message = self.current.digest(key).bytes.to_vec();
        message.extend_from_slice(digest.to_text().as_bytes());
        self.current.code(ATTEMPTED, &message)
    }

    /// Returns the tag of a message: proof that it came from an installation with these
    /// peppers.
    pub(crate) fn tag(&self, message: &[u8]) -> [u8; TAG_BYTES] {
        self.current.tag(message)
    }

    /// Returns whether `tag` is that of this message, under any of the peppers.
    pub(crate) fn has_tagged(&self, message: &[u8], tag: &[u8; TAG_BYTES]) -> bool {
        self.all()
            .any(|pepper| pepper.tag(message).ct_eq(tag).into())
    }

    /// Returns the peppers, the current one first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Pepper> {
        std::iter::once(&self.current).chain(&self.retired)
    }

    /// Returns the pepper that computes what is new.
    #[cfg(feature = "server")]
    pub(crate) fn current(&self) -> &Pepper {
        &self.current
    }

    /// Returns the others.
    #[cfg(feature = "server")]
    pub(crate) fn retired(&self) -> &[Pepper] {
        &self.retired
    }

    fn find(&self, id: PepperId) -> Option<&Pepper> {
        self.all().find(|pepper| pepper.id == id)
    }
}

/// Shows only the ids of the peppers.
impl std::fmt::Debug for Peppers {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let retired: Vec<_> = self.retired.iter().map(|p| p.id.to_text()).collect();
        formatter
            .debug_struct("Peppers")
            .field("current", &self.current.id.to_text())
            .field("retired", &retired)
            .finish()
    }
}

// === impl Pepper ===

impl Pepper {
    fn from_hex(hex: &str) -> Result<Self, Invalid> {
        if !hex.len().is_multiple_of(2) || hex.len() / 2 < Peppers::SHORTEST {
            return Err(pepper_rule());
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(hex.len() / 2));
        for pair in hex.as_bytes().chunks_exact(2) {
            bytes.push(decode_byte(pair).ok_or_else(pepper_rule)?);
        }
        let named = Sha256::new()
            .chain_update(b"apikey pepper id\0")
            .chain_update(&*bytes)
            .finalize();
        let mut id = [0; 4];
        id.copy_from_slice(&named[..4]);
        let keyed = Hmac::new_from_slice(&bytes).map_err(|_| pepper_rule())?;
        Ok(Self {
            id: PepperId(id),
            keyed,
        })
    }

    fn digest(&self, key: &PresentedKey<'_>) -> SecretDigest {
        let mut keyed = self.keyed.clone();
        let access_key = key.access_key().as_bytes();
        // The length comes first, so that no other split of the same text has the
        // same digest.
        keyed.update(&(access_key.len() as u64).to_be_bytes());
        keyed.update(access_key);
        keyed.update(key.secret().as_bytes());
        SecretDigest {
            pepper_id: self.id,
            bytes: keyed.finalize().into_bytes().into(),
        }
    }

    /// Returns the code of a message. `purpose` ends with NUL, its only one, so no two
    /// purposes have a code in common. It begins with eight ASCII characters: no digest is one of a
    /// message that begins so.
    pub(crate) fn code(&self, purpose: &[u8], message: &[u8]) -> [u8; 32] {
        let mut keyed = self.keyed.clone();
        keyed.update(purpose);
        keyed.update(message);
        keyed.finalize().into_bytes().into()
    }

    fn tag(&self, message: &[u8]) -> [u8; TAG_BYTES] {
        let code = self.code(TAGGED, message);
        let mut tag = [0; TAG_BYTES];
        tag.copy_from_slice(&code[..TAG_BYTES]);
        tag
    }
}

/// Returns the bytes of a digest in larger parts, of which comparing takes fewer steps.
fn words(bytes: [u8; 32]) -> [u64; 4] {
    let (words, _) = bytes.as_chunks();
    std::array::from_fn(|index| u64::from_ne_bytes(words[index]))
}

fn pepper_rule() -> Invalid {
    Invalid::new("pepper", "must be 32 bytes or more, written as hex")
}
