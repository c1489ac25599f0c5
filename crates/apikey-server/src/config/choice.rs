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
    /// For machines: one JSON object a line.
    Json,
}

/// Whether something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// It is.
    On,
    /// It is not.
    Off,
}

/// How a node hears of the changes of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FeedMode {
    /// They wake it, and it looks once a second.
    Listen,
    /// It looks once a second.
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
