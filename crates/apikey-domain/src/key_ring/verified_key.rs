//! A key that is valid, and why one is not.

use super::{key_id::KeyId, scopes::Scopes, store::StoreError, stored_key::StoredKey};
use crate::{
    error::{Cause, PortError},
    timestamp::Timestamp,
};
use std::sync::Arc;

/// A key that was valid when it was verified. Only [`KeyRing::verify`] makes one, so
/// whoever has one knows who is calling; what they may do is [`require`](Self::require)d
/// next.
///
/// It says nothing about later: verify again for the next request.
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
/// let verified = ring.verify(key.expose()).await.unwrap();
/// assert_eq!((*verified.owner(), verified.id()), (7, key.id()));
/// assert!(verified.require("reports:write").is_err());
/// # });
/// ```
///
/// [`KeyRing::verify`]: super::KeyRing::verify
#[must_use = "whoever presents a valid key may not do everything: require a scope"]
#[derive(Debug)]
pub struct VerifiedKey<Owner> {
    pub(super) key: Arc<StoredKey<Owner>>,
}

impl<Owner> VerifiedKey<Owner> {
    /// Checks that the key grants `scope`.
    ///
    /// # Errors
    ///
    /// [`Refused::ScopeMissing`] if it does not.
    pub fn require(&self, scope: &str) -> Result<(), Refused> {
        let is_granted = self.key.scopes().grant(scope);
        is_granted.then_some(()).ok_or(Refused::ScopeMissing)
    }

    /// Returns to whom the key belongs.
    pub fn owner(&self) -> &Owner {
        self.key.owner()
    }

    /// Returns the id of the key.
    pub fn id(&self) -> KeyId {
        self.key.id()
    }

    /// Returns the scopes of the key.
    pub fn scopes(&self) -> &Scopes {
        self.key.scopes()
    }

    /// Returns what may be shown of the key, such as in a log.
    pub fn mask(&self) -> &str {
        self.key.mask()
    }

    /// Returns from when on the key is refused, or `None` if it never expires.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.key.expires_at()
    }
}

/// Why a key was refused. It tells nothing about the key but what its holder may know.
///
/// # Example
///
/// ```
/// use apikey_domain::key_ring::Refused;
///
/// fn status(refused: &Refused) -> u16 {
///     match refused {
///         Refused::ScopeMissing => 403,
///         Refused::Unavailable(_) => 503,
///         _ => 401,
///     }
/// }
/// assert_eq!(status(&Refused::Expired), 401);
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The text cannot be a key.
    #[error("the key is malformed")]
    Malformed,
    /// No key is like this: there is none with this public half, or it has another
    /// secret. Which of the two is not told.
    #[error("the key is unknown")]
    Unknown,
    /// The right key was presented, and has expired.
    #[error("the key has expired")]
    Expired,
    /// The key is valid, and does not grant the scope.
    #[error("the key does not grant the required scope")]
    ScopeMissing,
    /// The store or the clock failed, so nothing is known about the key.
    #[error("keys cannot be verified now")]
    Unavailable(#[source] Cause),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<PortError> for Refused {
    fn from(error: PortError) -> Self {
        Self::Unavailable(error.into())
    }
}
