//! What is measured in a phase.

use crate::{deadlines::Waits, revocation_times::RevocationTimes, rights::Reply};
use std::time::Duration;
use xtask_harness::latencies::Latencies;

/// What is measured in a phase.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// The revocations that were answered.
    pub(crate) revocations: RevocationTimes,
    /// How many revocations have an unknown outcome.
    pub(crate) undecided: u64,
    /// How long creations through nodes without a fault took to be answered.
    pub(crate) creations: Latencies,
    /// How long it took from giving a right back to its acceptance everywhere.
    pub(crate) restorations: Latencies,
    /// How long it took from the end of the fault until all was well.
    pub(crate) recovery: Option<Duration>,
    /// How many questions were answered that the key is right.
    pub(crate) accepted: u64,
    /// How many were answered that it is not.
    pub(crate) refused: u64,
    /// How many were answered with 503.
    pub(crate) unavailable: u64,
    /// How many were not answered at all.
    pub(crate) unanswered: u64,
    /// How long requests of all kinds waited.
    pub(crate) waits: Waits,
}

// === impl Measured ===

impl Measured {
    /// Counts the answer to a question, or that there was none.
    pub(crate) fn count(&mut self, reply: Option<Reply>) {
        *match reply {
            Some(Reply::Accepted) => &mut self.accepted,
            Some(Reply::Refused) => &mut self.refused,
            Some(Reply::Unavailable) => &mut self.unavailable,
            None => &mut self.unanswered,
        } += 1;
    }

    /// Returns how many requests have failed.
    pub(crate) fn failures(&self) -> u64 {
        self.unavailable + self.unanswered + self.undecided
    }
}
