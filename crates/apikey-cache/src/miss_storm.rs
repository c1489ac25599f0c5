//! Floods of keys that nobody has.

use crate::synchronization::{AtomicU64, Ordering};
use std::{
    future::poll_fn,
    task::Poll,
    time::{Duration, Instant},
};

/// So many looks that find nothing within a second are a flood.
const MANY: u64 = 1_000;
/// How often a look into the store lets others go first while there is a flood.
const TURNS: u32 = 8;

/// Notices floods, and puts looks into the store behind all else meanwhile.
///
/// A key in memory is answered without waiting. A look into the store costs
/// several times as much, and anyone can ask for one with any text; while many
/// of them find nothing, they let whatever else is ready go first, several times
/// over. So whoever sends random keys mostly waits for themselves.
pub(crate) struct MissStorm {
    began: Instant,
    /// The second since then of which such looks are counted.
    second: AtomicU64,
    looks: AtomicU64,
    /// The second until which there is a flood.
    until: AtomicU64,
}

impl MissStorm {
    pub(crate) fn new() -> Self {
        Self {
            began: Instant::now(),
            second: AtomicU64::new(0),
            looks: AtomicU64::new(0),
            until: AtomicU64::new(0),
        }
    }

    /// A look into the store found nothing.
    pub(crate) fn count_absent(&self) {
        let second = self.since_began().as_secs();
        if self.second.swap(second, Ordering::Relaxed) != second {
            // Of several threads at the turn of a second, some are
            // counted with the wrong one; a flood has many more.
            self.looks.store(0, Ordering::Relaxed);
        }
        if self.looks.fetch_add(1, Ordering::Relaxed) >= MANY {
            self.until.store(second + 2, Ordering::Relaxed);
        }
    }

    /// Lets others go first while there is a flood.
    pub(crate) async fn yield_to_hits(&self) {
        if self.until.load(Ordering::Relaxed) <= self.since_began().as_secs() {
            return;
        }
        for _ in 0..TURNS {
            let mut is_over = false;
            poll_fn(|context| {
                if std::mem::replace(&mut is_over, true) {
                    return Poll::Ready(());
                }
                context.waker().wake_by_ref();
                Poll::Pending
            })
            .await;
        }
    }

    fn since_began(&self) -> Duration {
        self.began.elapsed()
    }
}
