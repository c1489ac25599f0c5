//! Group commit: takes the writes that are waiting, commits them together with their
//! events, publishes the changes, then replies.
//!
//! A job on whose subject many writes rest shares no transaction ([`Job::runs_alone`]).
//! A job that refuses does so before its first write ([`Failure::Refused`]). If the
//! database fails a job, the whole transaction is rolled back, and its jobs are run
//! again, each in a transaction of its own, so that one job's failure affects no
//! other. If the transaction cannot begin or commit, all of its jobs fail.

use super::{
    backend::{self, Receipt},
    connection::{Connection, Source},
    events,
    job::Job,
    judgment::Judgments,
    publisher::CommitPublisher,
};
use crate::{
    failure::{Failure, unavailable},
    rows::NewEventRow,
};
use apikey_domain::{
    change::{Change, attribution::Attribution},
    error::{PortError, with_causes},
};
use diesel_async::SimpleAsyncConnection;
use std::time::Duration;
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};

/// How many writes share a commit at most.
const MAX_BATCH: usize = 128;
/// How many times a job is run that fails with a deadlock or serialization failure.
const MAX_ATTEMPTS: u32 = 4;
/// How long a transaction may take: a server that went silent must not block all
/// writes.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(20);
/// For how long the jobs of a batch are rerun one by one; the rest fail.
const RETRY_WINDOW: Duration = Duration::from_secs(10);

/// The writer's thread.
pub(super) struct GroupCommit {
    source: Source,
    connection: Option<Connection>,
    publisher: CommitPublisher,
}

/// The result of a commit.
struct Committed {
    receipt: Receipt,
    /// For each job, whether its reply awaits the acknowledgement of every node.
    needs_acknowledgement: Vec<bool>,
}

/// Why a transaction did not commit.
enum Failed {
    /// It could not begin, or write its events; it was rolled back, and no job is to
    /// blame.
    Begin(PortError),
    /// A job failed; the transaction was rolled back.
    Job(Failure),
    /// The commit was not answered; its outcome is unknown.
    Commit(PortError),
}

// === impl GroupCommit ===

impl GroupCommit {
    pub(super) fn new(source: Source, publisher: CommitPublisher) -> Self {
        Self {
            source,
            connection: None,
            publisher,
        }
    }

    /// Runs until the channel of jobs is closed.
    pub(super) async fn run(mut self, mut jobs: mpsc::Receiver<Box<dyn Job>>) {
        while let Some(first) = jobs.recv().await {
            let mut batch = vec![first];
            while batch.len() < MAX_BATCH
                && let Ok(next) = jobs.try_recv()
            {
                batch.push(next);
            }
            self.complete(batch).await;
        }
    }

    /// Runs every job of a batch and replies.
    async fn complete(&mut self, batch: Vec<Box<dyn Job>>) {
        let (alone, batch): (Vec<_>, Vec<_>) = batch.into_iter().partition(|job| job.runs_alone());
        let mut rest = self.complete_together(batch).await;
        rest.extend(alone);
        let deadline = Instant::now() + RETRY_WINDOW;
        let mut rest = rest.into_iter();
        while let Some(job) = rest.next() {
            self.complete_alone(job).await;
            if Instant::now() > deadline {
                let late = unavailable("the writes before this one took too long");
                return fail_all(rest.collect(), late);
            }
        }
    }

    /// Runs several jobs in one transaction and replies. Returns those that must be run
    /// in a transaction of their own.
    async fn complete_together(&mut self, mut batch: Vec<Box<dyn Job>>) -> Vec<Box<dyn Job>> {
        if batch.len() < 2 {
            return batch;
        }
        match self.commit(&mut batch).await {
            Ok(committed) => self.reply(batch, committed),
            Err(Failed::Job(_)) => return batch,
            Err(failed) => fail_all(batch, failed.into_error()),
        }
        Vec::new()
    }

    /// Runs one job in a transaction of its own and replies.
    async fn complete_alone(&mut self, job: Box<dyn Job>) {
        let mut alone = [job];
        let mut attempt = 1;
        let failed = loop {
            match self.commit(&mut alone).await {
                Ok(committed) => return self.reply(alone.into(), committed),
                Err(Failed::Job(failure)) if failure.is_transient() && attempt < MAX_ATTEMPTS => {
                    attempt += 1;
                }
                Err(failed) => break failed.into_error(),
            }
        };
        let [job] = alone;
        job.reply(Err(failed));
    }

