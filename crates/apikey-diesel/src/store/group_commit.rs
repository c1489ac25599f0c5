//! The writer's thread at work: takes whatever writes are waiting, commits them
//! together with their events, lets them be heard of, then answers them.
//!
//! Each piece of work refuses, if it must, before its first write
//! ([`Failure::Refused`]). When the database fails one, the whole transaction is
//! rolled back and its pieces are run again, each by itself, so that none pays
//! for another. When nothing can be begun or committed, all of them fail.

use super::{
    backend,
    connection::{Connection, Source},
    events,
    job::Job,
    publisher::{CommitPublisher, Receipt},
};
use crate::{
    failure::{Failure, unavailable, with_causes},
    rows::NewEventRow,
};
use apikey_domain::{
    change::{Change, attribution::Attribution},
    error::PortError,
};
use diesel_async::SimpleAsyncConnection;
use std::time::Duration;
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};

/// How many writes share a commit at the most.
const BATCH: usize = 128;
/// How often work is run that two nodes got into each other's way with.
const ATTEMPTS: u32 = 4;
/// How long one transaction may take: a server that went silent must not hold
/// up all writes.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(20);
/// How long the pieces of a batch are run again one by one; the rest fails.
const RETRY_WINDOW: Duration = Duration::from_secs(10);

pub(super) struct GroupCommit {
    source: Source,
    connection: Option<Connection>,
    publisher: CommitPublisher,
}

/// What a commit came to.
struct Committed {
    receipt: Receipt,
    /// For each piece, whether every node must know before it is answered.
    waits: Vec<bool>,
}

/// Why a transaction did not commit.
enum Failed {
    /// It could not begin, or write its events; all of it was rolled back, and
    /// none of its work is to blame.
    Begin(PortError),
    /// A piece of work failed; all of it was rolled back.
    Work(Failure),
    /// The commit was not answered; whether it took place is unknown.
    Commit(PortError),
}

impl GroupCommit {
    pub(super) fn new(source: Source, publisher: CommitPublisher) -> Self {
        Self {
            source,
            connection: None,
            publisher,
        }
    }

    pub(super) async fn until_closed(mut self, mut jobs: mpsc::Receiver<Box<dyn Job>>) {
        while let Some(first) = jobs.recv().await {
            let mut batch = vec![first];
            while batch.len() < BATCH
                && let Ok(next) = jobs.try_recv()
            {
                batch.push(next);
            }
            self.complete(batch).await;
        }
    }

    /// Answers every piece of a batch.
    async fn complete(&mut self, mut batch: Vec<Box<dyn Job>>) {
        if batch.len() > 1 {
            match self.commit(&mut batch).await {
                Ok(committed) => return self.answer(batch, committed),
                Err(Failed::Work(_)) => {}
                Err(failed) => return refuse_all(batch, failed.into_answer()),
            }
        }
        let deadline = Instant::now() + RETRY_WINDOW;
        let mut rest = batch.into_iter();
        while let Some(job) = rest.next() {
            self.complete_alone(job).await;
            if Instant::now() > deadline {
                let late = unavailable("the writes before this one took too long");
                return refuse_all(rest.collect(), late);
            }
        }
    }

    /// Answers one piece of work.
    async fn complete_alone(&mut self, job: Box<dyn Job>) {
        let mut alone = [job];
        let mut attempt = 1;
        let failed = loop {
            match self.commit(&mut alone).await {
                Ok(committed) => return self.answer(alone.into(), committed),
                Err(Failed::Work(failure)) if failure.is_transient() && attempt < ATTEMPTS => {
                    attempt += 1;
                }
                Err(failed) => break failed.into_answer(),
            }
        };
        let [job] = alone;
        job.reply(Err(failed));
    }

    /// Runs all pieces in one transaction. On success this process has heard of
    /// what they changed.
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
        let mut waits = Vec::with_capacity(batch.len());
        for job in batch {
            job.run(connection).await.map_err(Failed::Work)?;
            let (by, done) = job.take_effects();
            waits.push(done.needs_acknowledgement());
            changed.extend(done.changes.into_iter().map(|change| (by, change)));
        }
        let needs_acknowledgement = waits.contains(&true);
        let receipt = record(connection, &changed, needs_acknowledgement).await;
        let receipt = receipt.map_err(Failed::Begin)?;
        connection
            .batch_execute("COMMIT")
            .await
            .map_err(|error| Failed::Commit(unavailable(error)))?;
        self.publisher.committed(&receipt, changed);
        Ok(Committed { receipt, waits })
    }

    /// Answers each piece of a batch: one that took a right away, or found it
    /// taken, when it is gone everywhere.
    fn answer(&self, batch: Vec<Box<dyn Job>>, committed: Committed) {
        for (job, needs_acknowledgement) in batch.into_iter().zip(committed.waits) {
            match needs_acknowledgement {
                true => self
                    .publisher
                    .reply_once_acknowledged(job, &committed.receipt),
                false => job.reply(Ok(())),
            }
        }
    }

    /// Begins a transaction. A connection that was lost since the last one is
    /// replaced: nothing was sent on it that could be lost.
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

    /// Makes the connection fit for the next transaction, or lets it go.
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
    needs_acknowledgement: bool,
) -> Result<Receipt, PortError> {
    if changed.is_empty() && needs_acknowledgement {
        // A node that has applied all this transaction could see has applied what
        // was found.
        return backend::receipt(connection).await.map_err(unavailable);
    }
    if changed.is_empty() {
        // A transaction that is broken answers its commit as if nothing were
        // wrong, but no statement.
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

impl Failed {
    fn into_answer(self) -> PortError {
        match self {
            Self::Begin(error) | Self::Commit(error) => error,
            Self::Work(failure) => failure.into(),
        }
    }
}

fn refuse_all(batch: Vec<Box<dyn Job>>, error: PortError) {
    let causes = with_causes(&error);
    for job in batch {
        job.reply(Err(unavailable(causes.clone())));
    }
}
