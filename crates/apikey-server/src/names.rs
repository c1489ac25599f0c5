//! Names that earlier releases stored: what is derived from them is renewed in the
//! background, and those are reported that would be refused today.

mod report;

use apikey_diesel::{Attendance, StoredNames, fault};
use apikey_domain::{error::PortError, port::clock::Clock};
use std::{sync::Arc, time::Duration};
use tokio::task::JoinHandle;

/// How many rows are renewed at once: other writes wait for at most one batch.
const BATCH_SIZE: u32 = 20;
/// The pause between two batches, for other writes.
const BATCH_PAUSE: Duration = Duration::from_millis(20);
/// How often it is looked for names that a node of an earlier release wrote.
const INTERVAL: Duration = Duration::from_secs(60);

/// Renews names, and reports them once, until the task is aborted. The task holds
/// `attendance` while it runs.
pub fn start(
    names: Arc<dyn StoredNames>,
    clock: Arc<dyn Clock>,
    attendance: Attendance,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let _attendance = attendance;
        let mut is_reported = false;
        while !fault::point("names") {
            let reviewed = match renew(&*names, &*clock).await {
                Ok(()) if !is_reported => report::of(&*names).await.map(|found| {
                    found.log();
                    is_reported = true;
                }),
                renewed => renewed,
            };
            if let Err(error) = reviewed {
                tracing::warn!(%error, "stored names are reviewed later");
            }
            tokio::time::sleep(INTERVAL).await;
        }
    })
}

/// Renews all that nobody else holds at the moment.
async fn renew(names: &dyn StoredNames, clock: &dyn Clock) -> Result<(), PortError> {
    let mut renewed = 0;
    loop {
        match names.renew(BATCH_SIZE, clock.now()).await? {
            0 => break,
            count => renewed += count,
        }
        tokio::time::sleep(BATCH_PAUSE).await;
    }
    if renewed > 0 {
        tracing::info!(names = renewed, "renewed names of an earlier release");
    }
    Ok(())
}
