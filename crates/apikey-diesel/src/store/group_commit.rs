//! Group commit: takes the writes that are waiting, commits them together with their
//! events, publishes the changes, then replies.
//!
//! A transaction first takes the locks of all its jobs, in one [order]. If one is held by
//! another transaction for long, it gives way: it is rolled back, and the jobs that need
//! what others hold leave for the slow lane. Creations of keys are run together; if that
//! fails, they are run again one by one, which shows what is to blame. Some jobs need a transaction of their own
//! ([`Lock::runs_alone`]).
//! A job that refuses does so before its first write ([`Failure::Refused`]). If a job
//! fails or takes too long, the whole transaction is rolled back, and the others are
//! run again without it, so that one job affects no other: a job that failed is run
//! alone after them, a slow one in the slow lane. If the events cannot be written, all
//! jobs are run again alone. If the transaction cannot begin or commit, all of its jobs
//! fail.
//!
//! [order]: crate::row_lock::Row
//! [`Lock::runs_alone`]: super::lock::Lock::runs_alone
//! [`Failure::Refused`]: crate::failure::Failure::Refused

use super::{
    alone, backend,
    batch::{Blame, Limits},
    job::Job,
    slow_lane::{self, SlowLane},
    transaction::{Failed, Transactor},
};
use crate::{failure::unavailable, fault, supervision::Supervisor};
use apikey_domain::error::{PortError, with_causes};
use std::time::Duration;
use tokio::{sync::mpsc, time::Instant};

/// How many writes share a commit at most.
const MAX_BATCH: usize = 128;
/// How long a transaction of many may take: a server that went silent, or a lock that
/// another holds, must not block all writes.
const AMONG_OTHERS: Limits = Limits {
    job: Duration::from_secs(1),
    last_job: Duration::from_secs(1),
    all: Duration::from_secs(3),
    commit: Duration::from_secs(5),
    is_one_by_one: false,
};
/// The limit of a job is divided by four for each slow one in its batch, down to this:
/// the quick ones are run again each time.
const SHORTEST_JOB: Duration = Duration::from_millis(50);
/// How long a write may wait for those before it, such as while the database is frozen.
const MAX_WAIT: Duration = Duration::from_secs(10);
/// How many jobs of a batch may fail before the rest is run one by one.
const MAX_FAILED: usize = 4;
/// For how long a batch is run again; the jobs that are left then fail.
const RETRY_WINDOW: Duration = Duration::from_secs(8);

/// The writer's thread.
pub(super) struct GroupCommit {
    transactor: Transactor,
    /// Where slow jobs go; without it they are run after the others of their batch.
    slow_lane: Option<SlowLane>,
}

// === impl GroupCommit ===

impl GroupCommit {
    /// Returns the writer, and starts the slow lane where there is one.
    pub(super) fn new(transactor: Transactor, supervisor: &Supervisor) -> std::io::Result<Self> {
        let slow_lane = if backend::HAS_SLOW_LANE {
            Some(SlowLane::start(transactor.another(), supervisor)?)
        } else {
            None
        };
        Ok(Self {
            transactor,
            slow_lane,
        })
    }

    /// Runs until the channel of jobs is closed.
    pub(super) async fn run(&mut self, mut jobs: mpsc::Receiver<Box<dyn Job>>) {
        while let Some(first) = jobs.recv().await {
            if fault::point("writer") {
                return;
            }
            let mut batch = vec![first];
            while batch.len() < MAX_BATCH
                && let Ok(next) = jobs.try_recv()
            {
                batch.push(next);
            }
            self.complete(in_time(batch)).await;
        }
        if let Some(slow_lane) = self.slow_lane.take() {
            slow_lane.finish().await;
        }
    }

    /// Runs every job of a batch and replies.
    async fn complete(&mut self, batch: Vec<Box<dyn Job>>) {
        let mut slow = Vec::new();
        let (aside, batch): (Vec<_>, Vec<_>) = batch
            .into_iter()
            .partition(|job| backend::HAS_SLOW_LANE && job.footing().1.runs_aside());
        slow.extend(
            aside
                .into_iter()
                .filter_map(|job| self.give_to_slow_lane(job)),
        );
        let (alone, mut batch): (Vec<_>, Vec<_>) = batch
            .into_iter()
            .partition(|job| job.footing().1.runs_alone());
        if backend::HAS_ROW_LOCKS {
            batch.sort_by(|one, other| one.footing().1.turn().cmp(&other.footing().1.turn()));
        }
        let deadline = Instant::now() + RETRY_WINDOW;
        let mut limits = AMONG_OTHERS;
        let mut failed = Vec::new();
        let mut times_locked_out = 0;
        while batch.len() > 1 && failed.len() < MAX_FAILED && Instant::now() < deadline {
            match self.transactor.commit(&mut batch, limits).await {
                Ok(committed) => batch = self.transactor.reply(batch, committed),
                Err(Failed::Job { index, blame }) => match (batch.remove(index), blame) {
                    (job, Blame::Failed(_)) => failed.push(job),
                    (job, Blame::Slow) => {
                        limits.job = SHORTEST_JOB.max(limits.job / 4);
                        slow.extend(self.give_to_slow_lane(job));
                    }
                    (job, panicked @ Blame::Panicked) => job.reply(Err(panicked.into_error())),
                },
                Err(Failed::Locks(_)) => {
                    times_locked_out += 1;
                    let blocked = self.transactor.blocked(&batch).await;
                    let blocked = blocked.unwrap_or_default();
                    if blocked.is_empty() || times_locked_out == MAX_FAILED {
                        failed.append(&mut batch);
                    }
                    for (job, is_blocked) in std::mem::take(&mut batch).into_iter().zip(blocked) {
                        if is_blocked {
                            slow.extend(self.give_to_slow_lane(job));
                        } else {
                            batch.push(job);
                        }
                    }
                }
                Err(Failed::Creations(_)) => limits.is_one_by_one = true,
                Err(Failed::Events(_)) => failed.append(&mut batch),
                Err(other) => fail_all(std::mem::take(&mut batch), other.into_error()),
            }
        }
        batch.append(&mut failed);
        batch.extend(alone);
        for job in batch {
            if Instant::now() > deadline {
                job.reply(Err(unavailable("the writes before this one took too long")));
            } else if let Some(job) = alone::complete(&mut self.transactor, job, limits).await {
                slow.extend(self.give_to_slow_lane(job));
            }
        }
        slow_lane::complete_now(&mut self.transactor, slow).await;
    }

    /// Gives a job to the slow lane; returns it if there is none, or no connection for it.
    fn give_to_slow_lane(&self, job: Box<dyn Job>) -> Option<Box<dyn Job>> {
        match &self.slow_lane {
            Some(slow_lane) if self.transactor.has_slow_lane() => {
                slow_lane.take(job);
                None
            }
            _ => Some(job),
        }
    }
}

/// Returns the jobs that have not waited too long; the others are replied to.
fn in_time(batch: Vec<Box<dyn Job>>) -> Vec<Box<dyn Job>> {
    let (in_time, late): (Vec<_>, Vec<_>) =
        batch.into_iter().partition(|job| job.waited() < MAX_WAIT);
    if !late.is_empty() {
        let late_error = unavailable("the writes before this one took too long");
        fail_all(late, late_error);
    }
    in_time
}

fn fail_all(batch: Vec<Box<dyn Job>>, error: PortError) {
    let causes = with_causes(&error);
    for job in batch {
        job.reply(Err(unavailable(causes.clone())));
    }
}

#[cfg(test)]
mod tests;
