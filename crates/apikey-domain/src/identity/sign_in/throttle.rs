//! Sign-ins that failed.

use super::address::{Address, network};
use crate::{error::Error, timestamp::Timestamp};
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

/// Throttles failures: for one username from one address, 10 at once and one
/// more each 6 s; from one address over all usernames, 100 at once and one more
/// each 0.6 s.
///
/// Counted for the pair, so that a stranger's failures don't lock a user out
/// from elsewhere. Whoever signed in from an address within the last day is not
/// held up by what others do from there: behind a proxy everyone has the same
/// address. At most 10,000 pairs and as many addresses are remembered.
#[derive(Default)]
pub struct Throttle {
    buckets: Mutex<Buckets>,
}

#[derive(Default)]
struct Buckets {
    pairs: HashMap<(String, Address), Debt>,
    addresses: HashMap<Address, Debt>,
    /// Until when a pair that signed in is trusted.
    trusted: HashMap<(String, Address), Timestamp>,
}

/// How long a pair that signed in is trusted, in seconds.
const TRUST_SECONDS: i64 = 86_400;

/// When all failures so far will be forgotten.
type Debt = Timestamp;

/// So many failures at once, one more in each interval.
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
    /// How many pairs, and how many addresses, are remembered at the most.
    pub const MOST: usize = 10_000;

    /// Checks that another attempt is admitted.
    ///
    /// # Errors
    ///
    /// [`Error::Throttled`] with the whole seconds until one is.
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

    /// Notes a success.
    pub fn trust(&self, username: &str, address: Address, now: Timestamp) {
        let key = (username.to_owned(), network(address));
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.trusted.len() >= Self::MOST {
            buckets.trusted.retain(|_, until| *until > now);
        }
        if buckets.trusted.len() < Self::MOST
            && let Some(until) = now.plus_seconds(TRUST_SECONDS)
        {
            buckets.trusted.insert(key, until);
        }
    }

    /// Counts a failure.
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

impl Limit {
    /// How long until the debt leaves room for one more failure.
    fn wait_microseconds(&self, debt: Debt, now: Timestamp) -> i64 {
        let owed = debt.microseconds() - now.microseconds();
        // A debt beyond the burst can only come from a clock that was set back.
        let owed = owed.min(self.burst * self.interval_microseconds);
        owed - (self.burst - 1) * self.interval_microseconds
    }

    fn raised(&self, debt: Debt, now: Timestamp) -> Debt {
        let raised = debt.max(now).microseconds() + self.interval_microseconds;
        Timestamp::from_microseconds(raised).unwrap_or(Timestamp::MAX)
    }
}

fn add<K: Hash + Eq>(debts: &mut HashMap<K, Debt>, key: K, limit: &Limit, now: Timestamp) {
    if debts.len() >= Throttle::MOST {
        debts.retain(|_, debt| *debt > now);
    }
    if debts.len() >= Throttle::MOST {
        // Under a flood from many addresses the small debts are let go first.
        let heavy = now.plus_seconds(2 * limit.interval_microseconds / 1_000_000 + 1);
        debts.retain(|_, debt| Some(*debt) > heavy);
    }
    if debts.len() < Throttle::MOST {
        let debt = debts.entry(key).or_insert(now);
        *debt = limit.raised(*debt, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixture;

    fn wait(failures: &Throttle, username: &str, now: Timestamp) -> Option<u64> {
        match failures.check(username, None, now) {
            Err(Error::Throttled {
                retry_after_seconds,
            }) => Some(retry_after_seconds),
            _ => None,
        }
    }

    #[test]
    fn the_eleventh_failure_waits_six_seconds() {
        let failures = Throttle::default();
        let now = fixture::instant();
        for _ in 0..10 {
            assert_eq!(wait(&failures, "alice", now), None);
            failures.record("alice", None, now);
        }
        assert_eq!(wait(&failures, "alice", now), Some(6));
        assert_eq!(wait(&failures, "bob", now), None);
        assert_eq!(wait(&failures, "alice", now.plus_seconds(6).unwrap()), None);
    }

    #[test]
    fn one_address_cannot_go_through_all_usernames() {
        let failures = Throttle::default();
        let now = fixture::instant();
        for number in 0..100 {
            failures.record(&number.to_string(), None, now);
        }
        assert_eq!(wait(&failures, "fresh", now), Some(1));
        failures.trust("known", None, now);
        assert_eq!(wait(&failures, "known", now), None);
        let next_day = now.plus_seconds(86_400).unwrap();
        for number in 0..100 {
            failures.record(&number.to_string(), None, next_day);
        }
        assert_eq!(wait(&failures, "known", next_day), Some(1));
    }

    #[test]
    fn a_network_of_ipv6_addresses_counts_as_one() {
        let failures = Throttle::default();
        let now = fixture::instant();
        let address = |last: u16| Some([0x2001, 0xdb8, 0, 1, 0, 0, 0, last].into());
        for number in 0..10 {
            failures.record("alice", address(number), now);
        }
        assert!(failures.check("alice", address(999), now).is_err());
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out_for_long() {
        let failures = Throttle::default();
        let now = fixture::instant();
        for _ in 0..10 {
            failures.record("alice", None, now);
        }
        let before = now.plus_seconds(-86_400).unwrap();
        assert_eq!(wait(&failures, "alice", before), Some(6));
    }

    #[test]
    fn memory_is_bounded() {
        let failures = Throttle::default();
        for number in 0..3 * Throttle::MOST as i64 {
            let address = ((number as u128) << 64).to_be_bytes();
            let address = Some(std::net::IpAddr::from(address));
            failures.record("alice", address, fixture::instant());
        }
        let buckets = failures.buckets.lock().unwrap();
        assert!(buckets.pairs.len() <= Throttle::MOST);
        assert!(buckets.addresses.len() <= Throttle::MOST);
    }
}
