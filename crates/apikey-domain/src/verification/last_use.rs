//! When a key was last used, to the minute.

use crate::timestamp::{CLOCK_TOLERANCE_SECONDS, Timestamp};
use std::sync::atomic::{AtomicI64, Ordering};

/// The minimum number of seconds between two recorded uses of a key. Together
/// with the delay until a use is written, it keeps `last_used_at` accurate to a
/// minute.
const INTERVAL_SECONDS: i64 = 50;

/// Returns the latest instant that a stored use may have at `now`. A later one comes from
/// a clock that was wrong, and is replaced; up to it a use never moves back.
///
/// # Example
///
/// ```
/// use apikey_domain::testing::fixture;
/// use apikey_domain::verification::last_use::latest_credible;
///
/// let now = fixture::instant();
/// assert_eq!(Some(latest_credible(now)), now.plus_seconds(3_600));
/// ```
pub fn latest_credible(now: Timestamp) -> Timestamp {
    now.plus_seconds(CLOCK_TOLERANCE_SECONDS)
        .unwrap_or(Timestamp::MAX)
}

/// Returns what a store keeps as the last use, if there is a use at `at` and `last` was kept
/// before: the later of the two, unless that [is none](latest_credible).
///
/// # Example
///
/// ```
/// use apikey_domain::{testing::fixture, verification::last_use::later_use};
///
/// let now = fixture::instant();
/// assert_eq!(later_use(None, now), Some(now));
/// assert_eq!(later_use(now.plus_seconds(60), now), now.plus_seconds(60));
/// assert_eq!(later_use(now.plus_seconds(86_400), now), Some(now));
/// ```
pub fn later_use(last: Option<Timestamp>, at: Timestamp) -> Option<Timestamp> {
    let credible = last.filter(|last| *last <= latest_credible(at));
    credible.max(Some(at))
}

/// The last recorded use of a key, shared by all of its verifications.
///
/// # Example
///
/// ```
/// use apikey_domain::testing::fixture;
/// use apikey_domain::verification::last_use::LastUse;
///
/// let now = fixture::instant();
/// let last_use = LastUse::new(None);
/// assert!(last_use.record(now));
/// assert!(!last_use.record(now.plus_seconds(49).unwrap()));
/// assert!(last_use.record(now.plus_seconds(50).unwrap()));
/// ```
#[derive(Debug)]
pub struct LastUse(AtomicI64);

impl LastUse {
    const NEVER: i64 = i64::MIN;

    /// Starts from the stored last use.
    pub fn new(at: Option<Timestamp>) -> Self {
        let microseconds = at.map_or(Self::NEVER, Timestamp::microseconds);
        Self(AtomicI64::new(microseconds))
    }

    /// Returns the last recorded use.
    pub fn at(&self) -> Option<Timestamp> {
        Timestamp::from_microseconds(self.0.load(Ordering::Relaxed))
    }

    /// Records a use, and returns whether it must be stored. Of several
    /// concurrent uses, one is stored. Moves back only from what
    /// [no clock showed](latest_credible).
    pub fn record(&self, now: Timestamp) -> bool {
        let last = self.0.load(Ordering::Relaxed);
        let is_credible = last <= latest_credible(now).microseconds();
        let now = now.microseconds();
        if is_credible && last > now.saturating_sub(INTERVAL_SECONDS * 1_000_000) {
            return false;
        }
        self.0
            .compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixture;

    #[test]
    fn a_clock_that_goes_back_leaves_the_last_use_alone() {
        let now = fixture::instant();
        let last_use = LastUse::new(Some(now));
        assert!(!last_use.record(now.plus_seconds(-3_600).unwrap()));
        assert!(last_use.record(now.plus_seconds(50).unwrap()));
    }

    #[test]
    fn a_use_that_a_wrong_clock_recorded_does_not_silence_later_ones() {
        let now = fixture::instant();
        let last_use = LastUse::new(now.plus_seconds(400 * 86_400));
        assert!(last_use.record(now));
        assert!(!last_use.record(now.plus_seconds(49).unwrap()));
        assert!(last_use.record(now.plus_seconds(50).unwrap()));
    }
}
