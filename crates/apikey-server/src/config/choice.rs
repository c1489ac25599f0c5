//! The choices of settings.

use apikey_domain::identity::password::PlainPassword;
use clap::ValueEnum;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Where the pepper comes from.
pub enum PepperSource {
    /// The environment, in hex.
    Given(Zeroizing<String>),
    /// A file, in hex.
    File(PathBuf, Zeroizing<String>),
    /// The data directory, where the first start creates it.
    DataDir,
}

/// The password of the first administrator.
pub struct BootstrapPassword {
    /// The password, which follows the rules.
    pub password: PlainPassword,
    /// The variable that it comes from.
    pub setting: String,
    /// The file that the variable names, if it does.
    pub file: Option<PathBuf>,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: one JSON object a line.
    Json,
}

/// Whether a feature is enabled.
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

/// The subcommand.
#[derive(Clone, Debug, PartialEq, Eq, clap::Subcommand)]
pub enum Command {
    /// Serve (the default)
    Serve,
    /// Bring the database up to date and exit
    Migrate,
    /// Print the effective configuration, secrets redacted, and exit
    Config,
    /// Change users, while servers run or not
    #[command(subcommand)]
    User(UserCommand),
}

/// What is changed of users.
#[derive(Clone, Debug, PartialEq, Eq, clap::Subcommand)]
pub enum UserCommand {
    /// Give a user a new password: it is asked for, or read from standard input
    ResetPassword {
        /// The name with which they sign in
        #[arg(value_name = "USER")]
        username: String,
    },
}
