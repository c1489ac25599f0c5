//! Recording the uses of keys.

use crate::{identifier::ApiKeyId, timestamp::Timestamp};

/// Records uses, to be stored later.
///
/// An implementer MUST return immediately, whatever the store does, and MUST
/// bound its buffer; uses beyond the bound may be lost.
pub trait UsageRecorder: Send + Sync {
    /// Records that the key was used at `at`. Called if at least 50 s have
    /// passed since the last recorded use.
    fn record(&self, id: ApiKeyId, at: Timestamp);
}
