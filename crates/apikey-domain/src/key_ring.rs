//! Keys for a service that has users of its own.
//!
//! A [`KeyRing`] issues, verifies and revokes keys whose owners are of the service's
//! own type, over a [`KeyStore`] of three methods. The grammar of keys, their digests,
//! masks and expiry are those of the server; users, organizations, names and models
//! are not needed. What a program needs is re-exported here.

mod issued_key;
mod key_id;
mod lifetime;
mod memory_store;
mod record;
mod scopes;
mod store;
mod stored_key;
mod verified_key;

#[cfg(feature = "system")]
pub use crate::system::{SystemClock, SystemSecrets};
pub use crate::{
    key::{
        digest::Peppers,
        expiry::Lifetime,
        plain_key::{CustomKey, PlainKey},
        token::KeyPrefix,
    },
    timestamp::Timestamp,
};
pub use issued_key::{IssueError, IssuedKey};
pub use key_id::KeyId;
pub use memory_store::MemoryStore;
pub use record::KeyRecord;
pub use scopes::Scopes;
pub use store::{KeyStore, StoreError};
pub use stored_key::StoredKey;
pub use verified_key::{Refused, VerifiedKey};

use crate::{
    key::{
        entropy::check_strength,
        expiry::Expiry,
        mask::{Origin, masked},
        token::{AccessKey, PresentedKey, is_well_formed},
    },
    port::{
        clock::{Clock, judging_now},
        secret_source::SecretSource,
    },
    verification::last_use::LastUse,
};
use std::sync::Arc;

/// Issues, verifies and revokes the keys in a store. It is shared by reference or in an
/// [`Arc`]; its futures need no runtime.
///
/// # Example
///
/// ```
/// use apikey_domain::key_ring::{
///     KeyPrefix, KeyRing, Lifetime, MemoryStore, Peppers, Refused, SystemSecrets,
/// };
///
/// # futures_executor::block_on(async {
/// let peppers = Peppers::generate(&SystemSecrets).unwrap();
/// let prefix = KeyPrefix::parse("acme").unwrap();
/// let ring = KeyRing::new(MemoryStore::new(), prefix, peppers);
///
/// let key = ring.issue("alice", ["reports:read"], Lifetime::days(30)).await.unwrap();
/// let verified = ring.verify(key.expose()).await.unwrap();
/// assert_eq!(*verified.owner(), "alice");
/// assert!(verified.require("reports:read").is_ok());
/// assert!(matches!(verified.require("reports:write"), Err(Refused::ScopeMissing)));
///
/// assert!(ring.revoke(key.id()).await.unwrap());
/// assert!(matches!(ring.verify(key.expose()).await, Err(Refused::Unknown)));
/// # });
/// ```
pub struct KeyRing<S> {
    store: S,
    prefix: KeyPrefix,
    peppers: Peppers,
    secrets: Arc<dyn SecretSource>,
    clock: Arc<dyn Clock>,
}

// === impl KeyRing ===

impl<S: KeyStore> KeyRing<S> {
    /// Returns a ring over `store` with the randomness and the clock of the system. Keys
    /// begin with `prefix`. The first pepper makes digests, all of them verify.
    ///
    /// With another prefix, or without the pepper it was issued under, a key is unknown.
    #[cfg(feature = "system")]
    pub fn new(store: S, prefix: KeyPrefix, peppers: Peppers) -> Self {
        let (secrets, clock) = (Arc::new(SystemSecrets), Arc::new(SystemClock));
        Self::with_system(store, prefix, peppers, secrets, clock)
    }

