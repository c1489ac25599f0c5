//! Throttling of failed sign-ins.

use super::{
    instants::Instants,
    party::{Network, Pair, Party},
};
use crate::{error::Error, timestamp::Timestamp};
use std::{
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Throttles failures: for one username from one network, a burst of 10 and one
/// more every 6 s; from one network over all usernames, a burst of 100 and one
/// more every 0.6 s.
///
/// An attempt is charged when it is admitted, as if it had failed, and gets its charge
/// back when it did not. So attempts that run at the same time cannot pass together.
///
/// Failures are counted per username and network, so that a stranger cannot lock
/// a user out from elsewhere. A user who signed in from a network within the
/// last day is not throttled for what others do from there: behind a proxy
/// everyone has the same address. At most 10,000 pairs and as many networks are
/// kept; when there are more, those that owe least leave.
pub(crate) struct Throttle {
    debts: Mutex<Debts>,
}

/// When all failures so far are paid off.
struct Debts {
    pairs: Instants<Pair>,
    networks: Instants<Network>,
    /// Until when each pair that signed in is trusted.
    trusted: Instants<Pair>,
}

/// What an attempt was charged, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) struct Charge {
    pair: i64,
    network: i64,
}

/// How long a pair that signed in is trusted, in seconds.
const TRUST_SECONDS: i64 = 86_400;

/// A burst of failures, and one more per interval.
struct Limit {
    burst: i64,
    interval_microseconds: i64,
}

const PAIR: Limit = Limit {
    burst: 10,
    interval_microseconds: 6_000_000,
};
const NETWORK: Limit = Limit {
    burst: 100,
    interval_microseconds: 600_000,
};

// === impl Throttle ===

impl Throttle {
    pub(super) fn new() -> Self {
        Self {
            debts: Mutex::new(Debts {
                pairs: Instants::reaching(0),
                networks: Instants::reaching(0),
                trusted: Instants::reaching(TRUST_SECONDS),
            }),
        }
    }

    /// Checks that another attempt is allowed.
    ///
    /// # Errors
    ///
    /// [`Error::Throttled`] with the whole seconds until the next one is.
    pub(crate) fn check(&self, pair: Pair, now: Timestamp) -> Result<(), Error> {
        self.lock().check(pair, now)
    }

    /// Admits an attempt and charges it as so many failures, if one is allowed. Of many
    /// that come at once only as many are admitted as may fail.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check); then nothing is charged.
    pub(crate) fn admit(&self, pair: Pair, failures: u8, now: Timestamp) -> Result<Charge, Error> {
        let mut debts = self.lock();
        debts.check(pair, now)?;
        let network = pair.network();
        Ok(Charge {
            pair: PAIR.charge(&mut debts.pairs, pair, failures, now),
            network: NETWORK.charge(&mut debts.networks, network, failures, now),
        })
    }

    /// Gives an attempt its charge back: it was right, or it was not tried.
    pub(crate) fn give_back(&self, pair: Pair, charge: Charge, now: Timestamp) {
        let mut debts = self.lock();
        give_back(&mut debts.pairs, pair, charge.pair, now);
        give_back(&mut debts.networks, pair.network(), charge.network, now);
    }

    /// Records a success.
    pub(crate) fn trust(&self, pair: Pair, now: Timestamp) {
        let until = now.plus_seconds(TRUST_SECONDS).unwrap_or(Timestamp::MAX);
        self.lock().trusted.set(pair, until, now);
    }

    /// Returns whose turn an attempt is, by whether the pair signed in within the last
    /// day.
    pub(crate) fn party(&self, pair: Pair, now: Timestamp) -> Party {
        if self.lock().is_trusted(pair, now) {
            pair.known()
        } else {
            pair.stranger()
        }
    }

    fn lock(&self) -> MutexGuard<'_, Debts> {
        self.debts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Debts ===

impl Debts {
    fn check(&self, pair: Pair, now: Timestamp) -> Result<(), Error> {
        let own = PAIR.wait_microseconds(&self.pairs, &pair, now);
        let whole = NETWORK.wait_microseconds(&self.networks, &pair.network(), now);
        let wait = if self.is_trusted(pair, now) {
            own
        } else {
            own.max(whole)
        };
        match wait {
            ..=0 => Ok(()),
            wait => Err(Error::Throttled {
                retry_after_seconds: wait.unsigned_abs().div_ceil(1_000_000),
            }),
        }
    }

    fn is_trusted(&self, pair: Pair, now: Timestamp) -> bool {
        let until = self.trusted.get(&pair, now);
        until.is_some_and(|until| now < until)
    }
}

// === impl Limit ===

impl Limit {
    /// Returns the time until a debt leaves room for one more failure.
    fn wait_microseconds<K>(&self, debts: &Instants<K>, key: &K, now: Timestamp) -> i64
    where
        K: Copy + Eq + Ord + Hash,
    {
        let owed = owed(debts, key, now).min(self.burst * self.interval_microseconds);
        owed - (self.burst - 1) * self.interval_microseconds
    }

    /// Raises a debt, and returns by how much. It is never more than one failure beyond
    /// the limit, which many can fill together who are trusted.
    fn charge<K>(&self, debts: &mut Instants<K>, key: K, failures: u8, now: Timestamp) -> i64
    where
        K: Copy + Eq + Ord + Hash,
    {
        let before = owed(debts, &key, now);
        let most = (self.burst + 1) * self.interval_microseconds;
        let raised = before + i64::from(failures) * self.interval_microseconds;
        let after = raised.min(most).max(before);
        debts.set(key, later(now, after), now);
        after - before
    }
}

/// Returns how much of a debt is left, in microseconds.
fn owed<K: Copy + Eq + Ord + Hash>(debts: &Instants<K>, key: &K, now: Timestamp) -> i64 {
    let debt = debts.get(key, now).unwrap_or(now);
    (debt.microseconds() - now.microseconds()).max(0)
}

fn give_back<K>(debts: &mut Instants<K>, key: K, microseconds: i64, now: Timestamp)
where
    K: Copy + Eq + Ord + Hash,
{
    let left = owed(debts, &key, now) - microseconds;
    debts.set(key, later(now, left), now);
}

fn later(now: Timestamp, microseconds: i64) -> Timestamp {
    let at = Timestamp::from_microseconds(now.microseconds() + microseconds);
    at.unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
