//! What is remembered of recent sign-ins with a password: successes, so that
//! HTTP Basic clients don't pay for a password hash on each request, and
//! failures, so that nobody guesses at leisure.

pub mod failures;
pub mod remembered;

use crate::{error::Error, port::secret_source::SecretSource};
use failures::Failures;
use futures_util::lock::{Mutex, MutexGuard};
use remembered::Remembered;
use std::{
    hash::{BuildHasher, RandomState},
    net::IpAddr,
};

/// The address a request came from, where it is known.
pub type Address = Option<IpAddr>;

/// Whoever has an IPv6 address has its whole /64, so that counts as one.
pub(crate) fn network(address: Address) -> Address {
    match address {
        Some(IpAddr::V6(address)) if address.to_ipv4_mapped().is_none() => {
            let prefix = u128::from(address) >> 64 << 64;
            Some(IpAddr::V6(prefix.into()))
        }
        address => address.map(|address| address.to_canonical()),
    }
}

/// The memory of recent sign-ins, one for each process.
///
/// # Example
///
/// ```
/// use apikey_domain::sign_in::SignInGuard;
/// use apikey_domain::testing::FixedSecrets;
///
/// let guard = SignInGuard::new(&FixedSecrets::default()).unwrap();
/// # let _ = guard;
/// ```
pub struct SignInGuard {
    /// The successes.
    pub remembered: Remembered,
    /// The failures.
    pub failures: Failures,
    turns: Vec<Mutex<()>>,
    hasher: RandomState,
}

impl SignInGuard {
    /// An empty memory, its digests keyed from `secrets`.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when the secret source fails.
    pub fn new(secrets: &dyn SecretSource) -> Result<Self, Error> {
        Ok(Self {
            remembered: Remembered::new(secrets)?,
            failures: Failures::default(),
            turns: (0..64).map(|_| Mutex::new(())).collect(),
            hasher: RandomState::new(),
        })
    }

    /// Waits for the turn of this username and address. Attempts take turns, so
    /// that a burst of them is judged one by one and the second of two equal
    /// ones finds the success of the first.
    pub async fn turn(&self, username: &str, address: Address) -> MutexGuard<'_, ()> {
        let hash = self.hasher.hash_one((username, address));
        let index = hash % self.turns.len() as u64;
        self.turns[index as usize].lock().await
    }
}
