//! One transaction at a time on one connection: runs jobs, writes their events, commits
//! and publishes.
//!
//! Until COMMIT was sent the outcome is known: whatever fails or takes too long, the
//! transaction is rolled back, and the job that is to blame is named. Only a COMMIT that
//! is not answered leaves the outcome unknown.

use super::{
    backend::{self, Receipt},
    batch::{Blame, Culprit, Limits, Outcome, run_jobs},
    connection::{Connection, OpenConnection, Source},
    events,
    job::Job,
    lock_order,
    publisher::CommitPublisher,
};
use crate::{
    failure::{is_read_only, unavailable},
    last_time::LastTime,
    rows::NewEventRow,
};
use apikey_domain::error::PortError;
use diesel_async::SimpleAsyncConnection;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, timeout, timeout_at};

/// The cause of a failure without one.
const NO_ANSWER: &str = "the database did not answer";
/// Why the outcome of a commit is unknown that another server may lack.
const REPLACED: &str = "the database server was replaced: whether it has the change is unknown";
/// How long it may take to begin, on a new connection if need be.
const BEGIN_TIMEOUT: Duration = Duration::from_secs(5);
/// How long BEGIN and ROLLBACK may take on a connection that exists.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(2);

/// A connection for transactions, opened when it is needed.
pub(super) struct Transactor {
    source: Source,
    connection: Option<OpenConnection>,
    publisher: CommitPublisher,
    /// When it last committed changes: a commit without any may have written nothing.
    pub(super) last_commit: Arc<LastTime>,
}

/// The result of a commit.
pub(super) struct Committed {
    receipt: Receipt,
    /// For each job that was run, whether its reply awaits the acknowledgement of every
    /// node. Jobs after these were not run.
    needs_acknowledgement: Vec<bool>,
}

/// Why a transaction did not commit.
pub(super) enum Failed {
    /// It could not begin: no job was run.
    Begin(PortError),
    /// Its events could not be written; it was rolled back, and it is not known which
    /// job is to blame.
    Events(PortError),
    /// The job at `index` is to blame; the transaction was rolled back.
    Job { index: usize, blame: Blame },
    /// Creations of keys that were run together are to blame; it was rolled back.
    Creations(Blame),
    /// The locks that its jobs need are to blame; it was rolled back.
    Locks(Blame),
    /// The commit was not answered; its outcome is unknown.
    Commit { error: PortError, has_changes: bool },
}

// === impl Transactor ===

impl Transactor {
    pub(super) fn new(source: Source, publisher: CommitPublisher) -> Self {
        Self {
            source,
            connection: None,
            publisher,
            last_commit: Arc::default(),
        }
    }

    /// Returns whether slow changes can have a connection of their own.
    pub(super) fn has_slow_lane(&self) -> bool {
        self.source.has_slow_lane()
    }

    /// Closes the connection, which is opened again when it is needed.
    pub(super) fn disconnect(&mut self) {
        self.connection = None;
    }

    /// Returns another one, with a connection of its own.
    pub(super) fn another(&self) -> Self {
        Self::new(self.source.clone(), self.publisher.clone())
    }

    /// Runs jobs in one transaction: all, or the first ones if all take too long. On
    /// success their changes are published.
    pub(super) async fn commit(
        &mut self,
        batch: &mut [Box<dyn Job>],
        limits: Limits,
    ) -> Result<Committed, Failed> {
        let committed = self.try_commit(batch, limits).await;
        if committed.is_err() {
            self.recover().await;
        }
        if matches!(
            committed,
            Err(Failed::Commit {
                has_changes: true,
                ..
            })
        ) {
            self.publisher.outcome_unknown();
        }
        committed
    }

