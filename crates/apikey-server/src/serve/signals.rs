//! The signals that end the server.

use apikey_diesel::Supervisor;
use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGINT and SIGTERM, which mean the same.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    supervisor: Supervisor,
}

// === impl Signals ===

impl Signals {
    /// Takes the signals from now on; until then they end the process at once.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub(super) fn watch(supervisor: &Supervisor) -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            supervisor: supervisor.clone(),
        })
    }

    /// Waits for the next signal.
    pub(super) async fn next(&mut self) {
        let is_signaled = tokio::select! {
            interrupted = self.interrupt.recv() => interrupted.is_some(),
            terminated = self.terminate.recv() => terminated.is_some(),
        };
        if !is_signaled {
            self.supervisor
                .report("the watch for signals", "it returned");
        }
    }
}
