//! The log.

use crate::config::{Config, LogFormat};
use anyhow::anyhow;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Starts the log on standard error, as text or JSON.
///
/// # Errors
///
/// If a log has been started before.
pub fn start(config: &Config) -> anyhow::Result<()> {
    // Below this level the driver logs the values that it sends, including digests
    // and password hashes.
    let filter =
        EnvFilter::try_new(&config.log_filter)?.add_directive("tokio_postgres=info".parse()?);
    let is_terminal = std::io::stderr().is_terminal();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(is_terminal);
    let started = match config.log_format {
        LogFormat::Json => subscriber.json().flatten_event(true).try_init(),
        LogFormat::Text => subscriber.with_target(false).try_init(),
    };
    started.map_err(|error| anyhow!("cannot start the log: {error}"))
}
