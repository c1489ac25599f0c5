//! The settings of a node in a cluster.

use std::time::Duration;

/// How a node follows the changes of its peers, on PostgreSQL.
///
/// # Example
///
/// ```
/// let settings = apikey_diesel::ClusterSettings::default();
/// assert!(settings.listens && settings.stale.is_zero());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClusterSettings {
    /// Whether nodes wake each other with LISTEN and NOTIFY; otherwise each reads
    /// once a second.
    pub listens: bool,
    /// How much longer than its lease a node that lost the database keeps using its
    /// cache.
    pub stale: Duration,
}

// === impl ClusterSettings ===

impl Default for ClusterSettings {
    fn default() -> Self {
        Self {
            listens: true,
            stale: Duration::ZERO,
        }
    }
}
