//! The validated configuration.

use super::{
    choice::{LogFormat, PepperSource},
    on_database_loss::OnDatabaseLoss,
    retention::Retention,
};
use apikey_diesel::{ClusterSettings, DatabaseUrl};
use apikey_domain::{identity::password::PlainPassword, key::token::KeyPrefix};
use std::{
    fmt::{Display, Formatter},
    net::SocketAddr,
    path::PathBuf,
    time::Duration,
};

/// The name of the pepper file in the data directory.
pub const PEPPER_FILE: &str = "pepper";

/// The validated configuration.
pub struct Config {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The database.
    pub database_url: DatabaseUrl,
    /// The directory for the pepper and the initial password.
    pub data_dir: PathBuf,
    /// The prefix of generated keys.
    pub key_prefix: KeyPrefix,
    /// Where the pepper comes from.
    pub pepper: PepperSource,
    /// The password of the first administrator.
    pub bootstrap_password: Option<PlainPassword>,
    /// The number of threads that handle requests.
    pub workers: usize,
    /// The size of the verification cache in bytes.
    pub cache_bytes: u64,
    /// Whether metrics are enabled.
    pub has_metrics: bool,
    /// How nodes coordinate, on PostgreSQL.
    pub cluster: ClusterSettings,
    /// How long events are retained.
    pub event_retention: Duration,
    /// The format of the log.
    pub log_format: LogFormat,
    /// The log filter, as directives of tracing.
    pub log_filter: String,
}

/// Writes one setting per line, with secrets redacted.
impl Display for Config {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        let pepper = match &self.pepper {
            PepperSource::Given(_) => "(set, redacted)".to_owned(),
            PepperSource::File(path, _) => format!("(in {})", path.display()),
            PepperSource::DataDir => {
                format!("(in {})", self.data_dir.join(PEPPER_FILE).display())
            }
        };
        let password = match &self.bootstrap_password {
            Some(_) => "(set, redacted)",
            None => "(not set)",
        };
        writeln!(formatter, "listen             = {}", self.listen)?;
        writeln!(formatter, "database-url       = {:?}", self.database_url)?;
        writeln!(
            formatter,
            "data-dir           = {}",
            self.data_dir.display()
        )?;
        writeln!(
            formatter,
            "key-prefix         = {}",
            self.key_prefix.as_str()
        )?;
        writeln!(formatter, "pepper             = {pepper}")?;
        writeln!(formatter, "bootstrap-password = {password}")?;
        writeln!(formatter, "workers            = {}", self.workers)?;
        writeln!(formatter, "cache-bytes        = {}", self.cache_bytes)?;
        let metrics = if self.has_metrics { "on" } else { "off" };
        writeln!(formatter, "metrics            = {metrics}")?;
        let feed = if self.cluster.listens {
            "listen"
        } else {
            "poll"
        };
        writeln!(formatter, "feed               = {feed}")?;
        let loss = OnDatabaseLoss(self.cluster.stale);
        writeln!(formatter, "on-database-loss   = {loss}")?;
        let retention = Retention(self.event_retention);
        writeln!(formatter, "event-retention    = {retention}")?;
        writeln!(formatter, "log-format         = {:?}", self.log_format)?;
        writeln!(formatter, "log                = {}", self.log_filter)
    }
}
