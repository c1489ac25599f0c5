//! The lease under which this node uses its cache.

use super::boot_clock;
use crate::postgres::primary::{Generation, Primary};
use apikey_domain::port::lease::{Lease, LeaseState};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// How long a lease lasts, from just before the node writes its row.
pub(crate) const LEASE_TERM: Duration = Duration::from_secs(3);

/// Returns how long peers wait for a node that may use its cache for `trust`: a
/// thirtieth longer, because clocks do not run equally fast.
pub(super) fn with_clock_drift(trust: Duration) -> Duration {
    trust + trust / 30
}

/// The lease under which this node uses its cache.
///
/// It belongs to a generation of connections: when that ends, so does the lease, but for
/// the time that stale answers are allowed. Only the coordination loop changes it.
pub(crate) struct NodeLease {
    primary: Primary,
    /// The generation in which it was renewed.
    generation: AtomicU64,
    /// In nanoseconds of the boot clock; 0 if the lease is not held.
    held_until: AtomicU64,
    /// How much longer the node uses its cache when the database is lost.
    stale: Duration,
}

// === impl NodeLease ===

impl NodeLease {
    pub(crate) fn new(primary: Primary, stale: Duration) -> Self {
        Self {
            primary,
            generation: AtomicU64::new(0),
            held_until: AtomicU64::new(0),
            stale,
        }
    }

    /// Returns how long after a renewal the node may use its cache.
    pub(super) fn trust(&self) -> Duration {
        LEASE_TERM + self.stale
    }

    /// Returns whether the lease is held, and covers what a connection of `generation`
    /// reads from now on.
    pub(crate) fn covers(&self, generation: Generation) -> bool {
        self.state() == LeaseState::Held && self.generation.load(Ordering::SeqCst) == generation
    }

    /// Begins a generation, in which the lease is not held yet.
    pub(super) fn begin(&self, generation: Generation) {
        if self.generation.load(Ordering::SeqCst) != generation {
            self.end();
            self.generation.store(generation, Ordering::SeqCst);
        }
    }

    /// Extends the lease, which the current generation began. The cache MUST have applied everything that was read after
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
        // Read before the time, which is reset before a new generation begins.
        let generation = self.generation.load(Ordering::SeqCst);
        match self.held_until.load(Ordering::SeqCst) {
            0 => LeaseState::Lapsed,
            until if nanoseconds(now) < until && self.primary.is_current(generation) => {
                LeaseState::Held
            }
            until
                if !self.stale.is_zero() && nanoseconds(now) < until + nanoseconds(self.stale) =>
            {
                LeaseState::Stale
            }
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
    use crate::postgres::primary::Server;

    #[test]
    fn a_lease_ends_three_seconds_after_the_row_was_written() {
        let seconds = |number: f64| Duration::from_secs_f64(number);
        let strict = NodeLease::new(Primary::new(), Duration::ZERO);
        let lenient = NodeLease::new(Primary::new(), seconds(10.0));
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

    #[test]
    fn a_lease_ends_with_its_generation() {
        let server = |timeline| Server {
            system_identifier: 1,
            timeline,
        };
        let primary = Primary::new();
        let strict = NodeLease::new(primary.clone(), Duration::ZERO);
        let lenient = NodeLease::new(primary.clone(), Duration::from_secs(10));
        let first = primary.admit(server(1)).unwrap();
        let seven = Duration::from_secs(7);
        for lease in [&strict, &lenient] {
            lease.begin(first);
            lease.extend(seven);
            assert_eq!(lease.state_at(seven), LeaseState::Held);
        }
        let second = primary.admit(server(2)).unwrap();
        assert_eq!(strict.state_at(seven), LeaseState::Lapsed);
        assert_eq!(lenient.state_at(seven), LeaseState::Stale);
        for lease in [&strict, &lenient] {
            lease.begin(second);
            assert_eq!(lease.state_at(seven), LeaseState::Lapsed);
            lease.extend(seven);
            assert_eq!(lease.state_at(seven), LeaseState::Held);
        }
    }
}
