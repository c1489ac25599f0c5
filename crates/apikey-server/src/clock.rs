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

/// Returns a time of day. A clock that shows a time before 1970, or beyond the calendar, is
/// wrong: then everything that expires has expired.
fn timestamp(time: SystemTime) -> Timestamp {
    let since_epoch = time.duration_since(UNIX_EPOCH).ok();
    since_epoch
        .and_then(|elapsed| i64::try_from(elapsed.as_micros()).ok())
        .and_then(Timestamp::from_microseconds)
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn with_a_clock_before_1970_everything_has_expired() {
        assert_eq!(timestamp(UNIX_EPOCH).microseconds(), 0);
        let before = UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(timestamp(before), Timestamp::MAX);
    }
}
