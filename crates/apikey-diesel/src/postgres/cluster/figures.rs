//! Figures of a node for its metrics.

use std::sync::atomic::AtomicUsize;

/// Figures of a node for its metrics.
#[derive(Default)]
pub(crate) struct ClusterFigures {
    /// How many other nodes there are that may trust their memory.
    pub(crate) others: AtomicUsize,
    /// How many changes wait for them.
    pub(crate) waiting: AtomicUsize,
}
