//! The writer's thread at work: takes whatever writes are waiting, commits them
//! together, hands their effects to the change feed, then answers them.
//!
//! Each piece of work refuses, if it must, before its first write
//! ([`Failure::Refused`]). When the database fails one, the whole transaction is
//! rolled back and its pieces are run again, each by itself, so that none pays
//! for another. When nothing can be begun or committed, all of them fail.

use super::{
    Connection,
    backend::{self, Source},
    feed,
    writer::Job,
};
use crate::failure::{Failure, unavailable, with_causes};
use apikey_domain::{
    change::{Effect, hub::ChangeHub},
    port::StoreError,
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
const PATIENCE: Duration = Duration::from_secs(20);
/// How long the pieces of a batch are run again one by one; the rest fails.
const AGAIN: Duration = Duration::from_secs(10);

pub(super) struct Commits {
    source: Source,
    connection: Option<Connection>,
    hub: ChangeHub,
}

/// Why a transaction did not commit.
enum Failed {
    /// It could not begin, or take its place in the feed; all of it was rolled
    /// back, and none of its work is to blame.
    Begin(StoreError),
    /// A piece of work failed; all of it was rolled back.
    Work(Failure),
    /// The commit was not answered; whether it took place is unknown.
    Commit(StoreError),
}

impl Commits {
    pub(super) fn new(source: Source, hub: ChangeHub) -> Self {
        Self {
            source,
            connection: None,
            hub,
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
                Ok(()) => return answer_all(batch, || Ok(())),
                Err(Failed::Work(_)) => {}
                Err(failed) => return refuse_all(batch, failed.into_answer()),
            }
        }
        let deadline = Instant::now() + AGAIN;
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
        let outcome = loop {
            match self.commit(&mut alone).await {
                Ok(()) => break Ok(()),
                Err(Failed::Work(failure)) if failure.is_transient() && attempt < ATTEMPTS => {
                    attempt += 1;
                }
                Err(failed) => break Err(failed.into_answer()),
            }
        };
        let [job] = alone;
        job.answer(outcome);
    }

    /// Runs all pieces in one transaction. On success the feed has heard of
    /// their effects.
    async fn commit(&mut self, batch: &mut [Box<dyn Job>]) -> Result<(), Failed> {
        let committed = match timeout(PATIENCE, self.try_commit(batch)).await {
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
            // The feed may have missed something. Who listens starts anew, and
            // who lost the right to is gone.
            self.hub.end_all();
        }
        committed
    }

    async fn try_commit(&mut self, batch: &mut [Box<dyn Job>]) -> Result<(), Failed> {
        let connection = self.begin().await.map_err(Failed::Begin)?;
        let mut effects: Vec<Effect> = Vec::new();
        for job in batch {
            job.run(connection).await.map_err(Failed::Work)?;
            effects.append(&mut job.take_effects());
        }
        // Also without effects: a transaction that is broken answers its commit
        // as if nothing were wrong, but no statement.
        let position = match effects.is_empty() {
            true => feed::position(connection).await,
            false => feed::next_position(connection).await,
        };
        let position = position.map_err(|error| Failed::Begin(unavailable(error)))?;
        connection
            .batch_execute("COMMIT")
            .await
            .map_err(|error| Failed::Commit(unavailable(error)))?;
        if !effects.is_empty() {
            self.hub.publish(position, effects);
        }
        Ok(())
    }

    /// Begins a transaction. A connection that was lost since the last one is
    /// replaced: nothing was sent on it that could be lost.
    async fn begin(&mut self) -> Result<&mut Connection, StoreError> {
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
        let rolled_back = timeout(PATIENCE, connection.batch_execute("ROLLBACK")).await;
        if matches!(rolled_back, Ok(Ok(()))) {
            self.connection = Some(connection);
        }
    }
}

impl Failed {
    fn into_answer(self) -> StoreError {
        match self {
            Self::Begin(error) | Self::Commit(error) => error,
            Self::Work(failure) => failure.into(),
        }
    }
}

fn answer_all(batch: Vec<Box<dyn Job>>, outcome: impl Fn() -> Result<(), StoreError>) {
    for job in batch {
        job.answer(outcome());
    }
}

fn refuse_all(batch: Vec<Box<dyn Job>>, error: StoreError) {
    let causes = with_causes(&error);
    answer_all(batch, || Err(unavailable(causes.clone())));
}
