//! Throttling of failed sign-ins.

use super::address::{Address, network};
use crate::{
    error::Error,
    timestamp::{CLOCK_TOLERANCE_SECONDS, Timestamp},
};
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

/// Throttles failures: for one username from one address, a burst of 10 and one
/// more every 6 s; from one address over all usernames, a burst of 100 and one
/// more every 0.6 s.
///
/// Failures are counted per username and address, so that a stranger cannot lock
/// a user out from elsewhere. A user who signed in from an address within the
/// last day is not throttled for what others do from there: behind a proxy
/// everyone has the same address. At most 10,000 pairs and as many addresses are
/// kept.
#[derive(Default)]
pub struct Throttle {
    buckets: Mutex<Buckets>,
}

#[derive(Default)]
struct Buckets {
    pairs: HashMap<(String, Address), Debt>,
    addresses: HashMap<Address, Debt>,
    /// Until when each pair that signed in is trusted.
    trusted: HashMap<(String, Address), Timestamp>,
}

/// How long a pair that signed in is trusted, in seconds.
const TRUST_SECONDS: i64 = 86_400;

/// When all failures so far are paid off.
type Debt = Timestamp;

/// A burst of failures, and one more per interval.
struct Limit {
    burst: i64,
    interval_microseconds: i64,
}

const PAIR: Limit = Limit {
    burst: 10,
    interval_microseconds: 6_000_000,
};
const ADDRESS: Limit = Limit {
    burst: 100,
    interval_microseconds: 600_000,
};

impl Throttle {
    /// The maximum number of pairs, and of addresses, that are kept.
    pub const CAPACITY: usize = 10_000;

    /// Checks that another attempt is allowed.
    ///
    /// # Errors
    ///
    /// [`Error::Throttled`] with the whole seconds until the next one is.
    pub fn check(&self, username: &str, address: Address, now: Timestamp) -> Result<(), Error> {
        let address = network(address);
        let buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (username.to_owned(), address);
        let is_trusted = buckets.trusted.get(&key).is_some_and(|until| now < *until);
        let pair = buckets.pairs.get(&key);
        let pair = pair.map_or(0, |debt| PAIR.wait_microseconds(*debt, now));
        let whole = buckets.addresses.get(&address).filter(|_| !is_trusted);
        let whole = whole.map_or(0, |debt| ADDRESS.wait_microseconds(*debt, now));
        match pair.max(whole) {
            ..=0 => Ok(()),
            wait => Err(Error::Throttled {
                retry_after_seconds: (wait as u64).div_ceil(1_000_000),
            }),
        }
    }

    /// Records a success.
    pub fn trust(&self, username: &str, address: Address, now: Timestamp) {
        let key = (username.to_owned(), network(address));
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.trusted.len() >= Self::CAPACITY {
            buckets.trusted.retain(|_, until| *until > now);
        }
        if buckets.trusted.len() < Self::CAPACITY
            && let Some(until) = now.plus_seconds(TRUST_SECONDS)
        {
            buckets.trusted.insert(key, until);
        }
    }

    /// Records a failure.
    pub fn record(&self, username: &str, address: Address, now: Timestamp) {
        let address = network(address);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        add(
            &mut buckets.pairs,
            (username.to_owned(), address),
            &PAIR,
            now,
        );
        add(&mut buckets.addresses, address, &ADDRESS, now);
    }
}

/// Returns a debt, unless it is so far in the future that the clock was set back since: it
/// would lock its user out until then.
fn credible(debt: Debt, now: Timestamp) -> Debt {
    let latest = now.plus_seconds(CLOCK_TOLERANCE_SECONDS);
    if latest.is_some_and(|latest| debt > latest) {
        now
    } else {
        debt
    }
}

impl Limit {
    /// Returns the time until the debt leaves room for one more failure.
    fn wait_microseconds(&self, debt: Debt, now: Timestamp) -> i64 {
        let owed = credible(debt, now).microseconds() - now.microseconds();
        let owed = owed.min(self.burst * self.interval_microseconds);
        owed - (self.burst - 1) * self.interval_microseconds
    }

