//! A secret that can be opened for a short time, by whoever asked for it.

use super::request_digest::RequestDigest;
use crate::{
    error::PortError, key::plain_key::PlainKey, port::secret_source::SecretSource,
    timestamp::Timestamp,
};
use chacha20poly1305::{
    ChaCha20Poly1305, Key, Nonce,
    aead::{Aead, KeyInit, Payload},
};
use zeroize::Zeroizing;

const NONCE_BYTES: usize = 12;

/// A key in the clear that was sealed with ChaCha20-Poly1305: a random nonce, the encrypted
/// text and its tag. It is opened by the pepper and the idempotency key together, and belongs
/// to one request.
///
/// # Example
///
/// ```
/// use apikey_domain::{idempotency::Sealed, testing::fixture};
///
/// let sealed = Sealed::stored(vec![0; 48], fixture::instant());
/// assert_eq!(sealed.as_bytes().len(), 48);
/// assert_eq!(format!("{sealed:?}"), "Sealed(redacted)");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    bytes: Vec<u8>,
    until: Timestamp,
}

impl Sealed {
    /// Returns what a store has kept, and until when it may be opened.
    pub fn stored(bytes: Vec<u8>, until: Timestamp) -> Self {
        Self { bytes, until }
    }

    /// Returns what a store keeps.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns from when on it must not be opened.
    pub fn until(&self) -> Timestamp {
        self.until
    }

    /// Seals `value` for a request. `key` is that of one request; with a random nonce it may
    /// seal several values.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when the secret source fails.
    pub(super) fn new(
        key: &Zeroizing<[u8; 32]>,
        request: &RequestDigest,
        value: &PlainKey,
        secrets: &dyn SecretSource,
        until: Timestamp,
    ) -> Result<Self, PortError> {
        let mut nonce = [0; NONCE_BYTES];
        secrets.fill(&mut nonce)?;
        let payload = Payload {
            msg: value.expose().as_bytes(),
            aad: request.as_bytes(),
        };
        let sealed = cipher(key).encrypt(&Nonce::from(nonce), payload);
        let sealed =
            sealed.map_err(|_| PortError::Unavailable("a value cannot be sealed".into()))?;
        let mut bytes = nonce.to_vec();
        bytes.extend_from_slice(&sealed);
        Ok(Self { bytes, until })
    }

    /// Opens it; `None` if it was sealed for another request or with another key, or was
    /// changed.
    pub(super) fn open(
        &self,
        key: &Zeroizing<[u8; 32]>,
        request: &RequestDigest,
    ) -> Option<PlainKey> {
        let (nonce, sealed) = self.bytes.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload {
            msg: sealed,
            aad: request.as_bytes(),
        };
        let opened = cipher(key).decrypt(&Nonce::from(*nonce), payload).ok()?;
        let opened = Zeroizing::new(opened);
        let text = Zeroizing::new(std::str::from_utf8(&opened).ok()?.to_owned());
        Some(PlainKey::unsealed(text))
    }
}

/// It is of no use without the pepper and the idempotency key, and to nobody who reads a log.
impl std::fmt::Debug for Sealed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Sealed(redacted)")
    }
}

fn cipher(key: &Zeroizing<[u8; 32]>) -> ChaCha20Poly1305 {
    let key: &[u8; 32] = key;
    ChaCha20Poly1305::new(<&Key>::from(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        key::plain_key::CustomKey,
        testing::{FixedSecrets, fixture},
    };

    #[test]
    fn only_what_sealed_it_opens_it() {
        let value = CustomKey::new("sk-0123456789abcdef");
        let value = PlainKey::parse(value, &Default::default()).unwrap();
        let (key, other) = (Zeroizing::new([7; 32]), Zeroizing::new([8; 32]));
        let [request, another] =
            [[1; 32], [2; 32]].map(|bytes| RequestDigest::stored(&bytes).unwrap());
        let (secrets, until) = (FixedSecrets::default(), fixture::instant());
        let seal = || Sealed::new(&key, &request, &value, &secrets, until).unwrap();
        let sealed = seal();
        assert_eq!(
            sealed.open(&key, &request).unwrap().expose(),
            value.expose()
        );
        assert!(sealed.open(&other, &request).is_none());
        assert!(sealed.open(&key, &another).is_none());
        assert!(seal() != sealed, "a nonce was used twice");
        for index in 0..sealed.bytes.len() {
            let mut changed = sealed.clone();
            changed.bytes[index] ^= 1;
            assert!(changed.open(&key, &request).is_none(), "{index}");
        }
        for length in 0..sealed.bytes.len() {
            let cut = Sealed::stored(sealed.bytes[..length].to_vec(), until);
            assert!(cut.open(&key, &request).is_none(), "{length}");
        }
        let text = sealed.bytes.windows(4).any(|part| part == b"0123");
        assert!(!text, "it is in the clear");
    }
}
