//! What is known of the connections for reading.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// What is known of the connections for reading, at one moment.
///
/// # Example
///
/// ```
/// assert_eq!(apikey_diesel::PoolFigures::default().in_use, 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolFigures {
    /// How many are in use.
    pub in_use: u64,
    /// How many are open, and not in use.
    pub idle: u64,
    /// How many reads wait for one.
    pub waiting: u64,
}

/// How many reads wait. Clones share one count.
#[derive(Clone, Default)]
pub(crate) struct Waiting(Arc<AtomicUsize>);

/// A read that waits until this is dropped.
pub(crate) struct Waits(Arc<AtomicUsize>);

// === impl Waiting ===

impl Waiting {
    /// Counts a read that begins to wait.
    pub(crate) fn begin(&self) -> Waits {
        self.0.fetch_add(1, Ordering::Relaxed);
        Waits(Arc::clone(&self.0))
    }

    /// Returns how many wait.
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed) as u64
    }
}

// === impl Waits ===

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_waits_until_it_goes_on_or_gives_up() {
        let waiting = Waiting::default();
        let (one, other) = (waiting.begin(), waiting.clone().begin());
        assert_eq!(waiting.count(), 2);
        drop(one);
        assert_eq!(waiting.count(), 1);
        drop(other);
        assert_eq!(waiting.count(), 0);
    }
}
