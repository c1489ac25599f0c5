//! What is measured in a phase.

use std::time::Duration;

use crate::bench::statistics::Latencies;

/// What is measured in a phase.
#[derive(Debug, Default)]
pub(super) struct Figures {
    /// How long revocations through nodes without a fault took to be answered.
    pub(super) revocations: Latencies,
    /// How many revocations were answered by a node at fault.
    pub(super) through_fault: u64,
    /// How many revocations have an unknown outcome.
    pub(super) undecided: u64,
    /// How long creations through nodes without a fault took to be answered.
    pub(super) creations: Latencies,
    /// How long it took from giving a right back to its acceptance everywhere.
    pub(super) restorations: Latencies,
    /// How long it took from the end of the fault until all was well.
    pub(super) recovery: Option<Duration>,
}
