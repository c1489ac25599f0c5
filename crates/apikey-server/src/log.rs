//! The log.
//!
//! Lines are written by a thread of their own: a standard error that nobody reads, or
//! that cannot be written, keeps no request waiting and is no error. Lines that are
//! lost are counted.

mod standard_error;

use crate::config::{Config, LogFormat};
use anyhow::anyhow;
use standard_error::StandardError;
pub use standard_error::dropped_lines;
use std::{
    io::{IsTerminal, Write},
    sync::mpsc,
    time::Duration,
};
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

/// How many lines may wait to be written; more are lost.
const WAITING_LINES: usize = 8_192;
/// How long the end of the process waits for lines to be written.
const FLUSH_TIMEOUT: Duration = Duration::from_millis(1_500);

/// Libraries that log below this level what they send and receive: digests and password
/// hashes to PostgreSQL, keys and sessions to a server.
const TALKATIVE: [&str; 3] = ["tokio_postgres", "ureq", "ureq_proto"];

/// The log of this process. When it is dropped, the lines that wait are written, for
/// which it waits at most 1.5 s.
pub struct Log(Option<WorkerGuard>);

/// Starts the log on standard error, as text or JSON.
///
/// # Errors
///
/// If a log has been started before.
pub fn start(config: &Config) -> anyhow::Result<Log> {
    let mut filter = EnvFilter::try_new(&config.program.log)?;
    for library in TALKATIVE {
        filter = filter.add_directive(format!("{library}=info").parse()?);
    }
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(WAITING_LINES)
        .lossy(true)
        .thread_name("apikey-log")
        .finish(StandardError);
    standard_error::count_unqueued(writer.error_counter());
    start_subscriber(config, filter, writer)?;
    Ok(Log(Some(guard)))
}

fn start_subscriber(config: &Config, filter: EnvFilter, writer: NonBlocking) -> anyhow::Result<()> {
    let is_terminal = std::io::stderr().is_terminal();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        // They would go to standard error, and panic where it cannot be written.
        .log_internal_errors(false)
        .with_ansi(is_terminal);
    let started = match config.program.log_format {
        LogFormat::Json => subscriber.json().flatten_event(true).try_init(),
        LogFormat::Text => subscriber.with_target(false).try_init(),
    };
    started.map_err(|error| anyhow!("cannot start the log: {error}"))
}

// === impl Log ===

impl Drop for Log {
    fn drop(&mut self) {
        let Some(guard) = self.0.take() else {
            return;
        };
        // On a thread of its own, because it prints to standard output if the lines
        // cannot be written, and that may panic or wait forever.
        within(FLUSH_TIMEOUT, move || drop(guard));
    }
}

/// Writes a line to standard error, and waits for it at most 1.5 s. For the last words
/// of a process, and where there is no log.
pub fn say(line: String) {
    print(move || standard_error::write_line(&line));
}

/// Prints what was done to standard output. It is done, whether that can be printed or not:
/// an error would have it done again.
pub fn done(text: &str) {
    let mut output = std::io::stdout().lock();
    let printed = output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush());
    if let Err(error) = printed {
        tracing::warn!(%error, "it is done, but that cannot be printed");
    }
}

/// Runs `printing`, which may block, and returns its result if it ends within 1.5 s.
pub fn print<T: Send + 'static>(printing: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    within(FLUSH_TIMEOUT, printing)
}

/// Runs `work` on another thread, and waits for its result as long as `limit`.
fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (done, result) = mpsc::channel();
    let thread = std::thread::Builder::new()
        .name("apikey-last-words".to_owned())
        // Fails when nobody waits any longer.
        .spawn(move || drop(done.send(work())));
    thread.ok()?;
    // Nothing if it did not end in time, or panicked: there is no more to be done.
    result.recv_timeout(limit).ok()
}
