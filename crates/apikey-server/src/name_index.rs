//! The index of names for searching: what is behind is put into it in the background.

use apikey_diesel::{Attendance, NameIndex, fault};
use apikey_domain::port::clock::Clock;
use std::{sync::Arc, time::Duration};
use tokio::{task::JoinHandle, time::Instant};

/// How many names are put into the index at once: other writes wait for at most one batch.
const BATCH_SIZE: u32 = 100;
/// How often it is looked for names that are not in it.
const INTERVAL: Duration = Duration::from_secs(1);
/// The pause between two batches, as a multiple of the time that one took with its wait
/// for other writes: so these have most of the time while there are any.
const PAUSE: u32 = 3;

/// Fills the index until the task is aborted. The task holds `attendance` while it runs.
pub fn start(
    index: Arc<dyn NameIndex>,
    clock: Arc<dyn Clock>,
    attendance: Attendance,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let _attendance = attendance;
        while !fault::point("name index") {
            let begun = Instant::now();
            let pause = match index.extend(BATCH_SIZE, clock.now()).await {
                Ok(0) => INTERVAL,
                Ok(_) => begun.elapsed() * PAUSE,
                Err(error) => {
                    tracing::warn!(%error, "names are indexed for searches later");
                    INTERVAL
                }
            };
            tokio::time::sleep(pause).await;
        }
    })
}
