//! When something last took place.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// When something last took place, by a clock that does not jump.
pub(crate) struct LastTime {
    since: Instant,
    /// In nanoseconds after `since`; 0 if it never took place.
    last: AtomicU64,
}

// === impl LastTime ===

impl LastTime {
    /// Receives that it takes place now.
    pub(crate) fn note(&self) {
        self.last.fetch_max(self.now(), Ordering::SeqCst);
    }

    /// Returns whether it took place within the last `limit`.
    pub(crate) fn is_within(&self, limit: Duration) -> bool {
        match self.last.load(Ordering::SeqCst) {
            0 => false,
            last => Duration::from_nanos(self.now().saturating_sub(last)) < limit,
        }
    }

    /// Returns how long ago it took place, or since when it could have.
    #[cfg(feature = "postgres")]
    pub(crate) fn age(&self) -> Duration {
        Duration::from_nanos(self.now().saturating_sub(self.last.load(Ordering::SeqCst)))
    }

    /// Enough for five centuries, and never 0.
    fn now(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_nanos())
            .unwrap_or(u64::MAX)
            .max(1)
    }
}

impl Default for LastTime {
    fn default() -> Self {
        Self {
            since: Instant::now(),
            last: AtomicU64::new(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_took_place_is_not_recent_and_what_did_ages() {
        let time = LastTime::default();
        assert!(!time.is_within(Duration::MAX));
        time.note();
        assert!(time.is_within(Duration::from_secs(60)));
        std::thread::sleep(Duration::from_millis(20));
        assert!(time.age() >= Duration::from_millis(20));
        assert!(!time.is_within(Duration::from_millis(20)));
        time.note();
        assert!(time.is_within(Duration::from_secs(60)));
        assert!(time.age() < Duration::from_secs(60));
    }
}
