//! Where writes go that took too long among others: each is run again, in a transaction
//! of its own, on a second connection and thread. So only slow writes wait for slow ones.

use super::{
    alone,
    batch::{Blame, Limits},
    job::Job,
    transaction::Transactor,
};
use crate::{failure::unavailable, fault, supervision::Supervisor};
use std::time::Duration;
use tokio::{
    sync::{
        mpsc::{self, error::TrySendError},
        oneshot,
    },
    time::{Instant, timeout},
};

/// How long a slow write may wait and run, together. With the second it took among
/// others and its COMMIT it is answered within 20 s.
const DEADLINE: Duration = Duration::from_secs(16);
/// How much longer its COMMIT may take.
const COMMIT: Duration = Duration::from_secs(3);
/// How many slow writes may wait: more than can be run within the deadline.
const CAPACITY: usize = 1_024;

/// For how long the connection is kept for the next one: batches of a removal follow each
/// other.
const LINGER: Duration = Duration::from_millis(200);

/// Takes slow writes.
pub(super) struct SlowLane {
    jobs: mpsc::Sender<(Instant, Box<dyn Job>)>,
    /// Resolves when the thread has ended.
    ended: oneshot::Receiver<()>,
}

/// Runs slow writes at once, where there is no lane for them.
pub(super) async fn complete_now(transactor: &mut Transactor, jobs: Vec<Box<dyn Job>>) {
    let deadline = Instant::now() + DEADLINE;
    for job in jobs {
        complete(transactor, job, deadline).await;
    }
}

// === impl SlowLane ===

impl SlowLane {
    /// Starts the thread that runs slow writes.
    pub(super) fn start(transactor: Transactor, supervisor: &Supervisor) -> std::io::Result<Self> {
        let (jobs, received) = mpsc::channel(CAPACITY);
        let (ending, ended) = oneshot::channel::<()>();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let supervisor = supervisor.clone();
        std::thread::Builder::new()
            .name("apikey-slow-writer".to_owned())
            .spawn(move || {
                let _attendance = supervisor.attend("the writer of slow changes");
                let _ending = ending;
                runtime.block_on(run(transactor, received));
            })?;
        Ok(Self { jobs, ended })
    }

    /// Takes a write, which is replied to within the deadline.
    pub(super) fn take(&self, job: Box<dyn Job>) {
        let deadline = Instant::now() + DEADLINE;
        if let Err(TrySendError::Full((_, job)) | TrySendError::Closed((_, job))) =
            self.jobs.try_send((deadline, job))
        {
            job.reply(Err(unavailable("too many slow writes are waiting")));
        }
    }

    /// Waits until the writes that were taken are replied to.
    pub(super) async fn finish(self) {
        drop(self.jobs);
        // Nothing is ever sent: it fails when the thread has ended.
        let _ = self.ended.await;
    }
}

/// Runs a slow write that must be done by `deadline`, and replies.
async fn complete(transactor: &mut Transactor, job: Box<dyn Job>, deadline: Instant) {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        let late = unavailable("the slow writes before this one took too long");
        return job.reply(Err(late));
    }
    let limits = Limits {
        job: left,
        last_job: left,
        all: left,
        commit: COMMIT,
        is_one_by_one: true,
    };
    if let Some(job) = alone::complete(transactor, job, limits).await {
        job.reply(Err(Blame::Slow.into_error()));
    }
}

async fn run(mut transactor: Transactor, mut jobs: mpsc::Receiver<(Instant, Box<dyn Job>)>) {
    let mut next = jobs.recv().await;
    while let Some((deadline, job)) = next {
        if fault::point("slow-lane") {
            return;
        }
        complete(&mut transactor, job, deadline).await;
        next = match timeout(LINGER, jobs.recv()).await {
            Ok(next) => next,
            Err(_) => {
                // Others may need the connection meanwhile.
                transactor.disconnect();
                jobs.recv().await
            }
        };
    }
}
