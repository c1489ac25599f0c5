//! An invalid configuration.

use crate::log;
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

    /// Prints the error and returns the exit code: 2, or for `--help` 0, or 1 if it
    /// cannot be printed.
    pub fn report(self) -> ExitCode {
        match self {
            Self::Arguments(error) => {
                let code = error.exit_code();
                let printed = log::print(move || error.print());
                // If standard error is closed, there is nowhere to report it.
                if code == 0 && !matches!(printed, Some(Ok(()))) {
                    return ExitCode::FAILURE;
                }
                ExitCode::from(u8::try_from(code).unwrap_or(2))
            }
            Self::Setting(message) => {
                log::say(format!("error: {message}"));
                ExitCode::from(2)
            }
        }
    }
}