    /// Replies to the jobs of a commit: to a revocation, or to an idempotent retry of
    /// one, once every node has acknowledged it. Returns the jobs that were not run.
    pub(super) fn reply(
        &self,
        mut batch: Vec<Box<dyn Job>>,
        committed: Committed,
    ) -> Vec<Box<dyn Job>> {
        let rest = batch.split_off(committed.needs_acknowledgement.len());
        for (job, needs_acknowledgement) in batch.into_iter().zip(committed.needs_acknowledgement) {
            if needs_acknowledgement {
                self.publisher
                    .reply_once_acknowledged(job, &committed.receipt);
            } else {
                job.reply(Ok(()));
            }
        }
        rest
    }

    /// Returns which of these jobs need a row that another transaction holds at this
    /// moment.
    pub(super) async fn blocked(&mut self, batch: &[Box<dyn Job>]) -> Result<Vec<bool>, PortError> {
        let mut connection = self.begin(backend::BEGIN).await?;
        let blocked = timeout(
            STATEMENT_TIMEOUT,
            lock_order::blocked(&mut connection, batch),
        )
        .await;
        let blocked = blocked.map_err(|_| unavailable(NO_ANSWER))?;
        let blocked = blocked.map_err(unavailable)?;
        self.connection = Some(connection);
        self.recover().await;
        Ok(blocked)
    }

    async fn try_commit(
        &mut self,
        batch: &mut [Box<dyn Job>],
        limits: Limits,
    ) -> Result<Committed, Failed> {
        let begin = match batch {
            [_] => backend::BEGIN,
            _ => backend::BEGIN_SHARED,
        };
        let mut connection = self.begin(begin).await.map_err(Failed::Begin)?;
        let deadline = Instant::now() + limits.all;
        let written = match run_jobs(&mut connection, batch, limits, deadline).await {
            Ok(outcome) => {
                let recorded = record(&mut connection, &outcome, deadline).await;
                recorded.map(|receipt| (outcome, receipt))
            }
            Err((Culprit::Job(index), blame)) => Err(Failed::Job { index, blame }),
            Err((Culprit::Creations, blame)) => Err(Failed::Creations(blame)),
            Err((Culprit::Locks, blame)) => Err(Failed::Locks(blame)),
        };
        let (outcome, receipt) = match written {
            Ok(written) => written,
            Err(failed) => return Err(self.keep(connection, failed).await),
        };
        let until = deadline + limits.commit;
        let committed = timeout_at(until, connection.batch_execute("COMMIT")).await;
        let committed = committed.map_err(|_| unavailable(NO_ANSWER));
        committed
            .and_then(|committed| committed.map_err(unavailable))
            .and_then(|()| match connection.is_current() {
                true => Ok(()),
                false => Err(unavailable(REPLACED)),
            })
            .map_err(|error| Failed::Commit {
                error,
                has_changes: !outcome.changed.is_empty(),
            })?;
        let receipt = receipt.from(&connection);
        self.connection = Some(connection);
        if !outcome.changed.is_empty() {
            self.last_commit.note();
        }
        self.publisher.publish(&receipt, outcome.changed);
        Ok(Committed {
            receipt,
            needs_acknowledgement: outcome.needs_acknowledgement,
        })
    }

    /// Begins a transaction. A connection that was lost since the last transaction is
    /// replaced; nothing was pending on it.
    async fn begin(&mut self, begin: &str) -> Result<OpenConnection, PortError> {
        let begun = timeout(BEGIN_TIMEOUT, self.try_begin(begin)).await;
        begun.unwrap_or_else(|_| Err(unavailable(NO_ANSWER)))
    }

    async fn try_begin(&mut self, begin: &str) -> Result<OpenConnection, PortError> {
        if let Some(mut connection) = self.connection.take()
            && connection.is_current()
            && run(&mut connection, begin).await.is_ok()
        {
            return Ok(connection);
        }
        let mut connection = self.source.connect().await?;
        let prepared = backend::prepare_to_write(&mut connection).await;
        prepared.map_err(unavailable)?;
        run(&mut connection, begin).await?;
        Ok(connection)
    }

