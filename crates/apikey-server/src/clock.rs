//! The system clock, and whether it can be right.

use apikey_domain::{
    port::{
        clock::{Clock, judging_now},
        health::{Fault, Health, Part, PartReport},
    },
    timestamp::Timestamp,
};
use async_trait::async_trait;
use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

/// Returns the time of day of the system, to the microsecond.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the adapter for the clock"
    )]
    fn now(&self) -> Timestamp {
        timestamp(SystemTime::now())
    }
}

/// Reports, beside the parts of the store, whether the clock can be right.
pub struct ClockHealth {
    /// The health of the store.
    pub store: Arc<dyn Health>,
    /// The clock by which keys are judged.
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl Health for ClockHealth {
    async fn check(&self) -> Vec<PartReport> {
        let mut reports = self.store.check().await;
        reports.push(match judging_now(&*self.clock) {
            Ok(_) => PartReport::fine(Part::Clock),
            Err(error) => PartReport::failed(Part::Clock, Fault::Failed, error.into()),
        });
        reports
    }
}

/// Returns a time of day, also one before 1970.
fn timestamp(time: SystemTime) -> Timestamp {
    let (elapsed, sign, end) = match time.duration_since(UNIX_EPOCH) {
        Ok(elapsed) => (elapsed, 1, Timestamp::MAX),
        Err(error) => (error.duration(), -1, Timestamp::MIN),
    };
    i64::try_from(elapsed.as_micros())
        .ok()
        .and_then(|microseconds| Timestamp::from_microseconds(sign * microseconds))
        .unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_time_before_1970_is_before_1970_and_cannot_be_now() {
        assert_eq!(timestamp(UNIX_EPOCH).microseconds(), 0);
        let before = timestamp(UNIX_EPOCH - Duration::from_secs(1));
        assert_eq!(before.microseconds(), -1_000_000);
        assert!(!before.may_be_now());
        let long_before = UNIX_EPOCH - Duration::from_secs(400_000_000_000);
        assert!(!timestamp(long_before).may_be_now());
    }
}
