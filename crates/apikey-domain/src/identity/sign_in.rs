//! What is remembered of recent sign-ins with a password: successes, so that
//! HTTP Basic clients don't pay for a password hash on each request, and
//! failures, so that nobody guesses at leisure.

mod address;
pub mod recent_successes;
pub mod throttle;

use crate::{error::Error, port::secret_source::SecretSource};
pub use address::Address;
use futures_util::lock::{Mutex, MutexGuard};
use recent_successes::RecentSuccesses;
use std::hash::{BuildHasher, RandomState};
use throttle::Throttle;

/// The memory of recent sign-ins, one for each process.
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
    /// The successes.
    pub recent_successes: RecentSuccesses,
    /// The failures.
    pub throttle: Throttle,
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
            recent_successes: RecentSuccesses::new(secrets)?,
            throttle: Throttle::default(),
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
