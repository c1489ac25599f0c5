//! An invalid configuration.

use std::process::ExitCode;

/// An invalid setting, its value and what was expected.
#[derive(Debug)]
pub enum Refused {
    /// The command line, or a variable for a flag; also `--help`.
    Arguments(Box<clap::Error>),
    /// Any other setting.
    Setting(String),
}

impl Refused {
    /// Returns the error for an invalid `value` of `setting`.
    pub fn new(setting: &str, value: &str, expected: impl std::fmt::Display) -> Self {
        Self::Setting(format!("invalid value '{value}' for {setting}: {expected}"))
    }

    /// Prints the error and returns the exit code: 2, or 0 for `--help`.
    pub fn report(&self) -> ExitCode {
        match self {
            Self::Arguments(error) => {
                // If standard error is closed, there is nowhere to report it.
                let _ = error.print();
                ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
            }
            Self::Setting(message) => {
                eprintln!("error: {message}");
                ExitCode::from(2)
            }
        }
    }
}
