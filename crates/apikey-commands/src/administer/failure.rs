//! Why a command was not carried out, and the exit code that says so.

use std::{fmt::Display, io};

/// Why a command was not carried out.
#[derive(Debug)]
pub enum Failure {
    /// The server cannot be reached, or it failed.
    Failed(String),
    /// The arguments make no sense.
    Arguments(String),
    /// The service refused it.
    Refused(String),
    /// What it is about does not exist, or not for whoever asks.
    NotFound(String),
    /// The output cannot be written.
    Output(io::Error),
    /// Whoever reads the output wants no more.
    OutputClosed,
}

// === impl Failure ===

impl Failure {
    /// Returns the exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::OutputClosed => 0,
            Self::Failed(_) | Self::Output(_) => 1,
            Self::Arguments(_) => 2,
            Self::Refused(_) => 3,
            Self::NotFound(_) => 4,
        }
    }

    /// Returns what is said; nothing if the output is closed, which `| head` does.
    pub fn message(&self) -> Option<String> {
        match self {
            Self::Failed(message)
            | Self::Arguments(message)
            | Self::Refused(message)
            | Self::NotFound(message) => Some(message.clone()),
            Self::Output(error) => Some(format!("the output cannot be written: {error}")),
            Self::OutputClosed => None,
        }
    }

    /// Returns the failure of an answer that is not what an apikey-server answers.
    pub(super) fn unreadable(what: impl Display) -> Self {
        Self::Failed(format!("the answer of the server cannot be read: {what}"))
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::OutputClosed,
            _ => Self::Output(error),
        }
    }
}