    /// Returns a ring with this randomness and this clock, for tests and for systems
    /// that the feature `system` does not know.
    pub fn with_system(
        store: S,
        prefix: KeyPrefix,
        peppers: Peppers,
        secrets: Arc<dyn SecretSource>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            store,
            prefix,
            peppers,
            secrets,
            clock,
        }
    }

    /// Issues a new random key, stored before it is returned.
    ///
    /// # Errors
    ///
    /// [`IssueError::Invalid`] for a scope or a lifetime that breaks a rule, and
    /// [`IssueError::Unavailable`] if the store, the randomness or the clock fails.
    pub async fn issue<T: AsRef<str>>(
        &self,
        owner: S::Owner,
        scopes: impl IntoIterator<Item = T>,
        lifetime: impl Into<Lifetime>,
    ) -> Result<IssuedKey<S::Owner>, IssueError> {
        let scopes = Scopes::parse(scopes)?;
        let plain = PlainKey::generate(&self.prefix, &*self.secrets)?;
        self.insert(plain, owner, scopes, lifetime.into()).await
    }

    /// Stores a key that exists already, such as one of a service before this one. In
    /// the standard form, `{prefix}_{access key}_{secret}`, it is found by its access
    /// key, and otherwise by a digest of the whole.
    ///
    /// # Errors
    ///
    /// [`IssueError::Invalid`] for a key that breaks the rules of
    /// [`PlainKey::parse`] or is [too easy to guess](crate::key::entropy);
    /// [`IssueError::Taken`] if it is stored already; and otherwise as
    /// [`issue`](Self::issue).
    pub async fn import<T: AsRef<str>>(
        &self,
        key: CustomKey,
        owner: S::Owner,
        scopes: impl IntoIterator<Item = T>,
        lifetime: impl Into<Lifetime>,
    ) -> Result<IssuedKey<S::Owner>, IssueError> {
        let scopes = Scopes::parse(scopes)?;
        let plain = PlainKey::parse(key, &self.prefix)?;
        check_strength(&plain, &self.prefix)?;
        self.insert(plain, owner, scopes, lifetime.into()).await
    }

    /// Returns whose key `text` is, if it is valid now.
    ///
    /// A well-formed text that is no key costs the same digest as a key with a wrong
    /// secret, which is compared in constant time. How long the store takes to find no key is up to
    /// the store.
    ///
    /// # Errors
    ///
    /// [`Refused`] says why not.
    pub async fn verify(&self, text: &str) -> Result<VerifiedKey<S::Owner>, Refused> {
        if !is_well_formed(text) {
            return Err(Refused::Malformed);
        }
        let presented = PresentedKey::parse(&self.prefix, text);
        let found = self.store.find(presented.access_key()).await?;
        let digest = found.as_ref().map(|key| &key.digest);
        let is_right = self.peppers.verify(&presented, digest);
        let key = found.filter(|_| is_right).ok_or(Refused::Unknown)?;
        // After the store was asked, which may have taken a while.
        let now = judging_now(&*self.clock)?;
        if key.expires_at.has_passed(now) {
            return Err(Refused::Expired);
        }
        if key.last_use.record(now) {
            self.store.touch(key.id(), now).await;
        }
        Ok(VerifiedKey { key })
    }

    /// Removes a key, and returns whether there was one. It is refused by every
    /// verification that begins after this has been answered.
    ///
    /// Whether the caller may revoke this key is for your service to decide: an id is
    /// no secret.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] if it is not known to be removed.
    pub async fn revoke(&self, id: KeyId) -> Result<bool, StoreError> {
        self.store.remove(id).await
    }

    /// Returns the store.
    pub fn store(&self) -> &S {
        &self.store
    }

    async fn insert(
        &self,
        plain: PlainKey,
        owner: S::Owner,
        scopes: Scopes,
        lifetime: Lifetime,
    ) -> Result<IssuedKey<S::Owner>, IssueError> {
        let now = judging_now(&*self.clock)?;
        let presented = plain.presented(&self.prefix);
        let access_key = AccessKey::new(presented.access_key());
        let origin = if self.prefix.begins(plain.expose()) {
            Origin::Generated
        } else {
            Origin::Custom
        };
        let stored = Arc::new(StoredKey {
            id: KeyId::generate(&*self.secrets)?,
            owner,
            digest: self.peppers.digest(&presented),
            scopes,
            mask: masked(&self.prefix, &access_key, origin).into_boxed_str(),
            access_key,
            created_at: now,
            expires_at: Expiry::of(lifetime, now)?,
            last_use: LastUse::new(None),
        });
        self.store.insert(Arc::clone(&stored)).await?;
        Ok(IssuedKey { plain, stored })
    }
}
