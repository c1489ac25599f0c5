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

/// Of which requests the log has a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AccessLogChoice {
    /// Of none.
    Off,
    /// Of all but verifications, probes and the metrics; of these if the server failed.
    Management,
    /// Of all.
    All,
}

/// How a node learns of the changes of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FeedMode {
    /// Read changes when another server sends NOTIFY, and once a second.
    Listen,
    /// Read changes once a second.
    Poll,
}

/// As it is written.
macro_rules! display {
    ($($type:ty),+) => {$(
        impl std::fmt::Display for $type {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let word = self.to_possible_value();
                formatter.write_str(word.as_ref().map_or("", |word| word.get_name()))
            }
        }
    )+};
}

display!(LogFormat, Switch, FeedMode, AccessLogChoice);
