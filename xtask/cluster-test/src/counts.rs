//! How many prober were answered how.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::rights::Reply;

/// How many answers there were.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    accepted: AtomicU64,
    refused: AtomicU64,
    unavailable: AtomicU64,
    broken: AtomicU64,
}

/// Counts at one moment, or between two.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counted {
    /// Keys that were right.
    pub(crate) accepted: u64,
    /// Keys that were not.
    pub(crate) refused: u64,
    /// 503.
    pub(crate) unavailable: u64,
    /// No answer at all.
    pub(crate) broken: u64,
}

// === impl Counts ===

impl Counts {
    /// Returns the counts of this moment.
    pub(crate) fn now(&self) -> Counted {
        Counted {
            accepted: self.accepted.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            unavailable: self.unavailable.load(Ordering::Relaxed),
            broken: self.broken.load(Ordering::Relaxed),
        }
    }

    /// Counts an answer, or that there was none.
    pub(crate) fn add(&self, reply: Option<Reply>) {
        let count = match reply {
            Some(Reply::Accepted) => &self.accepted,
            Some(Reply::Refused) => &self.refused,
            Some(Reply::Unavailable) => &self.unavailable,
            None => &self.broken,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

// === impl Counted ===

impl Counted {
    /// Returns what was counted since.
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            accepted: self.accepted - before.accepted,
            refused: self.refused - before.refused,
            unavailable: self.unavailable - before.unavailable,
            broken: self.broken - before.broken,
        }
    }

    /// Returns how many prober were left open.
    pub(crate) fn failures(self) -> u64 {
        self.unavailable + self.broken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_since_is_told() {
        let counts = Counts::default();
        counts.add(Some(Reply::Accepted));
        let before = counts.now();
        for reply in [Some(Reply::Refused), Some(Reply::Unavailable), None] {
            counts.add(reply);
        }
        let counted = counts.now().since(before);
        assert_eq!((counted.accepted, counted.refused), (0, 1));
        assert_eq!(counted.failures(), 2);
    }
}
