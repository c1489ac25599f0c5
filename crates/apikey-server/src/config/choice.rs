//! What a setting chooses between.

use clap::ValueEnum;
use std::path::PathBuf;
use zeroize::Zeroizing;

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
