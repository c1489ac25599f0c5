//! Deletes keys that ended long ago, if that is set.

use crate::panics;
use apikey_diesel::{Attendance, fault};
use apikey_domain::{
    change::{
        ended::{EndedPlace, SteadyClock},
        retention::{ClocksDisagree, prunable_before},
    },
    error::PortError,
    port::{
        clock::{Clock, judging_now},
        endings::Endings,
        event_log::EventLog,
    },
};
use std::{
    num::NonZeroU16,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::JoinHandle;

/// How often it is looked whether there is anything to delete.
const INTERVAL: Duration = Duration::from_secs(600);
/// How many keys are deleted at once: other writes wait for at most one batch.
const BATCH_SIZE: u32 = 100;
/// The pause between two batches, for other writes.
const BATCH_PAUSE: Duration = Duration::from_millis(100);

const DAY_SECONDS: i64 = 86_400;

/// The ports and the setting of the task.
#[derive(Clone)]
pub struct EndedKeys {
    /// What deletes keys that ended.
    pub endings: Arc<dyn Endings>,
    /// The record of changes.
    pub events: Arc<dyn EventLog>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// How many days a key is kept after it ended.
    pub days: NonZeroU16,
}

/// Why a run deleted nothing, or not everything.
#[derive(Debug)]
enum Kept {
    Clocks(ClocksDisagree),
    Store(PortError),
}

/// Deletes keys until the task is aborted. The task holds `attendance` while it runs.
pub fn start(keys: EndedKeys, attendance: Attendance) -> JoinHandle<()> {
    tokio::spawn(async move {
        let _attendance = attendance;
        let (mut steady, mut refused) = (SteadyClock::default(), None);
        while !fault::point("ended-keys") {
            match panics::caught(keys.checked(&mut steady, Instant::now())).await {
                Ok(Ok(deleted)) => {
                    refused = None;
                    if deleted > 0 {
                        tracing::info!(deleted, days = keys.days, "deleted keys that had ended");
                    }
                }
                Ok(Err(Kept::Clocks(disagree))) => {
                    if refused.replace(disagree).is_none() {
                        let message = "no ended keys are deleted: set the clocks right. Without a \
                                       new event for an hour they are kept, too";
                        tracing::warn!(%disagree, "{message}");
                    }
                }
                Ok(Err(Kept::Store(error))) | Err(error) => {
                    tracing::warn!(%error, "ended keys are deleted later");
                }
            }
            tokio::time::sleep(INTERVAL).await;
        }
    })
}

// === impl EndedKeys ===

impl EndedKeys {
    /// As [`Self::delete`], if the clock has gone on as time does for an hour.
    async fn checked(
        &self,
        steady: &mut SteadyClock,
        instant: Instant,
    ) -> Result<Result<u64, Kept>, PortError> {
        if !steady.is_steady(judging_now(&*self.clock)?, instant) {
            return Ok(Ok(0));
        }
        Ok(self.delete().await)
    }

    /// Deletes what ended so many days ago, and returns how many keys that were.
    async fn delete(&self) -> Result<u64, Kept> {
        let now = judging_now(&*self.clock).map_err(Kept::Store)?;
        let state = self.events.record_state().await.map_err(Kept::Store)?;
        let seconds = i64::from(self.days.get()) * DAY_SECONDS;
        let before = prunable_before(now, &state, seconds).map_err(Kept::Clocks)?;
        let (mut after, mut deleted) = (EndedPlace::START, 0);
        let Some(before) = before else {
            return Ok(deleted);
        };
        loop {
            let now = self.clock.now();
            let step = self.endings.delete_ended(before, after, now, BATCH_SIZE);
            let step = step.await.map_err(Kept::Store)?;
            deleted += u64::from(step.deleted);
            let Some(next) = step.next else {
                return Ok(deleted);
            };
            after = next;
            tokio::time::sleep(BATCH_PAUSE).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use apikey_domain::{
        access::policy::KeyReach,
        identifier::ApiKeyId,
        key::{api_key::NewApiKey, expiry::Expiry},
        port::{api_key_repository::ApiKeyRepository, directory::Directory},
        testing::{ManualClock, fixture},
    };
    use apikey_testing::Memory;

    const ANYWHERE: KeyReach = fixture::reach(None, None);
    const HOUR: Duration = SteadyClock::SETTLED;

    /// A store with keys that expire after an hour and are kept for a week.
    struct Setup {
        memory: Arc<Memory>,
        clock: Arc<ManualClock>,
        keys: EndedKeys,
        ids: Vec<ApiKeyId>,
    }

    impl Setup {
        async fn new(keys: u32) -> Self {
            let (memory, clock) = (Arc::new(Memory::new()), Arc::new(ManualClock::new()));
            let alice = Self::user(&memory, &clock, "alice");
            let alice = alice.await;
            let mut ids = Vec::new();
            for number in 0..keys {
                let new = NewApiKey {
                    user_id: alice.id,
                    owner_principal_id: alice.principal_id,
                    expires_at: Expiry::at(clock.now().plus_seconds(3_600).unwrap()),
                    ..fixture::new_api_key(&format!("ci {number}"), &format!("{number:016x}"))
                };
                let by = fixture::by_service_at(clock.now());
                ids.push(memory.create(by, new).await.unwrap().id);
            }
            let keys = EndedKeys {
                endings: memory.clone(),
                events: memory.clone(),
                clock: clock.clone(),
                days: NonZeroU16::new(7).unwrap(),
            };
            Self {
                memory,
                clock,
                keys,
                ids,
            }
        }

        async fn user(
            memory: &Memory,
            clock: &ManualClock,
            name: &str,
        ) -> apikey_domain::identity::user::User {
            let by = fixture::by_service_at(clock.now());
            let user = memory.create_user(by, fixture::new_user(name)).await;
            user.unwrap()
        }

        /// Moves the clock on, and records something then.
        async fn pass(&self, seconds: i64, name: &str) {
            self.clock.advance_seconds(seconds);
            Self::user(&self.memory, &self.clock, name).await;
        }

        async fn left(&self) -> usize {
            let mut left = 0;
            for id in &self.ids {
                left += usize::from(self.memory.find(*id, &ANYWHERE).await.unwrap().is_some());
            }
            left
        }
    }

    #[tokio::test]
    async fn keys_are_deleted_so_many_days_after_they_ended() {
        let setup = Setup::new(BATCH_SIZE + 1).await;
        setup.pass(3_600 + 7 * DAY_SECONDS, "bob").await;
        assert_eq!(setup.keys.delete().await.unwrap(), 0);
        setup.pass(1, "carol").await;
        assert_eq!(setup.keys.delete().await.unwrap(), 101);
        assert_eq!(setup.left().await, 0);
    }

    #[tokio::test]
    async fn a_clock_that_nothing_confirms_deletes_nothing() {
        let setup = Setup::new(2).await;
        setup.clock.advance_seconds(100 * DAY_SECONDS);
        // What the service says by the same clock confirms nothing.
        let notices = apikey_domain::change::notice::ExpiryNotices::default();
        setup.clock.advance_seconds(-100 * DAY_SECONDS);
        let give = || setup.memory.give_notices(&notices, setup.clock.now(), 100);
        give().await.unwrap();
        setup.clock.advance_seconds(100 * DAY_SECONDS);
        assert_eq!(give().await.unwrap().given, 2);
        let kept = setup.keys.delete().await;
        assert!(matches!(kept, Err(Kept::Clocks(_))), "{kept:?}");
        assert_eq!(setup.left().await, 2);
        setup.clock.advance_seconds(-60 * 365 * DAY_SECONDS);
        let kept = setup.keys.delete().await;
        assert!(matches!(kept, Err(Kept::Store(_))), "{kept:?}");
    }

    #[tokio::test]
    async fn a_clock_that_was_just_set_deletes_nothing() {
        let setup = Setup::new(2).await;
        let (mut steady, start) = (SteadyClock::default(), Instant::now());
        assert_eq!(
            setup
                .keys
                .checked(&mut steady, start)
                .await
                .unwrap()
                .unwrap(),
            0
        );
        setup.clock.advance_seconds(3_600);
        let hour = start + HOUR;
        assert_eq!(
            setup
                .keys
                .checked(&mut steady, hour)
                .await
                .unwrap()
                .unwrap(),
            0
        );
        // It is set ahead, and somebody makes a change.
        setup.pass(100 * DAY_SECONDS, "bob").await;
        assert_eq!(
            setup
                .keys
                .checked(&mut steady, hour)
                .await
                .unwrap()
                .unwrap(),
            0
        );
        assert_eq!(setup.left().await, 2);
        setup.clock.advance_seconds(3_600);
        let deleted = setup.keys.checked(&mut steady, hour + HOUR).await.unwrap();
        assert_eq!((deleted.unwrap(), setup.left().await), (2, 0));
    }
}
