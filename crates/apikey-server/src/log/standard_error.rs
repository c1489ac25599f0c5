//! Standard error, and the lines that it did not take.

use std::{
    io::Write,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};
use tracing_appender::non_blocking::ErrorCounter;

/// Lines that could not be written.
static UNWRITTEN: AtomicU64 = AtomicU64::new(0);
/// How many lost lines the log has told of.
static REPORTED: AtomicU64 = AtomicU64::new(0);
/// Counts the lines for which there was no room in the queue.
static UNQUEUED: OnceLock<ErrorCounter> = OnceLock::new();

/// Writes lines to standard error. A line that cannot be written is counted, and is no
/// error. Once lines can be written again, the log tells how many were lost.
pub(super) struct StandardError;

// === impl StandardError ===

impl Write for StandardError {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        match std::io::stderr().write_all(line) {
            Ok(()) => report_lost_lines(),
            Err(_) => {
                UNWRITTEN.fetch_add(1, Ordering::Relaxed);
            }
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Sets the counter of lines for which there is no room in the queue.
pub(super) fn count_unqueued(counter: ErrorCounter) {
    // Fails only if there is a log already, and then no second one is started.
    let _ = UNQUEUED.set(counter);
}

/// Returns how many lines of the log were lost since the process started.
pub fn dropped_lines() -> u64 {
    let unqueued = UNQUEUED.get().map_or(0, ErrorCounter::dropped_lines);
    UNWRITTEN.load(Ordering::Relaxed) + unqueued as u64
}

/// Writes a line past the log. If that fails, there is nowhere to tell.
pub(super) fn write_line(line: &str) {
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// Called where a line was written, by the one thread that writes. The line about the
/// lost ones is queued like any other.
fn report_lost_lines() {
    let lost = dropped_lines();
    let reported = REPORTED.swap(lost, Ordering::Relaxed);
    if lost > reported {
        tracing::warn!(lines = lost - reported, "lines of the log were lost");
    }
}
