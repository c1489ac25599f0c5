//! State of recent password sign-ins: successes, so that HTTP Basic clients
//! don't pay for a password hash on each request, and failures, to slow down
//! guessing.

mod address;
pub mod recent_successes;
pub mod throttle;

use crate::{error::Error, port::secret_source::SecretSource};
pub use address::Address;
use futures_util::lock::{Mutex, MutexGuard};
use recent_successes::RecentSuccesses;
use std::hash::{BuildHasher, RandomState};
use throttle::Throttle;

/// State of recent password sign-ins, one per process.
///
/// # Example
///
/// ```
/// use apikey_domain::identity::sign_in::SignInGuard;
/// use apikey_domain::testing::FixedSecrets;
///
/// let guard = SignInGuard::new(&FixedSecrets::default()).unwrap();
/// # let _ = guard;
/// ```
pub struct SignInGuard {
    /// Recent successes.
    pub recent_successes: RecentSuccesses,
    /// Recent failures.
    pub throttle: Throttle,
    locks: Vec<Mutex<()>>,
    hasher: RandomState,
}

impl SignInGuard {
    /// Creates an empty guard, its digests keyed from `secrets`.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when the secret source fails.
    pub fn new(secrets: &dyn SecretSource) -> Result<Self, Error> {
        Ok(Self {
            recent_successes: RecentSuccesses::new(secrets)?,
            throttle: Throttle::default(),
            locks: (0..64).map(|_| Mutex::new(())).collect(),
            hasher: RandomState::new(),
        })
    }

    /// Locks this username and address. Attempts run one at a time, so that each
    /// of a burst is throttled correctly and the second of two equal attempts
    /// finds the success of the first.
    pub async fn lock(&self, username: &str, address: Address) -> MutexGuard<'_, ()> {
        let hash = self.hasher.hash_one((username, address));
        let index = hash % self.locks.len() as u64;
        self.locks[index as usize].lock().await
    }
}
