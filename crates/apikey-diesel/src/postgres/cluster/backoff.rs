//! How long to wait before the next try.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

const SHORTEST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(2);

/// Doubles with each failure, and is never the same for two nodes.
pub(super) struct Backoff {
    longest: Duration,
}

// === impl Backoff ===

impl Backoff {
    pub(super) fn new() -> Self {
        Self::from(SHORTEST)
    }

    /// Begins with at most `first`.
    pub(super) fn from(first: Duration) -> Self {
        Self { longest: first }
    }

    pub(super) fn reset(&mut self) {
        self.longest = SHORTEST;
    }

    pub(super) async fn wait(&mut self) {
        tokio::time::sleep(self.next()).await;
    }

    /// Between half the present bound and all of it.
    pub(super) fn next(&mut self) -> Duration {
        // Each state is seeded anew: random enough to part two nodes.
        let random = RandomState::new().hash_one(0) % 1_000;
        let half = self.longest / 2;
        let wait = half + half * random as u32 / 1_000;
        self.longest = (self.longest * 2).min(LONGEST);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_to_a_bound_and_begins_anew() {
        let mut back_off = Backoff::new();
        let waits: Vec<_> = (0..10).map(|_| back_off.next()).collect();
        assert!(waits[0] <= SHORTEST && waits[0] >= SHORTEST / 2);
        assert!(waits.iter().all(|wait| *wait <= LONGEST));
        assert!(waits[9] >= LONGEST / 2);
        back_off.reset();
        assert!(back_off.next() <= SHORTEST);
    }
}
