//! Runs the jobs that share a transaction.

use super::{
    connection::Connection,
    job::{Done, Job},
    judgment::Judgments,
    key_creation, lock_order,
};
use crate::{
    failure::{Failure, unavailable},
    fault,
};
use apikey_domain::{access::attribution::Attribution, change::Change, error::PortError};
use futures_util::FutureExt;
use std::{panic::AssertUnwindSafe, time::Duration};
use tokio::time::{Instant, timeout_at};

/// How long a transaction may take from its beginning.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// One job.
    pub(super) job: Duration,
    /// When no further job is run; those that were run are committed.
    pub(super) last_job: Duration,
    /// All jobs and their events.
    pub(super) all: Duration,
    /// How much later the COMMIT must be answered.
    pub(super) commit: Duration,
    /// Whether the jobs are run one by one, also those that could be run together.
    pub(super) is_one_by_one: bool,
}

/// What the jobs of a transaction did.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) changed: Vec<(Attribution, Change)>,
    /// For each job that was run, whether its reply awaits the acknowledgement of every
    /// node.
    pub(super) needs_acknowledgement: Vec<bool>,
    /// The job with most changes, and how many.
    pub(super) largest: (usize, usize),
}

/// Why a job is to blame.
pub(super) enum Blame {
    /// The database failed it.
    Failed(Failure),
    /// It took too long.
    Slow,
    /// It panicked.
    Panicked,
}

/// What is to blame for a transaction that was not committed.
pub(super) enum Culprit {
    /// The job at this index.
    Job(usize),
    /// One of the creations that were run together.
    Creations,
    /// The locks of several jobs.
    Locks,
}

/// Takes the locks of all jobs of a transaction, then runs them, or the first ones if all
/// take too long. Stops at the first one that is to blame.
pub(super) async fn run_jobs(
    connection: &mut Connection,
    batch: &mut [Box<dyn Job>],
    limits: Limits,
    deadline: Instant,
) -> Result<Outcome, (Culprit, Blame)> {
    let started = Instant::now();
    let mut outcome = Outcome::default();
    let until = deadline.min(started + limits.job);
    let locking = async {
        let mut judgments = Judgments::begin(lock_order::take(connection, batch).await?);
        let grounds = batch.iter().filter_map(|job| job.footing().0);
        judgments.read_ahead(connection, grounds).await?;
        Ok(judgments)
    };
    let locked = within(until, locking).await;
    let mut judgments = locked.map_err(|blame| match batch {
        [_] => (Culprit::Job(0), blame),
        _ => (Culprit::Locks, blame),
    })?;
    while let index = outcome.needs_acknowledgement.len()
        && index < batch.len()
        && (index == 0 || started.elapsed() <= limits.last_job)
    {
        let until = deadline.min(Instant::now() + limits.job);
        let rest = &mut batch[index..];
        let creations = match limits.is_one_by_one {
            true => 0,
            false => key_creation::count(rest),
        };
        if creations > 1 {
            let running = key_creation::run(connection, &mut judgments, &mut rest[..creations]);
            let done = within(until, running).await;
            for done in done.map_err(|blame| (Culprit::Creations, blame))? {
                outcome.add(done, &mut judgments);
            }
        } else {
            let running = async {
                fault::point("job");
                rest[0].run(connection, &mut judgments).await
            };
            let done = within(until, running).await;
            let done = done.map_err(|blame| (Culprit::Job(index), blame))?;
            outcome.add(done, &mut judgments);
        }
    }
    Ok(outcome)
}

/// Runs something until it is done, or to blame.
async fn within<T>(
    until: Instant,
    running: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Blame> {
    match AssertUnwindSafe(timeout_at(until, running))
        .catch_unwind()
        .await
    {
        Ok(Ok(done)) => done.map_err(Blame::Failed),
        Ok(Err(_)) => Err(Blame::Slow),
        Err(_) => Err(Blame::Panicked),
    }
}

// === impl Outcome ===

impl Outcome {
    /// Adds what the next job did; nothing if it was refused.
    fn add(&mut self, done: Done, judgments: &mut Judgments) {
        let index = self.needs_acknowledgement.len();
        let Some((by, effects)) = done else {
            self.needs_acknowledgement.push(false);
            return;
        };
        judgments.forget_after(&effects.changes);
        self.needs_acknowledgement
            .push(effects.needs_acknowledgement());
        if effects.changes.len() > self.largest.1 {
            self.largest = (index, effects.changes.len());
        }
        let changes = effects.changes.into_iter();
        self.changed.extend(changes.map(|change| (by, change)));
    }
}

// === impl Blame ===

impl Blame {
    pub(super) fn into_error(self) -> PortError {
        match self {
            Self::Failed(failure) => failure.into(),
            Self::Slow => unavailable("the write took too long and was rolled back"),
            Self::Panicked => PortError::Corrupt("a write panicked and was rolled back".to_owned()),
        }
    }
}
