//! Exponential backoff with jitter.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

/// The bound after a success.
const MINIMUM: Duration = Duration::from_millis(50);
/// The highest bound.
const MAXIMUM: Duration = Duration::from_secs(2);

/// Doubles with each failure, with jitter so that nodes do not retry in step.
pub(super) struct Backoff {
    bound: Duration,
}

// === impl Backoff ===

impl Backoff {
    pub(super) fn new() -> Self {
        Self::from(MINIMUM)
    }

    /// Returns a backoff whose first wait is at most `first`.
    pub(super) fn from(first: Duration) -> Self {
        Self { bound: first }
    }

    pub(super) fn reset(&mut self) {
        self.bound = MINIMUM;
    }

    /// Waits for [`next`](Self::next).
    pub(super) async fn wait(&mut self) {
        tokio::time::sleep(self.next()).await;
    }

    /// Returns a duration between half the current bound and the bound, which then
    /// doubles.
    pub(super) fn next(&mut self) -> Duration {
        // Each state has a new seed, which is random enough for jitter.
        let random = RandomState::new().hash_one(0) % 1_000;
        let half = self.bound / 2;
        let wait = half + half * random as u32 / 1_000;
        self.bound = (self.bound * 2).min(MAXIMUM);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_to_its_maximum_and_can_be_reset() {
        let mut backoff = Backoff::new();
        let waits: Vec<_> = (0..10).map(|_| backoff.next()).collect();
        assert!(waits[0] <= MINIMUM && waits[0] >= MINIMUM / 2);
        assert!(waits.iter().all(|wait| *wait <= MAXIMUM));
        assert!(waits[9] >= MAXIMUM / 2);
        backoff.reset();
        assert!(backoff.next() <= MINIMUM);
    }
}
