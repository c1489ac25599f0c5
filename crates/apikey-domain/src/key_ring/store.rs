//! Where the keys of a ring are kept.

use super::{key_id::KeyId, stored_key::StoredKey};
use crate::{error::Cause, invalid::Invalid, timestamp::Timestamp};
use std::{future::Future, sync::Arc};

/// Keeps the keys of a ring.
///
/// An implementation writes its methods as `async fn`; none of them needs a runtime of
/// this crate. What a method has answered MUST hold for every call that begins
/// afterwards, through this or any other handle of the store: a key that was removed
/// MUST NOT be found again.
///
/// # Example
///
/// ```
/// use apikey_domain::key_ring::{KeyId, KeyStore, MemoryStore, StoreError, StoredKey};
/// use std::sync::Arc;
///
/// /// Keeps keys in memory, and says when one is looked for.
/// struct Loud(MemoryStore<String>);
///
/// impl KeyStore for Loud {
///     type Owner = String;
///
///     async fn insert(&self, key: Arc<StoredKey<String>>) -> Result<(), StoreError> {
///         self.0.insert(key).await
///     }
///
///     async fn find(&self, access_key: &str) -> Result<Option<Arc<StoredKey<String>>>, StoreError> {
///         println!("looking for a key");
///         self.0.find(access_key).await
///     }
///
///     async fn remove(&self, id: KeyId) -> Result<bool, StoreError> {
///         self.0.remove(id).await
///     }
/// }
/// ```
pub trait KeyStore: Send + Sync {
    /// Whom keys belong to: an id of yours, or a struct.
    type Owner: Send + Sync;

    /// Stores a new key.
    ///
    /// # Errors
    ///
    /// MUST return [`StoreError::Duplicate`], and change nothing, if a key has the same
    /// access key or id; decided atomically. [`StoreError::Unavailable`] if it is not
    /// known to be stored.
    fn insert(
        &self,
        key: Arc<StoredKey<Self::Owner>>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Returns the key with this access key, compared bytewise. It MUST return keys
    /// that have expired, too: the ring judges them. Any text may be asked for.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] if it is not known whether there is such a key, and
    /// [`StoreError::Corrupt`] if its row cannot be read.
    fn find(
        &self,
        access_key: &str,
    ) -> impl Future<Output = Result<Option<Arc<StoredKey<Self::Owner>>>, StoreError>> + Send;

    /// Removes the key with this id, and returns whether there was one.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] if it is not known to be removed.
    fn remove(&self, id: KeyId) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Notes that a key was used. It is called at most once in 50 s for each
    /// [`StoredKey`] in memory, after the key was found valid, and the caller of the
    /// ring waits for it: a slow store SHOULD only make a note here, and write later.
    /// What goes wrong with it refuses no key.
    fn touch(&self, id: KeyId, at: Timestamp) -> impl Future<Output = ()> + Send {
        let _ = (id, at);
        std::future::ready(())
    }
}

/// A shared store is a store.
impl<S: KeyStore + ?Sized> KeyStore for Arc<S> {
    type Owner = S::Owner;

    fn insert(
        &self,
        key: Arc<StoredKey<S::Owner>>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        (**self).insert(key)
    }

    fn find(
        &self,
        access_key: &str,
    ) -> impl Future<Output = Result<Option<Arc<StoredKey<S::Owner>>>, StoreError>> + Send {
        (**self).find(access_key)
    }

    fn remove(&self, id: KeyId) -> impl Future<Output = Result<bool, StoreError>> + Send {
        (**self).remove(id)
    }

    fn touch(&self, id: KeyId, at: Timestamp) -> impl Future<Output = ()> + Send {
        (**self).touch(id, at)
    }
}

/// Why a call to a store failed.
///
/// # Example
///
/// ```
/// use apikey_domain::key_ring::StoreError;
///
/// let error = StoreError::unavailable(std::io::Error::other("connection refused"));
/// assert_eq!(error.to_string(), "store unavailable");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is a key with this access key or id.
    #[error("duplicate key")]
    Duplicate,
    /// A stored key breaks the rules of this crate.
    #[error("corrupt key")]
    Corrupt(#[source] Cause),
    /// The store is unavailable. The outcome of a write is unknown.
    #[error("store unavailable")]
    Unavailable(#[source] Cause),
}

impl StoreError {
    /// Returns the error for a store that failed with `cause`.
    pub fn unavailable(cause: impl Into<Cause>) -> Self {
        Self::Unavailable(cause.into())
    }
}

/// What [`StoredKey::from_record`] refuses is corrupt.
impl From<Invalid> for StoreError {
    fn from(invalid: Invalid) -> Self {
        Self::Corrupt(invalid.into())
    }
}
