//! The ports, grouped by the use cases that need them.
//!
//! Each group is made by `new` with the ports that it cannot do without; the `with_…`
//! methods replace what stands for the others. A port that is added later has something
//! that stands for it, too, so that no embedder breaks.

mod left_out;
#[cfg(feature = "server")]
mod server;

use crate::{
    Error,
    access::policy::KeyPolicies,
    identity::sign_in::SignInGuard,
    key::{digest::SharedPeppers, token::KeyPrefix},
    port::{
        api_key_repository::ApiKeyRepository,
        clock::Clock,
        directory::Directory,
        key_facts_source::KeyFactsSource,
        lease::{Lease, SingleNode},
        password_hasher::PasswordHasher,
        principals::Principals,
        secret_source::SecretSource,
        slow_digests::SlowDigests,
        usage_recorder::UsageRecorder,
    },
    verification::{foreign_secrets::ForeignSecrets, renewal_buffer::RenewalBuffer},
};
use left_out::LeftOut;
#[cfg(feature = "server")]
pub use server::{ServerPorts, SessionPorts};
use std::sync::Arc;

/// The ports that verifying keys needs; enough to embed in a gateway.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     key::token::KeyPrefix, testing::{ManualClock, fixture}, use_case::ports::VerifyPorts,
/// };
/// use apikey_testing::Memory;
/// use std::sync::Arc;
///
/// let (store, clock) = (Arc::new(Memory::new()), Arc::new(ManualClock::new()));
/// let ports = VerifyPorts::new(store, clock, Arc::new(fixture::peppers()))
///     .with_key_prefix(KeyPrefix::parse("acme").unwrap());
/// assert_eq!(ports.key_prefix.as_str(), "acme");
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct VerifyPorts {
    /// The data needed to verify a key.
    pub key_facts: Arc<dyn KeyFactsSource>,
    /// Records the uses of keys.
    pub usage: Arc<dyn UsageRecorder>,
    /// Whether cached data may be used.
    pub lease: Arc<dyn Lease>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// The peppers of this installation.
    pub peppers: SharedPeppers,
    /// The prefix of generated keys.
    pub key_prefix: KeyPrefix,
    /// Stores that a credential was used for the first time. Without it those that wait for
    /// that are unavailable, and digests of other services stay.
    pub first_uses: Option<Arc<dyn ApiKeyRepository>>,
    /// Collects digests under an older pepper, to be renewed. Without it they stay.
    pub renewals: Option<Arc<RenewalBuffer>>,
    /// What is remembered of keys with a digest of another service.
    pub(crate) foreign: Arc<ForeignSecrets>,
}

/// The ports that creating, listing and changing keys needs.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     testing::{FixedSecrets, ManualClock, fixture}, use_case::ports::{KeyPorts, VerifyPorts},
/// };
/// use apikey_testing::Memory;
/// use std::sync::Arc;
///
/// let (store, clock) = (Arc::new(Memory::new()), Arc::new(ManualClock::new()));
/// let verify = VerifyPorts::new(store.clone(), clock, Arc::new(fixture::peppers()));
/// let secrets = Arc::new(FixedSecrets::default());
/// let ports = KeyPorts::new(verify, store.clone(), store, secrets);
/// assert_eq!(ports.verify.key_prefix.as_str(), "gpustack");
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct KeyPorts {
    /// The ports that verifying keys needs.
    pub verify: VerifyPorts,
    /// Storage of keys.
    pub api_keys: Arc<dyn ApiKeyRepository>,
    /// Lookups of users and their standing.
    pub principals: Arc<dyn Principals>,
    /// Randomness.
    pub secrets: Arc<dyn SecretSource>,
    /// The ports that only a server has.
    #[cfg(feature = "server")]
    pub server: ServerPorts,
    /// Who may do what with keys.
    pub policies: KeyPolicies,
}

/// The ports that signing in and administering users and organizations needs.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     port::clock::Clock, testing::{FixedSecrets, ManualClock, QuickHasher},
///     use_case::ports::IdentityPorts,
/// };
/// use apikey_testing::Memory;
/// use std::sync::Arc;
///
/// let clock = Arc::new(ManualClock::new());
/// let ports = IdentityPorts::new(
///     Arc::new(Memory::new()),
///     Arc::new(QuickHasher::default()),
///     clock.clone(),
///     Arc::new(FixedSecrets::default()),
/// ).unwrap();
/// assert_eq!(ports.clock.now(), clock.now());
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct IdentityPorts {
    /// Storage of users and organizations.
    pub directory: Arc<dyn Directory>,
    /// Password hashing.
    pub password_hasher: Arc<dyn PasswordHasher>,
    /// State of recent sign-ins.
    pub sign_in_guard: Arc<SignInGuard>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub secrets: Arc<dyn SecretSource>,
    /// The ports of sessions. Without them nobody begins one.
    #[cfg(feature = "server")]
    pub sessions: Option<SessionPorts>,
}

