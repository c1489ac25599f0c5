//! The configuration: flag, then environment, then default.

mod arguments;
mod environment;
mod on_database_loss;
mod refused;
mod retention;

use apikey_diesel::{DatabaseUrl, FeedSettings};
use apikey_domain::{password::PlainPassword, token::KeyPrefix};
use clap::ValueEnum;
use on_database_loss::OnDatabaseLoss;
pub use refused::Refused;
use retention::Retention;
use std::{
    fmt::{Display, Formatter},
    net::SocketAddr,
    path::PathBuf,
    time::Duration,
};
use zeroize::Zeroizing;

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
    pub feed: FeedSettings,
    /// How long events are kept.
    pub event_retention: Duration,
    /// How the log is written.
    pub log_format: LogFormat,
    /// What is logged, as tracing's filter directives.
    pub log_filter: String,
}

/// Where the pepper comes from.
pub enum PepperSource {
    /// The environment, as hex.
    Given(Zeroizing<String>),
    /// A file, as hex.
    File(PathBuf, Zeroizing<String>),
    /// The data folder; made there on the first start.
    DataDir,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: one JSON object a line.
    Json,
}

/// Whether a feature is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// Count verifications, and show the metrics to platform admins.
    On,
    /// Count nothing; platform admins get 404.
    Off,
}

/// How a node learns of the changes of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FeedMode {
    /// Read changes when another server sends NOTIFY, and once a second.
    Listen,
    /// Read changes once a second.
    Poll,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::Subcommand)]
pub enum Command {
    /// Serve (the default)
    Serve,
    /// Bring the database up to date and exit
    Migrate,
    /// Print the effective configuration, secrets redacted, and exit
    Config,
}

impl Config {
    /// Reads the arguments and the environment of this process.
    ///
    /// # Errors
    ///
    /// [`Refused`] when a value is wrong, before anything is opened.
    pub fn from_process() -> Result<(Self, Command), Refused> {
        let secrets = environment::read()?;
        arguments::parse(std::env::args_os(), secrets)
    }
}

/// One setting a line, secrets redacted.
impl Display for Config {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        let pepper = match &self.pepper {
            PepperSource::Given(_) => "(set, redacted)".to_owned(),
            PepperSource::File(path, _) => format!("(in {})", path.display()),
            PepperSource::DataDir => {
                format!("(in {})", self.data_dir.join(crate::pepper::FILE).display())
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
