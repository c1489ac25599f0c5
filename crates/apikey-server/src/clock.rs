//! The system clock.

use apikey_domain::{port::clock::Clock, timestamp::Timestamp};
use std::time::{SystemTime, UNIX_EPOCH};

/// Returns the time of day of the system, to the microsecond.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the adapter for the clock"
    )]
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        let microseconds = since_epoch.map_or(0, |elapsed| elapsed.as_micros());
        i64::try_from(microseconds)
            .ok()
            .and_then(Timestamp::from_microseconds)
            .unwrap_or(Timestamp::MAX)
    }
}
