//! What a request is known by.

/// Identifies a request: a code, under the pepper, of who sent it, for whom, to which route,
/// and with which idempotency key.
///
/// # Example
///
/// ```
/// use apikey_domain::idempotency::RequestDigest;
///
/// let digest = RequestDigest::stored(&[7; 32]).unwrap();
/// assert_eq!(digest.as_bytes(), &[7; 32]);
/// assert_eq!(digest.lock(), 0x0707_0707_0707_0707);
/// assert!(RequestDigest::stored(&[7; 31]).is_none());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestDigest([u8; 32]);

impl RequestDigest {
    /// Returns the digest with these bytes, which must be 32.
    pub fn stored(bytes: &[u8]) -> Option<Self> {
        Some(Self(bytes.try_into().ok()?))
    }

    /// Returns its bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns a number that stands for the request among those that are under way.
    pub fn lock(&self) -> i64 {
        let (first, _) = self.0.as_chunks();
        i64::from_be_bytes(first[0])
    }

    pub(super) fn new(code: [u8; 32]) -> Self {
        Self(code)
    }
}

impl std::fmt::Debug for RequestDigest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("RequestDigest(redacted)")
    }
}