    /// Runs all jobs in one transaction. On success their changes are published.
    async fn commit(&mut self, batch: &mut [Box<dyn Job>]) -> Result<Committed, Failed> {
        let committed = match timeout(COMMIT_TIMEOUT, self.try_commit(batch)).await {
            Ok(committed) => committed,
            Err(_) => {
                self.connection = None;
                Err(Failed::Commit(unavailable("the database did not answer")))
            }
        };
        if committed.is_err() {
            self.recover().await;
        }
        if matches!(committed, Err(Failed::Commit(_))) {
            self.publisher.outcome_unknown();
        }
        committed
    }

    async fn try_commit(&mut self, batch: &mut [Box<dyn Job>]) -> Result<Committed, Failed> {
        let connection = self.begin().await.map_err(Failed::Begin)?;
        let mut changed: Vec<(Attribution, Change)> = Vec::new();
        let mut needs_acknowledgement = Vec::with_capacity(batch.len());
        let mut judgments = Judgments::default();
        for job in batch {
            let done = job.run(connection, &mut judgments).await;
            let Some((by, effects)) = done.map_err(Failed::Job)? else {
                needs_acknowledgement.push(false);
                continue;
            };
            judgments.forget_after(&effects.changes);
            needs_acknowledgement.push(effects.needs_acknowledgement());
            changed.extend(effects.changes.into_iter().map(|change| (by, change)));
        }
        let needs_receipt = needs_acknowledgement.contains(&true);
        let receipt = record(connection, &changed, needs_receipt).await;
        let receipt = receipt.map_err(Failed::Begin)?;
        connection
            .batch_execute("COMMIT")
            .await
            .map_err(|error| Failed::Commit(unavailable(error)))?;
        self.publisher.publish(&receipt, changed);
        Ok(Committed {
            receipt,
            needs_acknowledgement,
        })
    }

    /// Replies to each job of a batch: to a revocation, or to an idempotent retry of
    /// one, once every node has acknowledged it.
    fn reply(&self, batch: Vec<Box<dyn Job>>, committed: Committed) {
        for (job, needs_acknowledgement) in batch.into_iter().zip(committed.needs_acknowledgement) {
            if needs_acknowledgement {
                self.publisher
                    .reply_once_acknowledged(job, &committed.receipt);
            } else {
                job.reply(Ok(()));
            }
        }
    }

    /// Begins a transaction. A connection that was lost since the last transaction is
    /// replaced; nothing was pending on it.
    async fn begin(&mut self) -> Result<&mut Connection, PortError> {
        if let Some(mut connection) = self.connection.take()
            && connection.batch_execute(backend::BEGIN).await.is_ok()
        {
            return Ok(self.connection.insert(connection));
        }
        let mut connection = self.source.connect().await?;
        connection
            .batch_execute(backend::BEGIN)
            .await
            .map_err(unavailable)?;
        Ok(self.connection.insert(connection))
    }

    /// Rolls the transaction back so that the connection can be reused; drops the
    /// connection if that fails.
    async fn recover(&mut self) {
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        let rolled_back = timeout(COMMIT_TIMEOUT, connection.batch_execute("ROLLBACK")).await;
        if matches!(rolled_back, Ok(Ok(()))) {
            self.connection = Some(connection);
        }
    }
}

/// Writes the events of a transaction.
async fn record(
    connection: &mut Connection,
    changed: &[(Attribution, Change)],
    needs_receipt: bool,
) -> Result<Receipt, PortError> {
    if changed.is_empty() && needs_receipt {
        // A node that has applied everything this transaction could see has applied
        // the change that it repeats.
        return backend::receipt(connection).await.map_err(unavailable);
    }
    if changed.is_empty() {
        // PostgreSQL answers the commit of an aborted transaction as if nothing were
        // wrong, but rejects any other statement.
        events::head(connection).await.map_err(unavailable)?;
        return Ok(Receipt::default());
    }
    let rows = changed
        .iter()
        .map(|(by, change)| NewEventRow::of(*by, change));
    let rows: Vec<NewEventRow> = rows.collect::<Result<_, _>>()?;
    backend::insert_events(connection, rows)
        .await
        .map_err(unavailable)
}

// === impl Failed ===

impl Failed {
    fn into_error(self) -> PortError {
        match self {
            Self::Begin(error) | Self::Commit(error) => error,
            Self::Job(failure) => failure.into(),
        }
    }
}

fn fail_all(batch: Vec<Box<dyn Job>>, error: PortError) {
    let causes = with_causes(&error);
    for job in batch {
        job.reply(Err(unavailable(causes.clone())));
    }
}
