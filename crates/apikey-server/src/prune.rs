//! Deletes events that are older than they need be.

use apikey_domain::port::{clock::Clock, event_log::EventLog};
use std::{sync::Arc, time::Duration};
use tokio::task::JoinHandle;

/// How often old events are looked for.
const INTERVAL: Duration = Duration::from_secs(60);
/// How many go at once: other writes wait no longer than that.
const BATCH: u32 = 500;
/// How long other writes have between two batches.
const PAUSE: Duration = Duration::from_millis(100);

/// Deletes events older than `retention`, until the task is aborted.
pub fn start(
    events: Arc<dyn EventLog>,
    clock: Arc<dyn Clock>,
    retention: Duration,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            prune(&*events, &*clock, retention).await;
            tokio::time::sleep(INTERVAL).await;
        }
    })
}

async fn prune(events: &dyn EventLog, clock: &dyn Clock, retention: Duration) {
    let seconds = i64::try_from(retention.as_secs()).unwrap_or(i64::MAX);
    // Nothing is older than the calendar.
    let Some(before) = clock.now().plus_seconds(-seconds) else {
        return;
    };
    loop {
        match events.prune_events(before, BATCH).await {
            Ok(count) if count == u64::from(BATCH) => tokio::time::sleep(PAUSE).await,
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
    async fn what_is_older_than_it_need_be_is_deleted_in_batches() {
        let memory = Memory::new();
        let clock = ManualClock::new();
        for number in 0..BATCH + 10 {
            let new = fixture::new_user(&format!("user {number}"));
            let by = fixture::attribution_at(clock.now());
            memory.create_user(by, new).await.unwrap();
        }
        clock.advance_seconds(10);
        let new = fixture::new_user("the last");
        let by = fixture::attribution_at(clock.now());
        memory.create_user(by, new).await.unwrap();
        prune(&memory, &clock, Duration::from_secs(11)).await;
        assert_eq!(left(&memory).await, 511);
        prune(&memory, &clock, Duration::from_secs(5)).await;
        assert_eq!(left(&memory).await, 1);
    }

    async fn left(memory: &Memory) -> usize {
        let all = EventFilter::default();
        let page = memory.list_events(&all, Position::START, 1_000).await;
        page.unwrap().events.len()
    }
}
