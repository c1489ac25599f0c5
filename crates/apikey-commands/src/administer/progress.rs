//! How far long work is, for whoever waits for it at a terminal.

use std::{
    io::{IsTerminal, Write, stderr, stdout},
    time::{Duration, Instant},
};

/// How often it is said.
const INTERVAL: Duration = Duration::from_millis(200);

/// Says on standard error how much is done, if that is a terminal and the output goes
/// elsewhere: on one terminal they would run into each other.
pub(super) struct Progress {
    is_shown: bool,
    said: Option<Instant>,
}

// === impl Progress ===

impl Progress {
    pub(super) fn new() -> Self {
        Self {
            is_shown: stderr().is_terminal() && !stdout().is_terminal(),
            said: None,
        }
    }

    /// Says that so many are done.
    pub(super) fn done(&mut self, done: u64, total: Option<u64>) {
        let is_due = self.said.is_none_or(|said| said.elapsed() >= INTERVAL);
        if self.is_shown && is_due {
            self.said = Some(Instant::now());
            let of = total.map_or(String::new(), |total| format!(" of {total}"));
            // Without anybody to read it, nothing is lost.
            let _ = write!(stderr(), "\r{done}{of}");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.said.is_some() {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}
