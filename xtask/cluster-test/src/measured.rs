//! What is measured in a phase.

use std::time::Duration;

use xtask_harness::latencies::Latencies;

/// What is measured in a phase.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// How long revocations through nodes without a fault took to be answered.
    pub(crate) revocations: Latencies,
    /// How many revocations were answered by a node at fault.
    pub(crate) through_fault: u64,
    /// How many revocations have an unknown outcome.
    pub(crate) undecided: u64,
    /// How long creations through nodes without a fault took to be answered.
    pub(crate) creations: Latencies,
    /// How long it took from giving a right back to its acceptance everywhere.
    pub(crate) restorations: Latencies,
    /// How long it took from the end of the fault until all was well.
    pub(crate) recovery: Option<Duration>,
}
