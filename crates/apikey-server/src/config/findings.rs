//! What is wrong with the settings: all of it, in the order in which it was found.

use super::refused::{NOT_SHOWN, Refused, may_have_secret};
use std::fmt::Display;

/// How many are said.
const MOST: usize = 50;

/// What is wrong with the settings.
#[derive(Default)]
pub(super) struct Findings {
    lines: Vec<String>,
    more: usize,
}

// === impl Findings ===

impl Findings {
    pub(super) fn add(&mut self, line: String) {
        if self.lines.len() < MOST {
            self.lines.push(line);
        } else {
            self.more += 1;
        }
    }

    /// Adds that a value is not what was expected.
    pub(super) fn invalid(&mut self, value: &str, setting: &str, expected: impl Display) {
        let value = match may_have_secret(value) {
            true => NOT_SHOWN,
            false => value,
        };
        self.refused(Refused::new(setting, value, expected));
    }

    /// Adds why something was refused.
    pub(super) fn refused(&mut self, refused: Refused) {
        match refused {
            Refused::Setting(line) => self.add(line),
            Refused::Arguments(error) => self.add(error.to_string()),
        }
    }

    pub(super) fn lines(self) -> Vec<String> {
        let more = (self.more > 0).then(|| format!("{} more are wrong", self.more));
        self.lines.into_iter().chain(more).collect()
    }

    /// Returns all of it as one error. `None` if nothing is wrong.
    pub(super) fn error(self) -> Option<Refused> {
        let lines = self.lines();
        (!lines.is_empty()).then(|| Refused::Setting(lines.join("\nerror: ")))
    }
}
