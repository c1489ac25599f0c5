//! The configuration: flags take precedence over the environment, and that over
//! defaults.

mod arguments;
mod choice;
mod environment;
mod keep_ended;
mod key_headers;
mod log_filter;
mod observation;
mod observation_flags;
mod on_database_loss;
mod proxies;
mod quotas;
mod refused;
mod retention;
pub mod secret_text;
mod sessions;
mod settings;
mod unknown;
mod values;

pub use choice::{
    BootstrapPassword, Command, ExplainArguments, FeedMode, GpustackArguments, HashesArguments,
    ImportArguments, ImportCommand, KeyCommand, LogFormat, Mapping, PepperSource, SourceUrl,
    Switch, UserCommand,
};
pub use observation::Observation;
pub use refused::Refused;
pub use settings::{Config, PEPPER_FILE};

impl Config {
    /// Reads the arguments and the environment of this process.
    ///
    /// # Errors
    ///
    /// [`Refused`] if a value is invalid. Nothing has been opened then.
    pub fn from_process() -> Result<(Self, Command), Refused> {
        arguments::parse(std::env::args_os())
    }
}
