//! Recording the uses of keys.

use crate::{
    identifier::ApiKeyId,
    key::credential::{CredentialNumber, KnownCredential},
    timestamp::Timestamp,
};

/// Records uses, to be stored later.
///
/// An implementer MUST return immediately, whatever the store does, and MUST
/// bound its buffer; uses beyond the bound may be lost.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     port::usage_recorder::UsageRecorder, testing::fixture,
///     verification::last_used_buffer::LastUsedBuffer,
/// };
///
/// let buffer = LastUsedBuffer::default();
/// buffer.record(fixture::api_key(7, "ci").id, fixture::instant());
/// assert_eq!(buffer.len(), 1);
/// ```
pub trait UsageRecorder: Send + Sync {
    /// Records that the key was used at `at`. Called if at least 50 s have
    /// passed since the last recorded use.
    fn record(&self, id: ApiKeyId, at: Timestamp);

    /// Records that this credential of a key with several was used at `at`, beside the use
    /// of the key. Called as [`record`](Self::record). Does nothing unless it is replaced.
    fn record_credential(&self, _: ApiKeyId, _: CredentialNumber, _: Timestamp) {}
}

/// Records that a credential of a key was used.
pub(crate) fn record_use(
    usage: &dyn UsageRecorder,
    id: ApiKeyId,
    rotated: Option<KnownCredential>,
    at: Timestamp,
) {
    usage.record(id, at);
    if let Some(credential) = rotated {
        usage.record_credential(id, credential.number, at);
    }
}
