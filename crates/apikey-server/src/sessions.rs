//! Stores the uses of sessions in the background, and deletes those that have expired.

use crate::{clocks, panics};
use apikey_diesel::{Attendance, fault};
use apikey_domain::{
    error::PortError,
    port::{
        clock::{Clock, judging_now},
        event_log::EventLog,
    },
    use_case::{identity::sessions, ports::SessionPorts},
};
use std::{sync::Arc, time::Duration};
use tokio::{task::JoinHandle, time::Instant};

/// How often the uses are stored: a session that a crash keeps from being recorded ends that
/// much earlier.
const INTERVAL: Duration = Duration::from_secs(5);
/// How often it is looked whether any session has expired. They are refused before they are
/// deleted.
const DELETION_INTERVAL: Duration = Duration::from_secs(60);
/// How many are deleted at once.
const BATCH_SIZE: u32 = 500;
/// The pause between two batches, for other writes.
const BATCH_PAUSE: Duration = Duration::from_millis(100);

/// Goes on until the task is aborted. The task holds `attendance` while it runs.
pub fn start(
    ports: SessionPorts,
    events: Arc<dyn EventLog>,
    clock: Arc<dyn Clock>,
    attendance: Attendance,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let _attendance = attendance;
        let mut look_at = Instant::now();
        while !fault::point("sessions") {
            if let Err(error) = panics::caught(sessions::store_uses(&ports, &*clock)).await {
                tracing::warn!(%error, "the uses of sessions were not recorded");
            }
            if look_at <= Instant::now() {
                let deleted = panics::caught(delete(&ports, &*events, &*clock)).await;
                look_at = Instant::now() + pause_after(deleted);
            }
            tokio::time::sleep_until((Instant::now() + INTERVAL).min(look_at)).await;
        }
    })
}

/// Deletes a batch, and returns how many. While the clock is certainly wrong, or not that of
/// the database, it deletes nothing: for other nodes these sessions may go on.
async fn delete(
    ports: &SessionPorts,
    events: &dyn EventLog,
    clock: &dyn Clock,
) -> Result<u64, PortError> {
    let (store, now) = (&ports.store, judging_now(clock)?);
    clocks::agree(now, events).await?;
    store.delete_expired_sessions(now, BATCH_SIZE).await
}

fn pause_after(deleted: Result<u64, PortError>) -> Duration {
    match deleted {
        Ok(0) => DELETION_INTERVAL,
        Ok(_) => BATCH_PAUSE,
        Err(error) => {
            tracing::warn!(%error, "expired sessions are deleted later");
            DELETION_INTERVAL
        }
    }
}
