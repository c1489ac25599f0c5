//! The handle to the single writer of a node.

use super::{
    connection::{Connection, Source},
    group_commit::GroupCommit,
    job::{Job, WriteJob, Written},
    lock::Lock,
    publisher::CommitPublisher,
    transaction::Transactor,
};
use crate::{failure::unavailable, last_time::LastTime, supervision::Supervisor};
use apikey_domain::{
    access::{authority::Authority, quota::Quotas, spending::Spending},
    error::PortError,
};
use futures_util::future::BoxFuture;
use std::{sync::Arc, thread::JoinHandle, time::Instant};
use tokio::sync::{mpsc, oneshot};

/// How many writes may wait; more are refused.
const QUEUE_CAPACITY: usize = 4_096;

/// Sends writes to the writer's thread.
///
/// With a single writer many writes share a commit; on SQLite it also makes the order
/// of commits the order of events.
#[derive(Clone)]
pub(crate) struct Writer {
    jobs: mpsc::Sender<Box<dyn Job>>,
    /// How much is changed by whom.
    spending: Arc<Spending>,
    /// When the writer's thread last committed changes.
    pub(super) last_commit: Arc<LastTime>,
}

// === impl Writer ===

impl Writer {
    /// Starts the thread, with its own connection from `source`. The thread ends when
    /// the last `Writer` is dropped.
    pub(super) fn start(
        source: Source,
        publisher: CommitPublisher,
        supervisor: &Supervisor,
    ) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (sender, jobs) = mpsc::channel(QUEUE_CAPACITY);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let transactor = Transactor::new(source, publisher);
        let last_commit = Arc::clone(&transactor.last_commit);
        let mut writer = GroupCommit::new(transactor, supervisor)?;
        let supervisor = supervisor.clone();
        let thread = std::thread::Builder::new()
            .name("apikey-writer".to_owned())
            .spawn(move || {
                // It is dropped before the writer, with which the slow lane ends.
                let _attendance = supervisor.attend("the writer");
                runtime.block_on(writer.run(jobs));
            })?;
        let writer = Self {
            jobs: sender,
            spending: Arc::default(),
            last_commit,
        };
        Ok((writer, thread))
    }

    /// Bounds how much is changed by whom.
    pub(super) fn spending_within(self, quotas: Quotas) -> Self {
        Self {
            spending: Arc::new(Spending::within(quotas)),
            ..self
        }
    }

    /// Takes `lock`, judges `by` and runs `work` in a transaction. Returns the result
    /// once it is committed and, if required, acknowledged by all nodes. The work is
    /// completed even if this future is dropped. It MAY be run again if the transaction
    /// was rolled back. Refused if whoever makes the change may make no more now.
    pub(super) async fn write<T, W>(
        &self,
        by: Authority,
        lock: Lock,
        work: W,
    ) -> Result<T, PortError>
    where
        T: Send + 'static,
        W: for<'c> Fn(&'c mut Connection) -> BoxFuture<'c, Written<T>> + Send + 'static,
    {
        if let Some(grounds) = by.grounds() {
            let admitted = self.spending.admit(grounds.into(), Instant::now());
            admitted.map_err(PortError::TooMany)?;
        }
        self.run(by, lock, work).await
    }

    /// As [`Self::write`], for a change that ends a right: it is counted, and not refused
    /// because there were many. Otherwise whoever has stolen a key could keep its user
    /// from deleting it.
    pub(super) async fn end<T, W>(&self, by: Authority, lock: Lock, work: W) -> Result<T, PortError>
    where
        T: Send + 'static,
        W: for<'c> Fn(&'c mut Connection) -> BoxFuture<'c, Written<T>> + Send + 'static,
    {
        if let Some(grounds) = by.grounds() {
            self.spending.note(grounds.into(), Instant::now());
        }
        self.run(by, lock, work).await
    }

    async fn run<T, W>(&self, by: Authority, lock: Lock, work: W) -> Result<T, PortError>
    where
        T: Send + 'static,
        W: for<'c> Fn(&'c mut Connection) -> BoxFuture<'c, Written<T>> + Send + 'static,
    {
        let (reply, result) = oneshot::channel();
        let job = WriteJob {
            by,
            spending: Arc::clone(&self.spending),
            since: Instant::now(),
            lock,
            work,
            written: None,
            reply,
        };
        self.jobs
            .try_send(Box::new(job))
            .map_err(|_| unavailable("too many writes are waiting, or the writer has stopped"))?;
        let result = result.await;
        result.unwrap_or_else(|_| Err(unavailable("the writer has stopped")))
    }
}
