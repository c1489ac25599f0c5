//! Figures for the metrics of a node.

use crate::last_time::LastTime;
use std::sync::atomic::AtomicUsize;

/// Figures for the metrics of a node.
#[derive(Default)]
pub(crate) struct ClusterFigures {
    /// How many peers may use their caches.
    pub(crate) peers: AtomicUsize,
    /// How many changes await acknowledgement by peers.
    pub(crate) waiting_changes: AtomicUsize,
    /// When the coordination loop last completed a tick.
    pub(crate) last_tick: LastTime,
}