// === impl VerifyPorts ===

impl VerifyPorts {
    /// Returns the ports of a node that records no uses, makes every change itself
    /// ([`SingleNode`]), and gives its keys the usual prefix.
    pub fn new(
        key_facts: Arc<dyn KeyFactsSource>,
        clock: Arc<dyn Clock>,
        peppers: impl Into<SharedPeppers>,
    ) -> Self {
        Self {
            key_facts,
            usage: Arc::new(LeftOut),
            lease: Arc::new(SingleNode),
            clock,
            peppers: peppers.into(),
            key_prefix: KeyPrefix::default(),
            first_uses: None,
            renewals: None,
            foreign: Arc::new(ForeignSecrets::new(None)),
        }
    }

    /// Records the uses of keys.
    #[must_use]
    pub fn with_usage(mut self, usage: Arc<dyn UsageRecorder>) -> Self {
        self.usage = usage;
        self
    }

    /// Uses cached data only as the lease allows. Needed if the facts are cached and
    /// another node may change the store.
    #[must_use]
    pub fn with_lease(mut self, lease: Arc<dyn Lease>) -> Self {
        self.lease = lease;
        self
    }

    /// Stores the first uses of credentials that wait for them. [`KeyPorts::new`] does so.
    #[must_use]
    pub fn with_first_uses(mut self, api_keys: Arc<dyn ApiKeyRepository>) -> Self {
        self.first_uses = Some(api_keys);
        self
    }

    /// Collects digests under an older pepper when their keys are used. Whoever gives it must
    /// store them now and then ([`ApiKeyRepository::renew_digest`]).
    #[must_use]
    pub fn with_renewals(mut self, renewals: Arc<RenewalBuffer>) -> Self {
        self.renewals = Some(renewals);
        self
    }

    /// Computes digests of other services that take long. Without it, keys that still have
    /// one are unavailable.
    #[must_use]
    pub fn with_slow_digests(mut self, slow: Arc<dyn SlowDigests>) -> Self {
        self.foreign = Arc::new(ForeignSecrets::new(Some(slow)));
        self
    }

    /// Gives the keys another prefix.
    #[must_use]
    pub fn with_key_prefix(mut self, key_prefix: KeyPrefix) -> Self {
        self.key_prefix = key_prefix;
        self
    }
}

// === impl KeyPorts ===

impl KeyPorts {
    /// Returns the ports of a service whose keys nobody watches, and which keeps no
    /// record: with the feature `server`, these use cases are refused as unavailable.
    pub fn new(
        verify: VerifyPorts,
        api_keys: Arc<dyn ApiKeyRepository>,
        principals: Arc<dyn Principals>,
        secrets: Arc<dyn SecretSource>,
    ) -> Self {
        let verify = verify.with_first_uses(Arc::clone(&api_keys));
        Self {
            verify,
            api_keys,
            principals,
            secrets,
            policies: KeyPolicies::contract(),
            #[cfg(feature = "server")]
            server: ServerPorts::left_out(),
        }
    }

    /// Lets these policies decide in place of the contract alone. Nodes that share a store
    /// must have the same.
    #[must_use]
    pub fn with_policies(mut self, policies: KeyPolicies) -> Self {
        self.policies = policies;
        self
    }
}

// === impl IdentityPorts ===

impl IdentityPorts {
    /// Returns the ports of a service where nobody has signed in yet.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if `secrets` fails.
    pub fn new(
        directory: Arc<dyn Directory>,
        password_hasher: Arc<dyn PasswordHasher>,
        clock: Arc<dyn Clock>,
        secrets: Arc<dyn SecretSource>,
    ) -> Result<Self, Error> {
        Ok(Self {
            directory,
            password_hasher,
            sign_in_guard: Arc::new(SignInGuard::new(&*secrets)?),
            clock,
            secrets,
            #[cfg(feature = "server")]
            sessions: None,
        })
    }
}
