//! The lease under which this node uses its cache.

use super::boot_clock;
use apikey_domain::port::lease::{Lease, LeaseState};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// How long a lease lasts, from just before the node writes its row.
pub(super) const LEASE_TERM: Duration = Duration::from_secs(3);

/// Returns how long peers wait for a node that may use its cache for `trust`: a
/// thirtieth longer, because clocks do not run equally fast.
pub(super) fn with_clock_drift(trust: Duration) -> Duration {
    trust + trust / 30
}

/// The lease under which this node uses its cache.
pub(crate) struct NodeLease {
    /// In nanoseconds of the boot clock; 0 if the lease is not held.
    held_until: AtomicU64,
    /// How much longer the node uses its cache when the database is lost.
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

    /// Returns how long after a renewal the node may use its cache.
    pub(super) fn trust(&self) -> Duration {
        LEASE_TERM + self.stale
    }

    /// Extends the lease. The cache MUST have applied everything that was read after
    /// `written`, the time just before the row was written.
    pub(super) fn extend(&self, written: Duration) {
        let until = nanoseconds(written + LEASE_TERM);
        self.held_until.fetch_max(until, Ordering::SeqCst);
    }

    /// Ends the lease.
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

    fn lapsed_for_at(&self, now: Duration) -> Duration {
        match self.held_until.load(Ordering::SeqCst) {
            0 => Duration::MAX,
            until => now.saturating_sub(Duration::from_nanos(until) + self.stale),
        }
    }
}

impl Lease for NodeLease {
    fn state(&self) -> LeaseState {
        self.state_at(boot_clock::now())
    }

    fn lapsed_for(&self) -> Duration {
        self.lapsed_for_at(boot_clock::now())
    }

    fn allows_stale(&self) -> bool {
        !self.stale.is_zero()
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
    fn a_lease_ends_three_seconds_after_the_row_was_written() {
        let seconds = |number: f64| Duration::from_secs_f64(number);
        let strict = NodeLease::new(Duration::ZERO);
        let lenient = NodeLease::new(seconds(10.0));
        assert_eq!(strict.state_at(seconds(1.0)), LeaseState::Lapsed);
        for lease in [&strict, &lenient] {
            lease.extend(seconds(7.0));
            // An older tick that ends late does not shorten the lease.
            lease.extend(seconds(5.0));
            assert_eq!(lease.state_at(seconds(9.9)), LeaseState::Held);
        }
        assert_eq!(strict.state_at(seconds(10.0)), LeaseState::Lapsed);
        assert_eq!(lenient.state_at(seconds(10.0)), LeaseState::Stale);
        assert_eq!(lenient.state_at(seconds(19.9)), LeaseState::Stale);
        assert_eq!(lenient.state_at(seconds(20.0)), LeaseState::Lapsed);
        assert_eq!(
            (strict.trust(), lenient.trust()),
            (LEASE_TERM, seconds(13.0))
        );
        assert_eq!(strict.lapsed_for_at(seconds(9.9)), Duration::ZERO);
        assert_eq!(strict.lapsed_for_at(seconds(14.0)), seconds(4.0));
        assert_eq!(lenient.lapsed_for_at(seconds(19.9)), Duration::ZERO);
        assert_eq!(lenient.lapsed_for_at(seconds(21.0)), seconds(1.0));
        lenient.end();
        assert_eq!(lenient.lapsed_for_at(seconds(8.0)), Duration::MAX);
        assert_eq!(lenient.state_at(seconds(8.0)), LeaseState::Lapsed);
    }
}
