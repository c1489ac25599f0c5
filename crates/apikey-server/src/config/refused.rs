//! A configuration that is not accepted.

use std::process::ExitCode;

/// Names the setting, the value and what was expected.
#[derive(Debug)]
pub enum Refused {
    /// The command line, or a variable that stands for a flag; also `--help`.
    Arguments(Box<clap::Error>),
    /// Any other setting.
    Setting(String),
}

impl Refused {
    /// Refuses `value` for `setting`.
    pub fn new(setting: &str, value: &str, expected: impl std::fmt::Display) -> Self {
        Self::Setting(format!("invalid value '{value}' for {setting}: {expected}"))
    }

    /// Tells the person at the terminal; 2, or 0 for `--help`.
    pub fn report(&self) -> ExitCode {
        match self {
            Self::Arguments(error) => {
                // Nothing can be done when even standard error is closed.
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
