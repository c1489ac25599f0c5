//! How a node keeps up with the others.

use std::time::Duration;

/// How a node keeps up with the others, on PostgreSQL.
///
/// # Example
///
/// ```
/// let settings = apikey_diesel::ClusterSettings::default();
/// assert!(settings.listens && settings.stale.is_zero());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClusterSettings {
    /// Whether nodes wake each other with LISTEN and NOTIFY; else each reads once
    /// a second.
    pub listens: bool,
    /// For how long a node that lost the database goes on with what it knew.
    pub stale: Duration,
}

impl Default for ClusterSettings {
    fn default() -> Self {
        Self {
            listens: true,
            stale: Duration::ZERO,
        }
    }
}
