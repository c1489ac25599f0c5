//! Until when this node trusts its memory.

use super::boot_clock;
use apikey_domain::port::lease::{Lease, LeaseState};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// For how long a node trusts its memory after it has written its row.
pub(super) const TERM: Duration = Duration::from_secs(3);

/// How long others reckon with a node that may trust its memory for `trust`: a
/// thirtieth longer, for clocks that do not run equally fast.
pub(super) fn with_clock_drift(trust: Duration) -> Duration {
    trust + trust / 30
}

/// Until when this node trusts its memory, in nanoseconds of the boot clock.
pub(crate) struct NodeLease {
    held_until: AtomicU64,
    /// How much longer it goes by its memory when the database is lost.
    stale: Duration,
}

// === impl NodeLease ===

impl NodeLease {
    pub(crate) fn new(stale: Duration) -> Self {
        Self {
            held_until: AtomicU64::new(0),
            stale,
        }
    }

    /// For how long others must reckon with it.
    pub(super) fn trust(&self) -> Duration {
        TERM + self.stale
    }

    /// Trusts the memory, which has applied all that was read after `written`, the
    /// time just before the row was written.
    pub(super) fn trust_since(&self, written: Duration) {
        let until = nanoseconds(written + TERM);
        self.held_until.fetch_max(until, Ordering::SeqCst);
    }

    /// Ceases to trust it.
    pub(super) fn end(&self) {
        self.held_until.store(0, Ordering::SeqCst);
    }

    fn state_at(&self, now: Duration) -> LeaseState {
        match self.held_until.load(Ordering::SeqCst) {
            0 => LeaseState::Lapsed,
            until if nanoseconds(now) < until => LeaseState::Held,
            until if nanoseconds(now) < until + nanoseconds(self.stale) => LeaseState::Stale,
            _ => LeaseState::Lapsed,
        }
    }
}

impl Lease for NodeLease {
    fn state(&self) -> LeaseState {
        self.state_at(boot_clock::now())
    }
}

/// Enough for five centuries.
fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_ends_three_seconds_after_the_row_was_written() {
        let seconds = |number: f64| Duration::from_secs_f64(number);
        let strict = NodeLease::new(Duration::ZERO);
        let lenient = NodeLease::new(seconds(10.0));
        assert_eq!(strict.state_at(seconds(1.0)), LeaseState::Lapsed);
        for lease in [&strict, &lenient] {
            lease.trust_since(seconds(7.0));
            // An older round that ends late shortens nothing.
            lease.trust_since(seconds(5.0));
            assert_eq!(lease.state_at(seconds(9.9)), LeaseState::Held);
        }
        assert_eq!(strict.state_at(seconds(10.0)), LeaseState::Lapsed);
        assert_eq!(lenient.state_at(seconds(10.0)), LeaseState::Stale);
        assert_eq!(lenient.state_at(seconds(19.9)), LeaseState::Stale);
        assert_eq!(lenient.state_at(seconds(20.0)), LeaseState::Lapsed);
        assert_eq!((strict.trust(), lenient.trust()), (TERM, seconds(13.0)));
        lenient.end();
        assert_eq!(lenient.state_at(seconds(8.0)), LeaseState::Lapsed);
    }
}
