//! Remembers that a signal asked xtask to stop, so that it stops in order:
//! children first, then what it started for them.

use anyhow::{Context, Result};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::{
    fmt,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
};

/// The number of the last signal caught; zero before the first.
static CAUGHT: LazyLock<Arc<AtomicUsize>> = LazyLock::new(Arc::default);

/// Says that a signal asked xtask to stop.
#[derive(Debug, Clone, Copy)]
pub struct Interrupted {
    /// The signal's number.
    pub signal: i32,
}

/// Replaces the sudden death by SIGINT, SIGTERM and SIGHUP with a note that
/// [`check`] reads.
pub fn watch() -> Result<()> {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        let number = usize::try_from(signal)?;
        signal_hook::flag::register_usize(signal, Arc::clone(&CAUGHT), number)
            .with_context(|| format!("cannot watch for signal {signal}"))?;
    }
    Ok(())
}

/// Fails once a signal was caught. Code that waits for something calls this
/// regularly.
pub fn check() -> Result<(), Interrupted> {
    match i32::try_from(CAUGHT.load(Ordering::SeqCst)) {
        Ok(signal) if signal > 0 => Err(Interrupted { signal }),
        _ => Ok(()),
    }
}

// === impl Interrupted ===

impl fmt::Display for Interrupted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "interrupted by signal {}", self.signal)
    }
}

impl std::error::Error for Interrupted {}
