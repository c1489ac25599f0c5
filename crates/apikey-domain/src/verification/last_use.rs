//! When a key was last used, to a minute.

use crate::timestamp::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};

/// How many seconds lie at least between two uses that are noted. With the
/// time until what is noted is written, it keeps `last_used_at` right to a
/// minute.
pub const INTERVAL_SECONDS: i64 = 50;

/// The last noted use of a key, shared by all who verify it.
///
/// # Example
///
/// ```
/// use apikey_domain::testing::fixture;
/// use apikey_domain::verification::last_use::LastUse;
///
/// let now = fixture::instant();
/// let last_use = LastUse::new(None);
/// assert!(last_use.note(now));
/// assert!(!last_use.note(now.plus_seconds(49).unwrap()));
/// assert!(last_use.note(now.plus_seconds(50).unwrap()));
/// ```
#[derive(Debug)]
pub struct LastUse(AtomicI64);

impl LastUse {
    const NEVER: i64 = i64::MIN;

    /// The last use as it is stored.
    pub fn new(at: Option<Timestamp>) -> Self {
        let microseconds = at.map_or(Self::NEVER, Timestamp::microseconds);
        Self(AtomicI64::new(microseconds))
    }

    /// Takes note of a use, and answers whether it is to be stored. Of several
    /// at once, one is. Never moves back.
    pub fn note(&self, now: Timestamp) -> bool {
        let last = self.0.load(Ordering::Relaxed);
        let now = now.microseconds();
        if last > now.saturating_sub(INTERVAL_SECONDS * 1_000_000) {
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
    fn a_clock_that_goes_back_moves_nothing() {
        let now = fixture::instant();
        let last_use = LastUse::new(Some(now));
        assert!(!last_use.note(now.plus_seconds(-3_600).unwrap()));
        assert!(last_use.note(now.plus_seconds(50).unwrap()));
    }
}
