//! A new key, and why there is none.

use super::{key_id::KeyId, store::StoreError, stored_key::StoredKey};
use crate::{
    error::{Cause, PortError},
    invalid::Invalid,
    key::plain_key::PlainKey,
};
use std::{fmt, sync::Arc};

/// A new key in the clear, with what is stored of it. Its text is in no other place:
/// show it once. It is redacted when printed and wiped when dropped.
///
/// # Example
///
/// ```
/// # futures_executor::block_on(async {
/// use apikey_domain::key_ring::{
///     KeyPrefix, KeyRing, Lifetime, MemoryStore, Peppers, SystemSecrets,
/// };
///
/// let peppers = Peppers::generate(&SystemSecrets).unwrap();
/// let ring = KeyRing::new(MemoryStore::new(), KeyPrefix::parse("acme").unwrap(), peppers);
/// let key = ring.issue(7, ["reports:read"], Lifetime::days(30)).await.unwrap();
/// assert!(key.expose().starts_with("acme_"));
/// assert!(!format!("{key:?} {}", key.mask()).contains(key.expose()));
/// # });
/// ```
#[must_use]
pub struct IssuedKey<Owner> {
    pub(super) plain: PlainKey,
    pub(super) stored: Arc<StoredKey<Owner>>,
}

impl<Owner> IssuedKey<Owner> {
    /// Returns the key in the clear, for the one response that shows it.
    pub fn expose(&self) -> &str {
        self.plain.expose()
    }

    /// Returns its id, by which it is revoked.
    pub fn id(&self) -> KeyId {
        self.stored.id()
    }

    /// Returns what may be shown of it afterwards.
    pub fn mask(&self) -> &str {
        self.stored.mask()
    }

    /// Returns what is stored of it.
    pub fn stored(&self) -> &StoredKey<Owner> {
        &self.stored
    }

    /// Returns the key in the clear alone.
    pub fn into_plain(self) -> PlainKey {
        self.plain
    }
}

impl<Owner: fmt::Debug> fmt::Debug for IssuedKey<Owner> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("IssuedKey")
            .field("plain", &self.plain)
            .field("stored", &self.stored)
            .finish()
    }
}

/// Why a key was not issued.
///
/// # Example
///
/// ```
/// use apikey_domain::key_ring::{IssueError, Scopes};
///
/// let error = IssueError::from(Scopes::parse([" "]).unwrap_err());
/// assert!(matches!(error, IssueError::Invalid(invalid) if invalid.field == "scope"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// A value broke a rule; the message may be shown to whoever gave it.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The imported key, or one with the same public half, is stored already.
    #[error("the key is not available")]
    Taken,
    /// The store, the randomness or the clock failed.
    #[error("keys cannot be issued now")]
    Unavailable(#[source] Cause),
}

impl From<StoreError> for IssueError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Duplicate => Self::Taken,
            StoreError::Corrupt(_) | StoreError::Unavailable(_) => Self::Unavailable(error.into()),
        }
    }
}

impl From<PortError> for IssueError {
    fn from(error: PortError) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<crate::Error> for IssueError {
    fn from(error: crate::Error) -> Self {
        Self::Unavailable(error.into())
    }
}
