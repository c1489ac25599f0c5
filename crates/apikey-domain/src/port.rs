//! What the domain needs from outside, as object-safe traits.
//!
//! Each trait says what an implementer MUST do; the conformance suite in
//! `testing::conformance` (feature `testing`) has a named test for each
//! clause, and the in-memory adapter, SQLite and PostgreSQL all run it.

pub mod api_key_repository;
pub mod change_feed;
pub mod clock;
pub mod directory;
pub mod event_log;
pub mod key_facts_source;
pub mod key_use_log;
pub mod lease;
pub mod password_hasher;
pub mod secret_source;

use crate::{
    digest::Peppers,
    error::{Cause, Refusal},
    sign_in::SignInGuard,
    token::KeyPrefix,
};
use std::sync::Arc;

/// Why a store did not answer.
///
/// # Example
///
/// ```
/// use apikey_domain::port::{StoreError, Unique};
///
/// let error = StoreError::Duplicate(Unique::KeyName);
/// assert_eq!(error.to_string(), "duplicate key name");
/// ```
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique index already holds the value.
    #[error("duplicate {0}")]
    Duplicate(Unique),
    /// The user or principal a new row refers to does not exist any more.
    #[error("the owner does not exist")]
    OwnerGone,
    /// A rule over several rows forbids it; nothing was changed.
    #[error(transparent)]
    Refused(Refusal),
    /// A stored value breaks the domain's rules; the text says which and where.
    #[error("corrupt row: {0}")]
    Corrupt(String),
    /// The store cannot answer now. Whether a write took place is unknown.
    #[error("store unavailable")]
    Unavailable(#[source] Cause),
}

/// What is unique.
///
/// # Example
///
/// ```
/// assert_eq!(apikey_domain::port::Unique::AccessKey.to_string(), "access key");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unique {
    /// The name of a key, for its user in its owner principal.
    KeyName,
    /// The access key, on the platform.
    AccessKey,
    /// The username, on the platform.
    Username,
    /// The short name of an organization, on the platform.
    Slug,
    /// The user, in an organization.
    Member,
}

impl std::fmt::Display for Unique {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::KeyName => "key name",
            Self::AccessKey => "access key",
            Self::Username => "username",
            Self::Slug => "slug",
            Self::Member => "member",
        })
    }
}

/// Everything a use case reaches outside through, wired once by the binary.
///
/// # Example
///
/// ```
/// let ports = apikey_domain::testing::World::new().ports;
/// assert_eq!(ports.key_prefix.as_str(), "gpustack");
/// ```
#[derive(Clone)]
pub struct Ports {
    /// The keys.
    pub api_keys: Arc<dyn api_key_repository::ApiKeyRepository>,
    /// What counts of a key when it is verified.
    pub key_facts: Arc<dyn key_facts_source::KeyFactsSource>,
    /// The uses of keys.
    pub key_uses: Arc<dyn key_use_log::KeyUseLog>,
    /// The people and organizations.
    pub directory: Arc<dyn directory::Directory>,
    /// The record of every change.
    pub event_log: Arc<dyn event_log::EventLog>,
    /// Whether what is remembered of the store may be relied on.
    pub lease: Arc<dyn lease::Lease>,
    /// The committed changes.
    pub change_feed: Arc<dyn change_feed::ChangeFeed>,
    /// The time of day.
    pub clock: Arc<dyn clock::Clock>,
    /// Randomness.
    pub secrets: Arc<dyn secret_source::SecretSource>,
    /// Password hashing.
    pub password_hasher: Arc<dyn password_hasher::PasswordHasher>,
    /// The peppers of this installation.
    pub peppers: Arc<Peppers>,
    /// The prefix of generated keys.
    pub key_prefix: KeyPrefix,
    /// What is remembered of recent sign-ins.
    pub sign_in_guard: Arc<SignInGuard>,
}
