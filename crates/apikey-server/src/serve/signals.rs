//! The signals: those that end the server, and those that must not, one of which reads the
//! pepper again.

use crate::pepper::NodePeppers;
use apikey_diesel::Supervisor;
use std::{future::poll_fn, io, path::PathBuf, sync::Arc, task::Poll, time::Duration};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};

/// The signals that would end a process that does not take them, but by which others ask a
/// server to open its files again: when a terminal closes, and when logs are rotated.
const REOPENING: [(&str, SignalKind); 3] = [
    ("SIGHUP", SignalKind::hangup()),
    ("SIGUSR1", SignalKind::user_defined1()),
    ("SIGUSR2", SignalKind::user_defined2()),
];
/// The pause after a line about such a signal. More of them share one line.
const PAUSE: Duration = Duration::from_secs(1);

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

/// Takes SIGHUP, SIGUSR1 and SIGUSR2 from now on, so that they do not end the process. To be
/// called first, and outside of a runtime. If the system refuses, they end it as before. Returns
/// whether SIGHUP meant nothing before either, which is what `nohup` does.
pub fn outlive_hangups() -> bool {
    let ignored = ignored();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    if let Ok(runtime) = runtime {
        // They stay taken when the runtime is dropped.
        let _entered = runtime.enter();
        for (_, kind) in REOPENING {
            drop(signal(kind));
        }
    }
    ignored & (1 << (SignalKind::hangup().as_raw_value() - 1)) != 0
}

/// Returns which signals are ignored, a bit for each.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    line.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok())
        .unwrap_or_default()
}

/// Tells of SIGHUP, and logs SIGUSR1 and SIGUSR2, without end. Several that come within a
/// second count as one.
pub(super) async fn watch_hangups(hangups: watch::Sender<u64>) {
    let mut watched: Vec<(&str, Signal)> = REOPENING
        .into_iter()
        .filter_map(|(name, kind)| Some((name, signal(kind).ok()?)))
        .collect();
    loop {
        let received = poll_fn(|context| {
            let received = watched.iter_mut().find_map(|(name, signal)| {
                matches!(signal.poll_recv(context), Poll::Ready(Some(()))).then_some(*name)
            });
            received.map_or(Poll::Pending, Poll::Ready)
        })
        .await;
        if received == REOPENING[0].0 {
            hangups.send_modify(|number| *number += 1);
        } else {
            log_nothing_to_open(received);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Reads the pepper again at each SIGHUP, until the sender is gone. There is nothing else to
/// open but the audit log, if there is one, which does so itself.
pub(super) async fn reload_at_hangups(
    peppers: Arc<NodePeppers>,
    audit_log: Option<PathBuf>,
    mut hangups: watch::Receiver<u64>,
) {
    while hangups.changed().await.is_ok() {
        match peppers.reload().await {
            Ok(Some(_)) => {}
            // It says itself that it was opened again.
            Ok(None) if audit_log.is_some() => {}
            Ok(None) => log_nothing_to_open(REOPENING[0].0),
            Err(error) => {
                let error = format!("{error:#}");
                tracing::error!(error, "the pepper was not replaced");
            }
        }
    }
}

fn log_nothing_to_open(signal: &str) {
    tracing::info!(
        signal,
        "nothing to open again: the log goes to standard error, and settings are read at the \
         start"
    );
}
