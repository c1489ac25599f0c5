//! The handle to the single writer of a node.

use super::{
    connection::{Connection, Source},
    group_commit::GroupCommit,
    job::{Job, KeyCreation, WriteJob, WriteRequest, Written},
    key_quota,
    lock::Lock,
    publisher::CommitPublisher,
    transaction::Transactor,
};
use crate::{failure::unavailable, last_time::LastTime, supervision::Supervisor};
use apikey_domain::{
    access::{
        authority::Authority,
        quota::{Quota, Quotas, spending::Spending},
    },
    error::PortError,
    key::api_key::{ApiKey, NewApiKey},
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

    /// Returns how many writes wait to be taken.
    pub(super) fn waiting(&self) -> u32 {
        let waiting = self.jobs.max_capacity() - self.jobs.capacity();
        u32::try_from(waiting).unwrap_or(u32::MAX)
    }

    /// Returns a function that counts the writes that wait to be taken. It does not keep the
    /// writer from ending.
    pub(super) fn waiting_writes(&self) -> impl Fn() -> u64 + Send + Sync + use<> {
        let jobs = self.jobs.downgrade();
        move || {
            let jobs = jobs.upgrade();
            jobs.map_or(0, |jobs| (jobs.max_capacity() - jobs.capacity()) as u64)
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
        self.admit(&by)?;
        self.run(by, lock, work).await
    }

    /// The same for the creation of a key, which shares its statement with others that
    /// wait at the same time; one that is counted, replaces another one or has a digest that
    /// not every node may know has statements of its own.
    pub(super) async fn create_key(
        &self,
        by: Authority,
        new: NewApiKey,
        quota: Quota,
    ) -> Result<ApiKey, PortError> {
        let is_known_to_all = new.secret_digest.foreign().is_none();
        if quota.is_unbounded() && new.replaces.is_none() && is_known_to_all {
            self.admit(&by)?;
            let (creation, result) = KeyCreation::new(by, Arc::clone(&self.spending), new);
            return self.send(creation, result).await;
        }
        let lock = Lock::of_creation(&new, true);
        let organization_id = by.grounds().and_then(|grounds| grounds.principal_id);
        self.write(
            by,
            lock,
            statement!(
                key_quota::create,
                quota: quota,
                organization_id: organization_id,
                new: &new
            ),
        )
        .await
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

    /// Refuses if whoever makes a change may make no more now.
    fn admit(&self, by: &Authority) -> Result<(), PortError> {
        match by.grounds() {
            Some(grounds) => {
                let admitted = self.spending.admit(grounds.into(), Instant::now());
                admitted.map_err(PortError::TooMany)
            }
            None => Ok(()),
        }
    }

    /// Runs a change that may end a right, or not.
    pub(super) async fn write_or_end<T, W>(
        &self,
        ends_right: bool,
        by: Authority,
        lock: Lock,
        work: W,
    ) -> Result<T, PortError>
    where
        T: Send + 'static,
        W: for<'c> Fn(&'c mut Connection) -> BoxFuture<'c, Written<T>> + Send + 'static,
    {
        if ends_right {
            self.end(by, lock, work).await
        } else {
            self.write(by, lock, work).await
        }
    }

    async fn run<T, W>(&self, by: Authority, lock: Lock, work: W) -> Result<T, PortError>
    where
        T: Send + 'static,
        W: for<'c> Fn(&'c mut Connection) -> BoxFuture<'c, Written<T>> + Send + 'static,
    {
        let (request, result) = WriteRequest::new(by, Arc::clone(&self.spending), lock);
        self.send(WriteJob { request, work }, result).await
    }

    async fn send<T>(
        &self,
        job: impl Job + 'static,
        result: oneshot::Receiver<Result<T, PortError>>,
    ) -> Result<T, PortError> {
        self.jobs
            .try_send(Box::new(job))
            .map_err(|_| unavailable("too many writes are waiting, or the writer has stopped"))?;
        let result = result.await;
        result.unwrap_or_else(|_| Err(unavailable("the writer has stopped")))
    }
}
