//! State of recent password sign-ins: successes, so that HTTP Basic clients
//! don't pay for a password hash on each request; failures, to slow down
//! guessing; and attempts that are under way.

mod digests;
mod instants;
mod party;
mod recent_successes;
mod throttle;
mod under_way;

use crate::{
    error::{Error, PortError},
    identity::user::UserCredential,
    port::secret_source::SecretSource,
};
use digests::Digests;
use futures_util::future::BoxFuture;
pub use party::{Address, Network, Pair, Party};
use recent_successes::RecentSuccesses;
use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
};
pub(crate) use throttle::Charge;
use throttle::Throttle;
pub(crate) use under_way::{Part, UnderWay};
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// What became of a password: the user whose it is, or nobody.
pub(crate) type Outcome = Result<Option<UserCredential>, Arc<PortError>>;

/// State of recent password sign-ins, one per process.
///
/// # Example
///
/// ```
/// use apikey_domain::identity::sign_in::SignInGuard;
/// use apikey_domain::testing::FixedSecrets;
///
/// let guard = SignInGuard::new(&FixedSecrets::default()).unwrap();
/// assert_eq!(guard.pair("alice", None), guard.pair("alice", None));
/// assert_ne!(guard.pair("alice", None), guard.pair("bob", None));
/// assert_eq!(guard.pair("zo\u{eb}", None), guard.pair("zoe\u{308}", None));
/// ```
pub struct SignInGuard {
    /// Recent successes.
    pub(crate) recent_successes: RecentSuccesses,
    /// Recent failures.
    pub(crate) throttle: Throttle,
    under_way: UnderWay<Outcome>,
    digests: Digests,
    names: RandomState,
}

// === impl SignInGuard ===

impl SignInGuard {
    /// Creates an empty guard, its digests keyed from `secrets`.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] when the secret source fails.
    pub fn new(secrets: &dyn SecretSource) -> Result<Self, Error> {
        let digests = Digests::new(secrets)?;
        Ok(Self {
            recent_successes: RecentSuccesses::new(digests.clone()),
            throttle: Throttle::new(),
            under_way: UnderWay::new(),
            digests,
            names: RandomState::new(),
        })
    }

    /// Returns the pair of a username and the network of an address. Composed and
    /// decomposed, a name is one.
    pub fn pair(&self, username: &str, address: Address) -> Pair {
        let name = if is_nfc(username) {
            self.names.hash_one(username)
        } else {
            self.names.hash_one(username.nfc().collect::<String>())
        };
        Pair::new(name, address)
    }

    /// Returns the party of a user who showed that they are one.
    pub fn known(&self, username: &str) -> Party {
        self.pair(username, None).known()
    }

    /// Joins an attempt that is under way from the same network and equal in these
    /// texts, or else begins one. Several that come at once are tried once.
    ///
    /// # Errors
    ///
    /// That of `begin`, which returns the attempt.
    pub(crate) fn join_or_begin(
        &self,
        pair: Pair,
        texts: [&str; 4],
        begin: impl FnOnce() -> Result<BoxFuture<'static, Outcome>, Error>,
    ) -> Result<Part<Outcome>, Error> {
        let network = format!("{:?}", pair.network());
        let [one, two, three, four] = texts;
        let digest = self.digests.of(&[&network, one, two, three, four]);
        self.under_way.join_or_begin(digest, begin)
    }
}
