//! The ports of the use cases, by what each of them needs.

use crate::{
    identity::sign_in::SignInGuard,
    key::{digest::Peppers, token::KeyPrefix},
    port::{
        api_key_repository::ApiKeyRepository, change_feed::ChangeFeed, clock::Clock,
        directory::Directory, event_log::EventLog, key_facts_source::KeyFactsSource, lease::Lease,
        password_hasher::PasswordHasher, principals::Principals, secret_source::SecretSource,
        usage_recorder::UsageRecorder,
    },
};
use std::sync::Arc;

/// What a verification needs, and nothing more: enough to embed in a gateway.
///
/// # Example
///
/// ```
/// let ports = apikey_testing::TestApp::new().keys.verify;
/// assert_eq!(ports.key_prefix.as_str(), "gpustack");
/// ```
#[derive(Clone)]
pub struct VerifyPorts {
    /// The data needed to verify a key.
    pub key_facts: Arc<dyn KeyFactsSource>,
    /// The uses of keys.
    pub usage: Arc<dyn UsageRecorder>,
    /// Whether cached data may be relied on.
    pub lease: Arc<dyn Lease>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// The peppers of this installation.
    pub peppers: Arc<Peppers>,
    /// The prefix of generated keys.
    pub key_prefix: KeyPrefix,
}

/// What issuing, listing, changing and watching keys needs.
///
/// # Example
///
/// ```
/// let ports = apikey_testing::TestApp::new().keys;
/// assert_eq!(ports.verify.key_prefix.as_str(), "gpustack");
/// ```
#[derive(Clone)]
pub struct KeyPorts {
    /// What verifying one needs.
    pub verify: VerifyPorts,
    /// The keys.
    pub api_keys: Arc<dyn ApiKeyRepository>,
    /// Who their users are, and how they stand towards the keys' owners.
    pub principals: Arc<dyn Principals>,
    /// Randomness.
    pub secrets: Arc<dyn SecretSource>,
    /// The committed changes.
    pub change_feed: Arc<dyn ChangeFeed>,
    /// The record of every change.
    pub event_log: Arc<dyn EventLog>,
}

/// What signing in and administering people and organizations needs.
///
/// # Example
///
/// ```
/// let ports = apikey_testing::TestApp::new().identity;
/// let _now = ports.clock.now();
/// ```
#[derive(Clone)]
pub struct IdentityPorts {
    /// The people and organizations.
    pub directory: Arc<dyn Directory>,
    /// Password hashing.
    pub password_hasher: Arc<dyn PasswordHasher>,
    /// What is known of recent sign-ins.
    pub sign_in_guard: Arc<SignInGuard>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub secrets: Arc<dyn SecretSource>,
}
