//! Tells in the background that keys expire.

use crate::{clocks, panics};
use apikey_diesel::{Attendance, fault};
use apikey_domain::{
    change::notice::ExpiryNotices,
    error::PortError,
    port::{
        clock::{Clock, judging_now},
        endings::Endings,
        event_log::EventLog,
    },
};
use std::{sync::Arc, time::Duration};
use tokio::task::JoinHandle;

/// How often it is looked whether there is anything to say.
const INTERVAL: Duration = Duration::from_secs(30);
/// Of how many keys something is said at once: other writes wait for at most one batch.
const BATCH_SIZE: u32 = 100;
/// The pause between two batches, for other writes.
const BATCH_PAUSE: Duration = Duration::from_millis(100);

/// The ports and settings of the task.
#[derive(Clone)]
pub struct KeyEndings {
    /// What happens to keys that end.
    pub endings: Arc<dyn Endings>,
    /// The record of changes.
    pub events: Arc<dyn EventLog>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Which notices are given.
    pub notices: ExpiryNotices,
}

/// Looks after keys that end until the task is aborted. The task holds `attendance` while
/// it runs.
pub fn start(endings: KeyEndings, attendance: Attendance) -> JoinHandle<()> {
    tokio::spawn(async move {
        let _attendance = attendance;
        let mut waits = false;
        while !fault::point("endings") {
            let pause = match panics::caught(endings.give_notices()).await {
                Ok(has_more) => {
                    waits = false;
                    if has_more { BATCH_PAUSE } else { INTERVAL }
                }
                Err(error) => {
                    if !std::mem::replace(&mut waits, true) {
                        tracing::warn!(%error, "it is said later that keys expire");
                    }
                    INTERVAL
                }
            };
            tokio::time::sleep(pause).await;
        }
    })
}

// === impl KeyEndings ===

impl KeyEndings {
    /// Gives a batch of notices, and returns whether there may be more. While the clock is
    /// certainly wrong, or not that of the database, it gives none.
    async fn give_notices(&self) -> Result<bool, PortError> {
        let now = judging_now(&*self.clock)?;
        if !self.endings.has_notices(&self.notices, now).await? {
            return Ok(false);
        }
        clocks::agree(now, &*self.events).await?;
        let step = self.endings.give_notices(&self.notices, now, BATCH_SIZE);
        Ok(step.await?.has_more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use apikey_domain::{
        change::{Change, Position, event::EventFilter},
        key::{api_key::NewApiKey, expiry::Expiry},
        port::{api_key_repository::ApiKeyRepository, directory::Directory},
        testing::{ManualClock, fixture},
    };
    use apikey_testing::Memory;

    async fn setup(keys: u32) -> (Arc<Memory>, Arc<ManualClock>, KeyEndings) {
        let (memory, clock) = (Arc::new(Memory::new()), Arc::new(ManualClock::new()));
        let endings = KeyEndings {
            endings: memory.clone(),
            events: memory.clone(),
            clock: clock.clone(),
            notices: ExpiryNotices::default(),
        };
        run(&endings).await;
        let by = || fixture::by_service_at(clock.now());
        let alice = memory.create_user(by(), fixture::new_user("alice"));
        let alice = alice.await.unwrap();
        for number in 0..keys {
            let new = NewApiKey {
                user_id: alice.id,
                owner_principal_id: alice.principal_id,
                created_at: clock.now(),
                expires_at: Expiry::at(clock.now().plus_seconds(3_600).unwrap()),
                ..fixture::new_api_key(&format!("ci {number}"), &format!("{number:016x}"))
            };
            memory.create(by(), new).await.unwrap();
        }
        (memory, clock, endings)
    }

    async fn run(endings: &KeyEndings) -> u32 {
        let mut batches = 0;
        while endings.give_notices().await.unwrap() {
            batches += 1;
        }
        batches
    }

    async fn notices(memory: &Memory) -> usize {
        let all = EventFilter::default();
        let (mut after, mut count) = (Position::START, 0);
        loop {
            let page = memory.list_events(&all, after, 1_000).await.unwrap();
            let changes = page.events.iter().map(|event| &event.change);
            count += changes
                .filter(|change| matches!(change, Change::Notice(_)))
                .count();
            if !page.has_more {
                return count;
            }
            after = page.next;
        }
    }

    #[tokio::test]
    async fn notices_are_given_in_batches() {
        let (memory, clock, endings) = setup(BATCH_SIZE + 1).await;
        assert_eq!((run(&endings).await, notices(&memory).await), (0, 0));
        clock.advance_seconds(3_660);
        let all = BATCH_SIZE as usize + 1;
        assert_eq!((run(&endings).await, notices(&memory).await), (2, all));
        assert_eq!((run(&endings).await, notices(&memory).await), (0, all));
    }

    #[tokio::test]
    async fn a_clock_that_is_certainly_wrong_says_nothing() {
        let (memory, clock, endings) = setup(1).await;
        clock.advance_seconds(-60 * 365 * 86_400);
        assert!(endings.give_notices().await.is_err());
        clock.advance_seconds(60 * 365 * 86_400 + 3_660);
        assert_eq!((run(&endings).await, notices(&memory).await), (1, 1));
    }
}