    /// Keeps a connection whose transaction failed, and returns why it failed. A
    /// statement that takes too long is canceled, and the connection closed: the
    /// cancellation may arrive late, and would fail what runs there by then. After a
    /// panic the state of the connection is unknown: it is closed, too. So is one to a
    /// server that is read-only, for which no job is to blame.
    async fn keep(&mut self, mut connection: OpenConnection, failed: Failed) -> Failed {
        if failed.is_read_only() {
            connection.distrust();
            return Failed::Begin(failed.into_error());
        }
        match failed.blame() {
            Some(Blame::Panicked) => {}
            Some(Blame::Failed(_)) => self.connection = Some(connection),
            _ => {
                self.source.cancel(&connection).await;
                // Whether it works or not, nothing else runs there.
                let _ = run(&mut connection, "ROLLBACK").await;
            }
        }
        failed
    }

    /// Rolls the transaction back so that the connection can be reused; drops the
    /// connection if that fails.
    async fn recover(&mut self) {
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        if run(&mut connection, "ROLLBACK").await.is_ok() {
            self.connection = Some(connection);
        }
    }
}

/// Runs a statement that should take no time.
async fn run(connection: &mut Connection, statement: &str) -> Result<(), PortError> {
    let done = timeout(STATEMENT_TIMEOUT, connection.batch_execute(statement)).await;
    let done = done.map_err(|_| unavailable(NO_ANSWER))?;
    done.map_err(unavailable)
}

/// Writes the events of a transaction. If that takes too long, a job that made many of
/// them is to blame.
async fn record(
    connection: &mut Connection,
    outcome: &Outcome,
    deadline: Instant,
) -> Result<Receipt, Failed> {
    match timeout_at(deadline, try_record(connection, outcome)).await {
        Ok(receipt) => receipt.map_err(Failed::Events),
        Err(_) => match outcome.largest {
            (index, 2..) => Err(Failed::Job {
                index,
                blame: Blame::Slow,
            }),
            _ => Err(Failed::Events(unavailable(
                "the events could not be written in time",
            ))),
        },
    }
}

async fn try_record(connection: &mut Connection, outcome: &Outcome) -> Result<Receipt, PortError> {
    if outcome.changed.is_empty() && outcome.needs_acknowledgement.contains(&true) {
        // A node that has applied everything this transaction could see has applied
        // the change that it repeats.
        return backend::receipt(connection).await.map_err(unavailable);
    }
    if outcome.changed.is_empty() {
        // PostgreSQL answers the commit of an aborted transaction as if nothing were
        // wrong, but rejects any other statement.
        events::head(connection).await.map_err(unavailable)?;
        return Ok(Receipt::default());
    }
    let rows = outcome
        .changed
        .iter()
        .map(|(by, change)| NewEventRow::of(*by, change));
    let rows: Vec<NewEventRow> = rows.collect::<Result<_, _>>()?;
    backend::insert_events(connection, rows)
        .await
        .map_err(unavailable)
}

// === impl Failed ===

impl Failed {
    /// Returns whether the same job may succeed if it is run again at once.
    pub(super) fn is_transient(&self) -> bool {
        matches!(self, Self::Job { blame: Blame::Failed(failure), .. } if failure.is_transient())
    }

    fn is_read_only(&self) -> bool {
        match self {
            Self::Begin(error) | Self::Events(error) | Self::Commit { error, .. } => {
                is_read_only(error)
            }
            Self::Job { .. } | Self::Creations(_) | Self::Locks(_) => {
                matches!(self.blame(), Some(Blame::Failed(failure)) if failure.is_read_only())
            }
        }
    }

    /// Returns what jobs are blamed for, if any are.
    fn blame(&self) -> Option<&Blame> {
        match self {
            Self::Job { blame, .. } | Self::Creations(blame) | Self::Locks(blame) => Some(blame),
            Self::Begin(_) | Self::Events(_) | Self::Commit { .. } => None,
        }
    }

    pub(super) fn into_error(self) -> PortError {
        match self {
            Self::Begin(error) | Self::Events(error) | Self::Commit { error, .. } => error,
            Self::Job { blame, .. } | Self::Creations(blame) | Self::Locks(blame) => {
                blame.into_error()
            }
        }
    }
}
