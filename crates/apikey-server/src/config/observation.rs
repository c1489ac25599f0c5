//! What operators see, and where.

use apikey_http::{AccessLog, MetricsToken};
use std::{net::SocketAddr, path::PathBuf};

/// What operators see, and where.
pub struct Observation {
    /// Where the metrics are, if not at the main address.
    pub metrics_listen: Option<SocketAddr>,
    /// What opens them, and the file that has it.
    pub metrics_token: Option<(PathBuf, MetricsToken)>,
    /// Of which requests the log has a line.
    pub access_log: AccessLog,
}
