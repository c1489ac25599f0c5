//! The configuration: flags take precedence over the environment, that over a file, and that
//! over defaults.

mod arguments;
mod choice;
mod combined;
mod declared;
mod effective;
mod environment;
mod file;
mod findings;
mod given;
mod keep_ended;
mod log_filter;
mod nearest;
mod on_database_loss;
mod refused;
mod report;
mod retention;
mod secret_path;
pub mod secret_text;
mod setting;
mod settings;
mod subcommand;
mod table;
mod unknown;
mod values;
mod variable;

pub use arguments::whole as command_line;
pub use choice::{AccessLogChoice, BootstrapPassword, FeedMode, LogFormat, PepperSource, Switch};
pub use declared::{Bounds, Database, Keys, Network, Observation, Program, Records};
pub use keep_ended::KeepEnded;
pub use log_filter::DEFAULT as DEFAULT_LOG;
pub use on_database_loss::OnDatabaseLoss;
pub use refused::Refused;
pub use retention::Retention;
pub use settings::{Config, PEPPER_FILE};
pub use subcommand::{
    BackupArguments, Command, ConfigCommand, ExplainArguments, GpustackArguments, HashesArguments,
    ImportArguments, ImportCommand, KeyCommand, Mapping, PepperCommand, RestoreArguments,
    SourceUrl, UserCommand,
};
pub use table::table;

impl Config {
    /// Reads the arguments, the environment of this process, and the file that they name.
    ///
    /// # Errors
    ///
    /// [`Refused`] if a value is invalid. Nothing has been opened then.
    pub fn from_process() -> Result<(Self, Command), Refused> {
        arguments::parse(std::env::args_os())
    }
}
