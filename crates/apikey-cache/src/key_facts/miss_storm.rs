//! Miss storms: floods of access keys that do not exist.

use super::synchronization::{AtomicU64, Ordering};
use std::{
    future::poll_fn,
    task::Poll,
    time::{Duration, Instant},
};

/// More misses than this within a second are a storm.
const MISSES_PER_SECOND: u64 = 1_000;
/// How many times a database lookup yields to other requests during a storm.
const YIELDS: u32 = 8;

/// Detects miss storms, and makes database lookups yield to other requests while
/// one lasts.
///
/// A cached key is verified without waiting. A database lookup costs several
/// times as much, and anyone can cause one by sending random text. While many
/// lookups find nothing, each yields several times to whatever else is ready, so
/// random keys mostly slow down their sender.
pub(crate) struct MissStorm {
    created_at: Instant,
    /// The second since then whose misses are counted.
    second: AtomicU64,
    misses: AtomicU64,
    /// The second at which the storm ends.
    until: AtomicU64,
}

// === impl MissStorm ===

impl MissStorm {
    pub(crate) fn new() -> Self {
        Self {
            created_at: Instant::now(),
            second: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            until: AtomicU64::new(0),
        }
    }

    /// Counts a database lookup that found nothing.
    pub(crate) fn count_miss(&self) {
        let second = self.age().as_secs();
        if self.second.swap(second, Ordering::Relaxed) != second {
            // When several threads reach a new second at once, some misses are
            // counted in the wrong one. A storm has many more than those.
            self.misses.store(0, Ordering::Relaxed);
        }
        if self.misses.fetch_add(1, Ordering::Relaxed) >= MISSES_PER_SECOND {
            self.until.store(second + 2, Ordering::Relaxed);
        }
    }

    /// Yields to other requests during a storm; otherwise returns at once.
    pub(crate) async fn yield_to_hits(&self) {
        if self.until.load(Ordering::Relaxed) <= self.age().as_secs() {
            return;
        }
        for _ in 0..YIELDS {
            let mut has_yielded = false;
            poll_fn(|context| {
                if std::mem::replace(&mut has_yielded, true) {
                    return Poll::Ready(());
                }
                context.waker().wake_by_ref();
                Poll::Pending
            })
            .await;
        }
    }

    fn age(&self) -> Duration {
        self.created_at.elapsed()
    }
}
