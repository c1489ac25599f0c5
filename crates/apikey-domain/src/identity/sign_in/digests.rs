//! Keyed digests, under which something is remembered about passwords.

use crate::{error::Error, port::secret_source::SecretSource};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// A digest. It says nothing about what went into it.
pub(super) type Digest = [u8; 32];

/// Makes digests under a key of its own. Of a different number of texts they are others.
#[derive(Clone)]
pub(super) struct Digests(Hmac<Sha256>);

// === impl Digests ===

impl Digests {
    pub(super) fn new(secrets: &dyn SecretSource) -> Result<Self, Error> {
        let mut key = Zeroizing::new([0; 32]);
        secrets.fill(&mut *key)?;
        let keyed = Hmac::new_from_slice(&*key).map_err(|e| Error::Internal(Box::new(e)))?;
        Ok(Self(keyed))
    }

    /// Returns the digest of texts in this order.
    pub(super) fn of(&self, texts: &[&str]) -> Digest {
        let mut keyed = self.0.clone();
        keyed.update(&(texts.len() as u64).to_be_bytes());
        for text in texts {
            keyed.update(&(text.len() as u64).to_be_bytes());
            keyed.update(text.as_bytes());
        }
        keyed.finalize().into_bytes().into()
    }
}