    fn raised(&self, debt: Debt, now: Timestamp) -> Debt {
        let debt = credible(debt, now).max(now);
        let raised = debt.microseconds() + self.interval_microseconds;
        Timestamp::from_microseconds(raised).unwrap_or(Timestamp::MAX)
    }
}

fn add<K: Hash + Eq>(debts: &mut HashMap<K, Debt>, key: K, limit: &Limit, now: Timestamp) {
    if debts.len() >= Throttle::CAPACITY {
        debts.retain(|_, debt| *debt > now);
    }
    if debts.len() >= Throttle::CAPACITY {
        // Under a flood from many addresses, small debts are dropped first.
        let heavy = now.plus_seconds(2 * limit.interval_microseconds / 1_000_000 + 1);
        debts.retain(|_, debt| Some(*debt) > heavy);
    }
    if debts.len() < Throttle::CAPACITY {
        let debt = debts.entry(key).or_insert(now);
        *debt = limit.raised(*debt, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixture;

    fn wait(throttle: &Throttle, username: &str, now: Timestamp) -> Option<u64> {
        match throttle.check(username, None, now) {
            Err(Error::Throttled {
                retry_after_seconds,
            }) => Some(retry_after_seconds),
            _ => None,
        }
    }

    #[test]
    fn the_eleventh_failure_waits_six_seconds() {
        let throttle = Throttle::default();
        let now = fixture::instant();
        for _ in 0..10 {
            assert_eq!(wait(&throttle, "alice", now), None);
            throttle.record("alice", None, now);
        }
        assert_eq!(wait(&throttle, "alice", now), Some(6));
        assert_eq!(wait(&throttle, "bob", now), None);
        assert_eq!(wait(&throttle, "alice", now.plus_seconds(6).unwrap()), None);
    }

    #[test]
    fn one_address_cannot_try_all_usernames() {
        let throttle = Throttle::default();
        let now = fixture::instant();
        for number in 0..100 {
            throttle.record(&number.to_string(), None, now);
        }
        assert_eq!(wait(&throttle, "fresh", now), Some(1));
        throttle.trust("known", None, now);
        assert_eq!(wait(&throttle, "known", now), None);
        let next_day = now.plus_seconds(86_400).unwrap();
        for number in 0..100 {
            throttle.record(&number.to_string(), None, next_day);
        }
        assert_eq!(wait(&throttle, "known", next_day), Some(1));
    }

    #[test]
    fn an_ipv6_network_is_throttled_as_one_address() {
        let throttle = Throttle::default();
        let now = fixture::instant();
        let address = |last: u16| Some([0x2001, 0xdb8, 0, 1, 0, 0, 0, last].into());
        for number in 0..10 {
            throttle.record("alice", address(number), now);
        }
        assert!(throttle.check("alice", address(999), now).is_err());
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::default();
        for number in 0..3 * Throttle::CAPACITY as i64 {
            let address = ((number as u128) << 64).to_be_bytes();
            let address = Some(std::net::IpAddr::from(address));
            throttle.record("alice", address, fixture::instant());
        }
        let buckets = throttle.buckets.lock().unwrap();
        assert!(buckets.pairs.len() <= Throttle::CAPACITY);
        assert!(buckets.addresses.len() <= Throttle::CAPACITY);
    }

    #[test]
    fn a_clock_that_was_set_back_by_days_locks_nobody_out() {
        let throttle = Throttle::default();
        let now = fixture::instant();
        let ahead = now.plus_seconds(100 * 86_400).unwrap();
        for _ in 0..20 {
            throttle.record("alice", None, ahead);
        }
        assert!(wait(&throttle, "alice", ahead).is_some());
        assert_eq!(wait(&throttle, "alice", now), None);
        for _ in 0..20 {
            throttle.record("alice", None, now);
        }
        assert!(wait(&throttle, "alice", now).is_some());
    }
}
