//! Deletes events after their retention time.

use apikey_diesel::{Attendance, fault};
use apikey_domain::{
    change::{
        Position,
        cutoff::Cutoff,
        retention::{ClocksDisagree, prunable_before, prune_limit},
    },
    error::PortError,
    port::{clock::Clock, event_log::EventLog},
};
use std::{sync::Arc, time::Duration};
use tokio::task::JoinHandle;

/// How often expired events are deleted.
const PRUNE_INTERVAL: Duration = Duration::from_secs(60);
/// How many events are deleted at once: other writes wait for at most one batch.
const BATCH_SIZE: u32 = 500;
/// The pause between two batches, for other writes.
const BATCH_PAUSE: Duration = Duration::from_millis(100);

/// The pause after a run that deleted as many events as it may.
const LIMITED_INTERVAL: Duration = Duration::from_secs(3_600);

/// Which events are deleted.
#[derive(Clone, Copy)]
pub struct Pruning {
    /// How long they are kept.
    pub retention: Duration,
    /// How many percent of the record one run deletes at most.
    pub percent: u64,
}

/// Deletes events for their age, until the task is aborted. The task holds `attendance`
/// while it runs.
pub fn start(
    events: Arc<dyn EventLog>,
    clock: Arc<dyn Clock>,
    pruning: Pruning,
    attendance: Attendance,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let _attendance = attendance;
        let mut refused = None;
        while !fault::point("pruner") {
            let pause = match prune(&*events, &*clock, pruning).await {
                Ok(deleted) => {
                    refused = None;
                    after(deleted, pruning)
                }
                Err(Kept::Clocks(disagree)) => {
                    if refused.replace(disagree).is_none() {
                        let message = "no old events are deleted: set the clocks right. A record \
                                       without a new event for an hour is left as it is, too";
                        tracing::warn!(%disagree, "{message}");
                    }
                    PRUNE_INTERVAL
                }
                Err(Kept::Store(error)) => {
                    tracing::warn!(%error, "old events are deleted later");
                    PRUNE_INTERVAL
                }
            };
            tokio::time::sleep(pause).await;
        }
    })
}

/// What a run did.
#[derive(Debug, PartialEq, Eq)]
struct Deleted {
    events: u64,
    /// Whether there may be more, which one run may not delete.
    is_limited: bool,
}

/// Why a run deleted nothing, or not everything.
#[derive(Debug)]
enum Kept {
    Clocks(ClocksDisagree),
    Store(PortError),
}

/// Returns how long to wait after a run.
fn after(deleted: Deleted, pruning: Pruning) -> Duration {
    if !deleted.is_limited {
        return PRUNE_INTERVAL;
    }
    tracing::warn!(
        deleted = deleted.events,
        percent = pruning.percent,
        "deleted as many old events as one run may; the next is in an hour. If the time is right \
         and all of them are to go, set --event-prune-percent to 100"
    );
    LIMITED_INTERVAL
}

async fn prune(
    events: &dyn EventLog,
    clock: &dyn Clock,
    pruning: Pruning,
) -> Result<Deleted, Kept> {
    let state = events.record_state().await.map_err(Kept::Store)?;
    let seconds = i64::try_from(pruning.retention.as_secs()).unwrap_or(i64::MAX);
    let now = clock.now();
    let before = prunable_before(now, &state, seconds).map_err(Kept::Clocks)?;
    let mut deleted = Deleted {
        events: 0,
        is_limited: false,
    };
    // No event is older than the smallest timestamp.
    let Some(before) = before else {
        return Ok(deleted);
    };
    let limit = prune_limit(state.events, pruning.percent);
    let cutoff = Cutoff { before, now };
    let mut after = Position::START;
    while deleted.events < limit {
        let rest = u32::try_from(limit - deleted.events).unwrap_or(u32::MAX);
        let batch = events.prune_events(cutoff, after, rest.min(BATCH_SIZE));
        let batch = batch.await.map_err(Kept::Store)?;
        deleted.events += batch.events;
        let Some(next) = batch.next else {
            return Ok(deleted);
        };
        after = next;
        tokio::time::sleep(BATCH_PAUSE).await;
    }
    deleted.is_limited = limit < state.events;
    Ok(deleted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use apikey_domain::{
        change::event::EventFilter,
        port::directory::Directory,
        testing::{ManualClock, fixture},
    };
    use apikey_testing::Memory;

    const KEPT_SECONDS: u64 = 5;

    fn pruning(percent: u64) -> Pruning {
        Pruning {
            retention: Duration::from_secs(KEPT_SECONDS),
            percent,
        }
    }

    async fn record(memory: &Memory, clock: &ManualClock, numbers: std::ops::Range<u32>) {
        for number in numbers {
            let new = fixture::new_user(&format!("user {number}"));
            let by = fixture::by_service_at(clock.now());
            memory.create_user(by, new).await.unwrap();
        }
    }

    #[tokio::test]
    async fn expired_events_are_deleted_in_batches() {
        let (memory, clock) = (Memory::new(), ManualClock::new());
        let many = BATCH_SIZE + 10;
        record(&memory, &clock, 0..many).await;
        clock.advance_seconds(3);
        record(&memory, &clock, many..many + 1).await;
        assert_eq!(
            prune(&memory, &clock, pruning(100)).await.unwrap().events,
            0
        );
        clock.advance_seconds(3);
        let deleted = prune(&memory, &clock, pruning(100)).await.unwrap();
        assert_eq!((deleted.events, deleted.is_limited), (many.into(), false));
        assert_eq!(remaining(&memory).await, 1);
    }

    #[tokio::test]
    async fn one_run_deletes_at_most_its_share() {
        let (memory, clock) = (Memory::new(), ManualClock::new());
        record(&memory, &clock, 0..40).await;
        clock.advance_seconds(10);
        let deleted = prune(&memory, &clock, pruning(10)).await.unwrap();
        assert_eq!((deleted.events, deleted.is_limited), (4, true));
        assert_eq!(after(deleted, pruning(10)), LIMITED_INTERVAL);
        assert_eq!(remaining(&memory).await, 36);
    }

    #[tokio::test]
    async fn a_clock_that_is_days_ahead_deletes_nothing() {
        let (memory, clock) = (Memory::new(), ManualClock::new());
        record(&memory, &clock, 0..10).await;
        clock.advance_seconds(100 * 86_400);
        let refused = prune(&memory, &clock, pruning(100)).await;
        assert!(matches!(refused, Err(Kept::Clocks(_))), "{refused:?}");
        assert_eq!(remaining(&memory).await, 10);
    }

    #[tokio::test]
    async fn events_that_are_dated_ahead_keep_no_others() {
        let (memory, clock) = (Memory::new(), ManualClock::new());
        let many = BATCH_SIZE + 10;
        clock.advance_seconds(100 * 86_400);
        record(&memory, &clock, 0..7).await;
        clock.advance_seconds(-100 * 86_400);
        record(&memory, &clock, 7..many).await;
        clock.advance_seconds(100 * 86_400);
        record(&memory, &clock, many..many + 1).await;
        clock.advance_seconds(10 - 100 * 86_400);
        let deleted = prune(&memory, &clock, pruning(100)).await.unwrap();
        assert_eq!(deleted.events, u64::from(many) - 7);
        assert_eq!(remaining(&memory).await, 8);
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
