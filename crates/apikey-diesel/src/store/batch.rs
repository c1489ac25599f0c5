//! Runs the jobs that share a transaction.

use super::{
    connection::Connection,
    job::{Effects, Job},
    judgment::Judgments,
    lock_order,
};
use crate::{
    failure::{Failure, unavailable},
    fault,
};
use apikey_domain::{
    change::{Change, attribution::Attribution},
    error::PortError,
};
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

/// Takes the locks of all jobs of a transaction, then runs them, or the first ones if all
/// take too long. Stops at the first one that is to blame, and returns its index, or none
/// if the locks of several jobs are to blame.
pub(super) async fn run_jobs(
    connection: &mut Connection,
    batch: &mut [Box<dyn Job>],
    limits: Limits,
    deadline: Instant,
) -> Result<Outcome, (Option<usize>, Blame)> {
    let started = Instant::now();
    let mut outcome = Outcome::default();
    let until = deadline.min(started + limits.job);
    let only = (batch.len() == 1).then_some(0);
    let has_locks = match timeout_at(until, lock_order::take(connection, batch)).await {
        Ok(Ok(has_locks)) => has_locks,
        Ok(Err(error)) => return Err((only, Blame::Failed(error.into()))),
        Err(_) => return Err((only, Blame::Slow)),
    };
    let mut judgments = Judgments::begin(has_locks);
    for (index, job) in batch.iter_mut().enumerate() {
        if index > 0 && started.elapsed() > limits.last_job {
            break;
        }
        let until = deadline.min(Instant::now() + limits.job);
        let run = async {
            fault::point("job");
            timeout_at(until, job.run(connection, &mut judgments)).await
        };
        let blame = match AssertUnwindSafe(run).catch_unwind().await {
            Ok(Ok(Ok(effects))) => {
                outcome.add(index, effects, &mut judgments);
                continue;
            }
            Ok(Ok(Err(failure))) => Blame::Failed(failure),
            Ok(Err(_)) => Blame::Slow,
            Err(_) => Blame::Panicked,
        };
        return Err((Some(index), blame));
    }
    Ok(outcome)
}

// === impl Outcome ===

impl Outcome {
    /// Adds what the job at `index` did; nothing if it was refused.
    fn add(
        &mut self,
        index: usize,
        effects: Option<(Attribution, Effects)>,
        judgments: &mut Judgments,
    ) {
        let Some((by, effects)) = effects else {
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
