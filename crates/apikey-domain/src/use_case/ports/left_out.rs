//! What stands for the ports that an embedder leaves out.

use crate::{identifier::ApiKeyId, port::usage_recorder::UsageRecorder, timestamp::Timestamp};

/// Records nothing, and is unavailable to those who ask.
pub(super) struct LeftOut;

impl UsageRecorder for LeftOut {
    fn record(&self, _: ApiKeyId, _: Timestamp) {}
}
