//! Where the uses of keys are noted.

use crate::{identifier::ApiKeyId, timestamp::Timestamp};

/// Takes note of uses, to be stored later.
///
/// An implementer MUST return at once, whatever the store does, and MUST keep
/// what it takes within a bound of its own; what exceeds it may be lost.
pub trait UsageRecorder: Send + Sync {
    /// The key was used at `at`. Called when that is more than
    /// [`crate::verification::last_use::INTERVAL_SECONDS`] after the last noted
    /// use.
    fn note(&self, id: ApiKeyId, at: Timestamp);
}
