//! The end of the server: within 10 s of a signal, whatever the database does.

use super::signals::Signals;
use crate::last_used::LastUsedWriter;
use apikey_diesel::Store;
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    task::JoinHandle,
    time::{Instant, timeout_at},
};

/// How long requests in flight may take to finish, in seconds.
pub(super) const DRAIN_SECONDS: u64 = 8;
/// How long after the signal nothing is waited for any longer. What then remains is to
/// write the log.
const WAIT_LIMIT: Duration = Duration::from_millis(9_200);
/// How long after the signal the process is ended in any case.
const EXIT_LIMIT: Duration = Duration::from_millis(9_500);

/// What has to end.
pub(super) struct Running {
    /// The end of the HTTP server, which lets requests finish.
    pub(super) requests: JoinHandle<anyhow::Result<()>>,
    pub(super) last_used_writer: LastUsedWriter,
    pub(super) pruner: JoinHandle<()>,
    pub(super) names: JoinHandle<()>,
    pub(super) name_index: JoinHandle<()>,
    pub(super) removals: JoinHandle<()>,
    pub(super) forgetting: JoinHandle<()>,
    pub(super) sessions: JoinHandle<()>,
    pub(super) endings: JoinHandle<()>,
    pub(super) renewals: JoinHandle<()>,
    pub(super) peppers: JoinHandle<()>,
    pub(super) reloading: JoinHandle<()>,
    pub(super) audit_log: Option<JoinHandle<()>>,
    pub(super) ended_keys: Option<JoinHandle<()>>,
    pub(super) store: Store,
}

/// What is still being done, for the log.
struct Remaining(Mutex<Vec<&'static str>>);

/// Ends everything. What does not end in time, or before a second signal, is left
/// undone, and the log says what.
///
/// # Errors
///
/// Those of the HTTP server.
pub(super) async fn stop(running: Running, signals: &mut Signals) -> anyhow::Result<()> {
    let signaled = Instant::now();
    exit_after(EXIT_LIMIT);
    let remaining = Remaining::all();
    let mut served = Ok(());
    let hurry = tokio::select! {
        () = end(running, signaled, &remaining, &mut served) => None,
        () = tokio::time::sleep_until(signaled + WAIT_LIMIT) => Some("the time is over"),
        () = signals.next() => Some("a second signal"),
    };
    match hurry {
        Some(cause) => {
            let undone = remaining.names();
            tracing::warn!(cause, undone, "stopped before everything was done");
        }
        None => tracing::info!("stopped"),
    }
    served
}

/// Lets the requests finish, and then ends everything else at the same time.
async fn end(
    running: Running,
    signaled: Instant,
    remaining: &Remaining,
    served: &mut anyhow::Result<()>,
) {
    let Running {
        requests,
        last_used_writer,
        pruner,
        names,
        name_index,
        removals,
        forgetting,
        sessions,
        endings,
        renewals,
        peppers,
        reloading,
        audit_log,
        ended_keys,
        store,
    } = running;
    let until = signaled + Duration::from_secs(DRAIN_SECONDS);
    if let Ok(ended) = timeout_at(until, requests).await {
        remaining.done(REQUESTS);
        *served = ended.unwrap_or_else(|error| Err(error.into()));
    }
    let uses = async {
        last_used_writer.stop().await;
        remaining.done(USES);
    };
    // They hold ports of the store.
    let others = async {
        let tasks = [
            pruner, names, name_index, removals, forgetting, sessions, endings, renewals, peppers,
            reloading,
        ];
        for task in tasks.into_iter().chain(audit_log).chain(ended_keys) {
            task.abort();
            let _aborted = task.await;
        }
    };
    let closing = async {
        store.closed().await;
        remaining.done(WRITES);
    };
    tokio::join!(uses, others, closing);
}

/// Ends the process, should nothing else have ended it: the thread needs neither the
/// runtime nor the log.
fn exit_after(limit: Duration) {
    let thread = std::thread::Builder::new().name("apikey-exit".to_owned());
    let started = thread.spawn(move || {
        std::thread::sleep(limit);
        std::process::exit(0);
    });
    if let Err(error) = started {
        tracing::warn!(%error, "the end of the process is not bounded");
    }
}

// === impl Remaining ===

const REQUESTS: &str = "requests in flight";
const USES: &str = "the uses of keys";
const WRITES: &str = "writes in progress and the end of the lease";

impl Remaining {
    fn all() -> Self {
        Self(Mutex::new(vec![REQUESTS, USES, WRITES]))
    }

    fn done(&self, what: &str) {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        names.retain(|name| *name != what);
    }

    fn names(&self) -> String {
        let names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        names.join(", ")
    }
}
