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
    /// Look at keys, while servers run or not
    #[command(subcommand)]
    Key(KeyCommand),
}

/// What is asked of keys.
#[derive(Clone, Debug, PartialEq, Eq, clap::Subcommand)]
pub enum KeyCommand {
    /// Say why a key would be refused: each check, and what it looked at
    Explain(ExplainArguments),
}

/// Which key, and what it is to be used for.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct ExplainArguments {
    /// The id of the key
    #[arg(value_name = "ID", allow_negative_numbers = true)]
    pub id: i64,
    /// A scope that it is to grant: inference, management or *
    #[arg(long, value_name = "SCOPE")]
    pub scope: Option<String>,
    /// A model that it is to be used for
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,
    /// When, as in 2026-01-31T23:59:59Z [default: now]
    #[arg(long, value_name = "INSTANT")]
    pub at: Option<String>,
    /// Print one line of JSON instead of a table
    #[arg(long)]
    pub json: bool,
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
