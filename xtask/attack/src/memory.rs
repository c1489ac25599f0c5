//! The most memory that a server takes while it is watched.

use anyhow::Result;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::task::JoinHandle;
use xtask_harness::usage::resident_megabytes;

const INTERVAL: Duration = Duration::from_millis(100);

/// At how many megabytes above the beginning an attack is broken off: long after
/// the server has failed, and before the machine does.
const BREAK_OFF_AT: f64 = 1500.0;

/// Looks at a server's memory again and again until it is dropped.
pub(crate) struct MemoryWatch {
    before: f64,
    /// As bits, which order as the numbers do: none is below zero.
    peak: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

// === impl MemoryWatch ===

impl MemoryWatch {
    /// Begins with what a process takes now.
    pub(crate) fn start(process: u32) -> Result<Self> {
        let before = resident_megabytes(process)?;
        let peak = Arc::new(AtomicU64::new(before.to_bits()));
        let seen = Arc::clone(&peak);
        let task = tokio::spawn(async move {
            // A process that has ended is a matter of its row.
            while let Ok(now) = resident_megabytes(process) {
                seen.fetch_max(now.to_bits(), Ordering::Relaxed);
                tokio::time::sleep(INTERVAL).await;
            }
        });
        Ok(Self { before, peak, task })
    }

    /// Returns the megabytes at the beginning.
    pub(crate) fn before(&self) -> f64 {
        self.before
    }

    /// Returns the most megabytes that were seen above those at the beginning.
    pub(crate) fn growth(&self) -> f64 {
        f64::from_bits(self.peak.load(Ordering::Relaxed)) - self.before
    }

    /// Waits for a part of an attack, or until the server takes so much that the
    /// attack must be broken off.
    pub(crate) async fn unless_beyond(&self, part: impl Future<Output = ()>) {
        let beyond = async {
            while self.growth() < BREAK_OFF_AT {
                tokio::time::sleep(INTERVAL).await;
            }
        };
        tokio::select! {
            () = part => {}
            () = beyond => {}
        }
    }
}

impl Drop for MemoryWatch {
    fn drop(&mut self) {
        self.task.abort();
    }
}
