//! Deletes events after their retention time.

use apikey_diesel::{Attendance, fault};
use apikey_domain::port::{clock::Clock, event_log::EventLog};
use std::{sync::Arc, time::Duration};
use tokio::task::JoinHandle;

/// How often expired events are deleted.
const PRUNE_INTERVAL: Duration = Duration::from_secs(60);
/// How many events are deleted at once: other writes wait for at most one batch.
const BATCH_SIZE: u32 = 500;
/// The pause between two batches, for other writes.
const BATCH_PAUSE: Duration = Duration::from_millis(100);

/// Deletes events older than `retention`, until the task is aborted. The task holds
/// `attendance` while it runs.
pub fn start(
    events: Arc<dyn EventLog>,
    clock: Arc<dyn Clock>,
    retention: Duration,
    attendance: Attendance,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let _attendance = attendance;
        while !fault::point("pruner") {
            prune(&*events, &*clock, retention).await;
            tokio::time::sleep(PRUNE_INTERVAL).await;
        }
    })
}

async fn prune(events: &dyn EventLog, clock: &dyn Clock, retention: Duration) {
    let seconds = i64::try_from(retention.as_secs()).unwrap_or(i64::MAX);
    // No event is older than the smallest timestamp.
    let Some(before) = clock.now().plus_seconds(-seconds) else {
        return;
    };
    loop {
        match events.prune_events(before, BATCH_SIZE).await {
            Ok(count) if count == u64::from(BATCH_SIZE) => tokio::time::sleep(BATCH_PAUSE).await,
            Ok(_) => return,
            Err(error) => return tracing::warn!(%error, "old events are deleted later"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use apikey_domain::{
        change::{Position, event::EventFilter},
        port::directory::Directory,
        testing::{ManualClock, fixture},
    };
    use apikey_testing::Memory;

    #[tokio::test]
    async fn expired_events_are_deleted_in_batches() {
        let memory = Memory::new();
        let clock = ManualClock::new();
        for number in 0..BATCH_SIZE + 10 {
            let new = fixture::new_user(&format!("user {number}"));
            let by = fixture::by_service_at(clock.now());
            memory.create_user(by, new).await.unwrap();
        }
        clock.advance_seconds(10);
        let new = fixture::new_user("the last");
        let by = fixture::by_service_at(clock.now());
        memory.create_user(by, new).await.unwrap();
        prune(&memory, &clock, Duration::from_secs(11)).await;
        assert_eq!(remaining(&memory).await, 511);
        prune(&memory, &clock, Duration::from_secs(5)).await;
        assert_eq!(remaining(&memory).await, 1);
    }

    async fn remaining(memory: &Memory) -> usize {
        let all = EventFilter::default();
        let (mut after, mut count) = (Position::START, 0);
        loop {
            let page = memory.list_events(&all, after, 1_000).await.unwrap();
            let Some(last) = page.events.last() else {
                return count;
            };
            after = last.position;
            count += page.events.len();
        }
    }
}
