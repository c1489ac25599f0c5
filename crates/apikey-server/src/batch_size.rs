//! How much a background task does at once, beside writes that wait for it.

use std::time::Duration;

/// How long a batch is meant to take at most. SQLite has one writer, so other writes may
/// wait for all of it.
const LONGEST: Duration = Duration::from_millis(40);

/// The size of the next batch: half of the last one if that took too long, for its parts are
/// large or the database is slow; otherwise a little more, up to the largest.
pub(crate) struct BatchSize {
    next: u32,
    largest: u32,
}

// === impl BatchSize ===

impl BatchSize {
    /// Begins with half of the largest batch.
    pub(crate) fn at_most(largest: u32) -> Self {
        Self {
            next: (largest / 2).max(1),
            largest,
        }
    }

    /// Returns the size of the next batch.
    pub(crate) fn next(&self) -> u32 {
        self.next
    }

    /// Learns how long a batch took.
    pub(crate) fn took(&mut self, time: Duration) {
        self.next = if time > LONGEST {
            (self.next / 2).max(1)
        } else {
            (self.next + self.largest.div_ceil(20)).min(self.largest)
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_that_takes_long_is_followed_by_smaller_ones() {
        let mut size = BatchSize::at_most(200);
        let mut after = |milliseconds| {
            size.took(Duration::from_millis(milliseconds));
            size.next()
        };
        assert_eq!([after(41), after(40), after(40)], [50, 60, 70]);
        for _ in 0..10 {
            after(1_000);
        }
        assert_eq!(after(1_000), 1);
        for _ in 0..30 {
            after(1);
        }
        assert_eq!(after(1), 200);
    }
}
