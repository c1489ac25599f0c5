//! Everything the server is told, checked.

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

/// The name of the file in the data folder that has the pepper.
pub const PEPPER_FILE: &str = "pepper";

/// Everything the server is told, checked.
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The database.
    pub database_url: DatabaseUrl,
    /// The folder for the pepper and the first password.
    pub data_dir: PathBuf,
    /// The prefix of generated keys.
    pub key_prefix: KeyPrefix,
    /// Where the pepper comes from.
    pub pepper: PepperSource,
    /// The password of the first administrator.
    pub bootstrap_password: Option<PlainPassword>,
    /// How many threads answer requests.
    pub workers: usize,
    /// How many bytes of memory hold what is known of keys.
    pub cache_bytes: u64,
    /// Whether there are metrics.
    pub has_metrics: bool,
    /// How nodes keep up with each other, on PostgreSQL.
    pub feed: ClusterSettings,
    /// How long events are kept.
    pub event_retention: Duration,
    /// How the log is written.
    pub log_format: LogFormat,
    /// What is logged, as tracing's filter directives.
    pub log_filter: String,
}

/// One setting a line, secrets redacted.
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
        let feed = if self.feed.listens { "listen" } else { "poll" };
        writeln!(formatter, "feed               = {feed}")?;
        let loss = OnDatabaseLoss(self.feed.stale);
        writeln!(formatter, "on-database-loss   = {loss}")?;
        let retention = Retention(self.event_retention);
        writeln!(formatter, "event-retention    = {retention}")?;
        writeln!(formatter, "log-format         = {:?}", self.log_format)?;
        writeln!(formatter, "log                = {}", self.log_filter)
    }
}
