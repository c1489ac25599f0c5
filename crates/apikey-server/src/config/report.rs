//! How an invalid configuration is said, and what the program ends with.

use super::refused::{NOT_SHOWN, Refused, may_have_secret};
use crate::log;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::{io::Write, process::ExitCode};

impl Refused {
    /// Prints the error and returns the exit code: 2, or for `--help` 0, or 1 if it
    /// cannot be printed.
    pub fn report(self) -> ExitCode {
        match self {
            Self::Arguments(error) => {
                let code = error.exit_code();
                let printed = log::print(move || match without_secrets(&error) {
                    None => error.print(),
                    Some(text) => std::io::stderr().write_all(text.as_bytes()),
                });
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

/// Returns the message of an error without the value that it shows, if that may contain a
/// password: a URL, or a value where none belongs.
fn without_secrets(error: &clap::Error) -> Option<String> {
    let value = [
        ContextKind::InvalidValue,
        ContextKind::InvalidSubcommand,
        ContextKind::InvalidArg,
    ]
    .into_iter()
    .find_map(|kind| match error.get(kind) {
        Some(ContextValue::String(value)) => Some(value),
        _ => None,
    })?;
    let is_word = matches!(
        error.kind(),
        ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand
    );
    let is_misspelled = error.get(ContextKind::SuggestedSubcommand).is_some();
    let is_stray = is_word && !is_misspelled && !value.starts_with('-');
    // As in --password=…, which takes none.
    let is_stray = is_stray || error.kind() == ErrorKind::TooManyValues;
    let message = || error.render().to_string().replace(value, NOT_SHOWN);
    (!value.is_empty() && (is_stray || may_have_secret(value))).then(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Arg, ArgAction, Command};

    #[test]
    fn a_value_that_may_contain_a_password_is_not_repeated() {
        for arguments in [
            ["x", "--listen", "postgres://me:hidden@db/x"],
            ["x", "--listen=127.0.0.1:1", "hidden"],
            ["x", "--listen=127.0.0.1:1", "host=db password=hidden"],
            ["x", "--listen=127.0.0.1:1", "postgres://me:hidden@db/x"],
            ["x", "--listen", "me:hidden@host"],
            ["x", "--listen=127.0.0.1:1", "--password=hidden"],
        ] {
            let parser = clap::value_parser!(std::net::SocketAddr);
            let command = Command::new("x")
                .arg(Arg::new("listen").long("listen").value_parser(parser))
                .arg(
                    Arg::new("password")
                        .long("password")
                        .action(ArgAction::SetTrue),
                )
                .subcommand(Command::new("config"));
            let error = command.try_get_matches_from(arguments).unwrap_err();
            let shown = without_secrets(&error).unwrap_or_else(|| error.render().to_string());
            assert!(!shown.contains("hidden"), "{shown}");
        }
    }
}
