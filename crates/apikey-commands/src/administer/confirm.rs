//! What cannot be undone is asked for once more.

use super::failure::Failure;
use crate::text::visible;
use std::io::{BufRead, IsTerminal, Write, stderr, stdin};

/// Checks that somebody can be asked, before anything else is done.
///
/// # Errors
///
/// If nobody can, and nobody said yes.
pub fn check_can_ask(is_yes: bool) -> Result<(), Failure> {
    if is_yes || stdin().is_terminal() {
        return Ok(());
    }
    let message = "this cannot be undone, and nobody can be asked: add --yes";
    Err(Failure::Arguments(message.to_owned()))
}

/// Asks whether it is to be done, unless somebody said yes.
///
/// # Errors
///
/// If it is not.
pub(super) fn confirm(is_yes: bool, what: &str) -> Result<(), Failure> {
    if is_yes {
        return Ok(());
    }
    let question = format!("{}? This cannot be undone. [y/N] ", visible(what));
    // What cannot be shown cannot be agreed to: the answer is then no.
    let mut answer = String::new();
    if stderr().write_all(question.as_bytes()).is_ok() {
        stdin().lock().read_line(&mut answer).unwrap_or_default();
    }
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::Failed("nothing was done".to_owned())),
    }
}
