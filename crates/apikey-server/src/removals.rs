//! Deletes in the background what deleted users and organizations had, a batch at a time.

use crate::{batch_size::BatchSize, panics};
use apikey_diesel::{Attendance, fault};
use apikey_domain::{
    error::PortError,
    listing::Window,
    port::{
        clock::Clock,
        removals::{RemovalStep, Removals},
    },
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinHandle;

/// How many keys or memberships are deleted at once at most: other writes wait for at
/// most one batch, and a watch has room for all of its changes.
const LARGEST_BATCH: u32 = 200;
/// The shortest pause between two batches, for other writes. It is longer if the batch
/// took longer.
const SHORTEST_PAUSE: Duration = Duration::from_millis(20);
/// How often it is looked whether anybody is being removed, when nobody was.
const INTERVAL: Duration = Duration::from_secs(1);
/// How long it waits after an error.
const PAUSE_AFTER_ERROR: Duration = Duration::from_secs(5);

/// How many users and organizations are being removed, as of the last look.
#[derive(Clone, Default)]
pub struct UnderWay(Arc<AtomicU64>);

// === impl UnderWay ===

impl UnderWay {
    /// Returns how many.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A window that shows no removal: there is only the total.
const NONE: Window = Window {
    offset: i64::MAX,
    limit: 1,
};

/// Removes what is to go, until the task is aborted. The task holds `attendance` while it
/// runs.
pub fn start(
    removals: Arc<dyn Removals>,
    clock: Arc<dyn Clock>,
    under_way: UnderWay,
    attendance: Attendance,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let _attendance = attendance;
        let mut size = BatchSize::at_most(LARGEST_BATCH);
        while !fault::point("removals") {
            let going_on = go_on(&*removals, &*clock, &under_way, &mut size);
            let pause = match panics::caught(going_on).await {
                Ok(pause) => pause,
                Err(error) => {
                    tracing::warn!(%error, "what deleted users had is removed later");
                    PAUSE_AFTER_ERROR
                }
            };
            tokio::time::sleep(pause).await;
        }
    })
}

/// Deletes a batch, if anybody is being removed. Returns how long to wait then.
async fn go_on(
    removals: &dyn Removals,
    clock: &dyn Clock,
    under_way: &UnderWay,
    size: &mut BatchSize,
) -> Result<Duration, PortError> {
    let count = removals.list_removals(NONE).await?.total;
    under_way.0.store(count, Ordering::Relaxed);
    if count == 0 {
        return Ok(INTERVAL);
    }
    let started = Instant::now();
    let step = removals.continue_removals(clock.now(), size.next()).await?;
    if step != RemovalStep::Idle {
        size.took(started.elapsed());
    }
    match step {
        RemovalStep::Idle => Ok(INTERVAL),
        RemovalStep::Deleted { .. } => Ok(started.elapsed().max(SHORTEST_PAUSE)),
        RemovalStep::Ended(owner) => {
            let (kind, id) = (owner.kind(), owner.id());
            tracing::info!(kind, id, "removed the last that a deleted owner had");
            Ok(SHORTEST_PAUSE)
        }
    }
}
