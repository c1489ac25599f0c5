//! Forgets in the background what requests made that their clients may no longer send again.

use crate::panics;
use apikey_diesel::{Attendance, fault};
use apikey_domain::{
    error::PortError,
    port::{
        clock::{Clock, judging_now},
        idempotency_log::IdempotencyLog,
    },
};
use std::{sync::Arc, time::Duration};
use tokio::task::JoinHandle;

/// How often it is looked whether there is anything to forget: a secret that may not be
/// opened any more is wiped that much later at most, unless there are many.
const INTERVAL: Duration = Duration::from_secs(10);
/// How many secrets are wiped and requests forgotten at once: other writes wait for at most
/// one batch.
const BATCH_SIZE: u32 = 500;
/// The pause between two batches, for other writes.
const BATCH_PAUSE: Duration = Duration::from_millis(100);

/// Forgets until the task is aborted. The task holds `attendance` while it runs.
pub fn start(
    log: Arc<dyn IdempotencyLog>,
    clock: Arc<dyn Clock>,
    attendance: Attendance,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let _attendance = attendance;
        while !fault::point("forgetting") {
            let pause = match panics::caught(forget(&*log, &*clock)).await {
                Ok(0) => INTERVAL,
                Ok(_) => BATCH_PAUSE,
                Err(error) => {
                    tracing::warn!(%error, "old requests are forgotten later");
                    INTERVAL
                }
            };
            tokio::time::sleep(pause).await;
        }
    })
}

/// Forgets a batch, and returns how many. While the clock is certainly wrong it forgets
/// nothing.
async fn forget(log: &dyn IdempotencyLog, clock: &dyn Clock) -> Result<u64, PortError> {
    log.forget(judging_now(clock)?, BATCH_SIZE).await
}
