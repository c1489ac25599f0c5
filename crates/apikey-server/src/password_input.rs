//! A new password, typed twice on a terminal or read from standard input.

use crate::{
    config::{Refused, secret_text},
    serve,
};
use apikey_domain::identity::password::PlainPassword;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io::{IsTerminal, Read, Write, stderr, stdin};
use tokio::signal::unix::{Signal, SignalKind, signal};
use zeroize::Zeroizing;

/// How often two different passwords may be typed.
const ATTEMPTS: usize = 3;

/// Reads a new password: from a terminal twice, without showing it, otherwise all of
/// standard input.
///
/// # Errors
///
/// [`Refused`] if it cannot be read, is not one line of text or breaks the rules.
pub fn read() -> Result<PlainPassword, Refused> {
    let text = if stdin().is_terminal() {
        ask()?
    } else {
        secret_of(Input::All)?
    };
    let password = PlainPassword::new(text.as_str());
    let checked = password.check_strength();
    checked.map_err(|invalid| refused(invalid.to_string()))?;
    Ok(password)
}

/// Has the password typed, and lets a terminal show again what is typed, also if that is
/// interrupted.
fn ask() -> Result<Zeroizing<String>, Refused> {
    let _silence = Silence::begin()?;
    let runtime = serve::runtime().map_err(|error| refused(error.to_string()))?;
    let typed = runtime.block_on(async {
        let [mut ended, mut quit] = signals().map_err(|error| refused(error.to_string()))?;
        tokio::select! {
            typed = tokio::task::spawn_blocking(typed_twice) => {
                typed.unwrap_or_else(|error| Err(refused(error.to_string())))
            }
            _ = tokio::signal::ctrl_c() => Err(interrupted()),
            _ = ended.recv() => Err(interrupted()),
            _ = quit.recv() => Err(interrupted()),
        }
    });
    runtime.shutdown_background();
    typed
}

/// Returns what else ends a program: the terminal would stay silent.
fn signals() -> std::io::Result<[Signal; 2]> {
    Ok([
        signal(SignalKind::terminate())?,
        signal(SignalKind::quit())?,
    ])
}

fn interrupted() -> Refused {
    refused("it was interrupted".to_owned())
}

fn typed_twice() -> Result<Zeroizing<String>, Refused> {
    for _ in 0..ATTEMPTS {
        let first = typed("New password: ")?;
        if first == typed("The same again: ")? {
            return Ok(first);
        }
        say("They differ.\n");
    }
    Err(refused("it was never the same twice".to_owned()))
}

/// Asks for a line, whose end is not shown either.
fn typed(prompt: &str) -> Result<Zeroizing<String>, Refused> {
    say(prompt);
    let line = secret_of(Input::Line);
    say("\n");
    line
}

fn secret_of(from: impl Read) -> Result<Zeroizing<String>, Refused> {
    let bytes = secret_text::read(from).map_err(|error| refused(error.to_string()))?;
    secret_text::parse(&bytes).map_err(|expected| refused(expected.to_owned()))
}

fn refused(cause: String) -> Refused {
    Refused::Setting(format!("no new password was given: {cause}"))
}

fn say(text: &str) {
    // Without anybody to read it, nothing is typed either.
    let _ = stderr().write_all(text.as_bytes());
}

/// Standard input, of which no buffer keeps a copy.
enum Input {
    /// All of it.
    All,
    /// A line: a terminal hands over one at a time.
    Line,
    /// No more.
    End,
}

// === impl Input ===

impl Read for Input {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if matches!(self, Self::End) {
            return Ok(0);
        }
        let length = rustix::io::read(stdin(), &mut *into)?;
        if matches!(self, Self::Line) && into[..length].ends_with(b"\n") {
            *self = Self::End;
        }
        Ok(length)
    }
}

/// A terminal that does not show what is typed, until this is dropped.
struct Silence {
    before: Termios,
}

// === impl Silence ===

impl Silence {
    fn begin() -> Result<Self, Refused> {
        let failed = |error| refused(format!("the terminal cannot hide what is typed ({error})"));
        let before = tcgetattr(stdin()).map_err(failed)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        // What was typed before the question is discarded.
        tcsetattr(stdin(), OptionalActions::Flush, &silent).map_err(failed)?;
        Ok(Self { before })
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        // If it fails, the terminal is gone.
        let _ = tcsetattr(stdin(), OptionalActions::Flush, &self.before);
    }
}
