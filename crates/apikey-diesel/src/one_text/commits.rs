//! The writer's thread at work: takes whatever writes are waiting, commits them
//! together, hands their effects to the change feed, then answers them.
//!
//! Each piece of work refuses, if it must, before its first write
//! ([`Failure::Refused`]). When the database fails one ([`Failure::Database`])
//! the whole transaction is rolled back and its pieces are run again, each by
//! itself, so that none pays for another.

use super::{
    Connection,
    backend::{self, Source},
    feed,
    writer::Job,
};
use crate::failure::{Failure, unavailable};
use apikey_domain::{
    change::{Effect, hub::ChangeHub},
    port::StoreError,
};
use diesel_async::SimpleAsyncConnection;
use tokio::sync::mpsc;

/// How many writes share a commit at the most.
const BATCH: usize = 128;
/// How often work is run that two nodes got into each other's way with.
const ATTEMPTS: u32 = 4;

pub(super) struct Commits {
    source: Source,
    connection: Option<Connection>,
    hub: ChangeHub,
}

/// Why a transaction did not commit.
enum Failed {
    /// There is no connection; nothing was written.
    Connect(StoreError),
    /// A piece of work failed; all of it was rolled back.
    Work(Failure),
    /// The commit failed; whether it took place is unknown.
    Commit(diesel::result::Error),
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
                Err(failed) => {
                    let error = failed.into_answer();
                    let message = error.to_string();
                    tracing::warn!(%message, "a batch of writes was not committed");
                    return answer_all(batch, || Err(unavailable(message.clone())));
                }
            }
        }
        for job in batch {
            self.complete_alone(job).await;
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
        let committed = self.try_commit(batch).await;
        if committed.is_err() {
            self.recover().await;
        }
        committed
    }

    async fn try_commit(&mut self, batch: &mut [Box<dyn Job>]) -> Result<(), Failed> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(self.source.connect().await.map_err(Failed::Connect)?),
        };
        connection
            .batch_execute(backend::BEGIN)
            .await
            .map_err(|error| Failed::Work(error.into()))?;
        let mut effects: Vec<Effect> = Vec::new();
        for job in batch {
            job.run(connection).await.map_err(Failed::Work)?;
            effects.append(&mut job.take_effects());
        }
        let position = match effects.is_empty() {
            true => None,
            false => Some(
                feed::next_position(connection)
                    .await
                    .map_err(|error| Failed::Work(error.into()))?,
            ),
        };
        connection
            .batch_execute("COMMIT")
            .await
            .map_err(Failed::Commit)?;
        if let Some(position) = position {
            self.hub.publish(position, effects);
        }
        Ok(())
    }

    /// Makes the connection fit for the next transaction, or lets it go.
    async fn recover(&mut self) {
        if let Some(connection) = &mut self.connection
            && connection.batch_execute("ROLLBACK").await.is_err()
        {
            self.connection = None;
        }
    }
}

impl Failed {
    fn into_answer(self) -> StoreError {
        match self {
            Self::Connect(error) => error,
            Self::Work(failure) => failure.into(),
            Self::Commit(error) => unavailable(error),
        }
    }
}

fn answer_all(batch: Vec<Box<dyn Job>>, outcome: impl Fn() -> Result<(), StoreError>) {
    for job in batch {
        job.answer(outcome());
    }
}
