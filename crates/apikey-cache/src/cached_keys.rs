//! A cache in front of the store of a key ring.

use apikey_domain::key_ring::{KeyId, KeyStore, StoreError, StoredKey, Timestamp};
use quick_cache::sync::Cache;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Caches the keys of a [`KeyRing`] in front of any [`KeyStore`].
///
/// A key that is revoked through this cache is refused at once: the removals are
/// numbered, an entry carries the number that was the latest when its load began, and
/// is used only if no removal since may have concerned it. So a load that read the key
/// before the removal, and ends after it, brings nothing back.
///
/// Removals by other processes, or past this cache, are not seen. An entry is used for
/// a given time at most, and then read again: that is how long such a key still works.
/// Keys that are not found are not cached.
///
/// # Example
///
/// ```
/// use apikey_cache::CachedKeys;
/// use apikey_domain::key_ring::{
///     KeyPrefix, KeyRing, Lifetime, MemoryStore, Peppers, SystemSecrets,
/// };
/// use std::time::Duration;
///
/// # futures_executor::block_on(async {
/// let store = CachedKeys::new(MemoryStore::new(), Duration::from_secs(5));
/// let peppers = Peppers::generate(&SystemSecrets).unwrap();
/// let ring = KeyRing::new(store, KeyPrefix::parse("acme").unwrap(), peppers);
/// let key = ring.issue("alice", ["read"], Lifetime::days(30)).await.unwrap();
/// assert!(ring.verify(key.expose()).await.is_ok());
/// ring.revoke(key.id()).await.unwrap();
/// assert!(ring.verify(key.expose()).await.is_err());
/// # });
/// ```
///
/// [`KeyRing`]: apikey_domain::key_ring::KeyRing
pub struct CachedKeys<S: KeyStore> {
    store: S,
    entries: Cache<Box<str>, Entry<S::Owner>>,
    removals: Removals,
    used_for: Duration,
}

/// A key, and when its load began: by the removals and by the clock.
struct Entry<Owner> {
    key: Arc<StoredKey<Owner>>,
    removal: u64,
    loaded_at: Instant,
}

/// The number of the latest removal, and of the latest in each stripe of ids.
struct Removals {
    latest: AtomicU64,
    stripes: Box<[AtomicU64]>,
}

/// Raises the number of a key when it is dropped: also if the removal failed, since
/// its outcome is unknown, and if nobody waited for its end.
struct Removal<'a> {
    removals: &'a Removals,
    id: KeyId,
}

// === impl CachedKeys ===

impl<S: KeyStore> CachedKeys<S> {
    /// How many keys are cached, unless [`with_capacity`](Self::with_capacity) says so.
    pub const CAPACITY: usize = 100_000;

    /// Returns a cache in front of `store` that uses an entry for `used_for` at most.
    pub fn new(store: S, used_for: Duration) -> Self {
        Self::with_capacity(store, used_for, Self::CAPACITY)
    }

    /// Returns a cache of so many keys.
    pub fn with_capacity(store: S, used_for: Duration, capacity: usize) -> Self {
        Self {
            store,
            entries: Cache::new(capacity),
            removals: Removals::new(),
            used_for,
        }
    }

    /// Returns the store.
    pub fn store(&self) -> &S {
        &self.store
    }

    fn cached(&self, access_key: &str) -> Option<Arc<StoredKey<S::Owner>>> {
        let entry = self.entries.get(access_key)?;
        let is_current = entry.loaded_at.elapsed() < self.used_for
            && self.removals.last(entry.key.id()) <= entry.removal;
        is_current.then_some(entry.key)
    }
}

impl<S: KeyStore> KeyStore for CachedKeys<S> {
    type Owner = S::Owner;

    async fn insert(&self, key: Arc<StoredKey<S::Owner>>) -> Result<(), StoreError> {
        self.store.insert(key).await
    }

    async fn find(&self, access_key: &str) -> Result<Option<Arc<StoredKey<S::Owner>>>, StoreError> {
        if let Some(key) = self.cached(access_key) {
            return Ok(Some(key));
        }
        let (removal, loaded_at) = (self.removals.latest(), Instant::now());
        let found = self.store.find(access_key).await?;
        if let Some(key) = &found {
            let entry = Entry {
                key: Arc::clone(key),
                removal,
                loaded_at,
            };
            self.entries.insert(access_key.into(), entry);
        }
        Ok(found)
    }

    async fn remove(&self, id: KeyId) -> Result<bool, StoreError> {
        let removals = &self.removals;
        let _removal = Removal { removals, id };
        self.store.remove(id).await
    }

    async fn touch(&self, id: KeyId, at: Timestamp) {
        self.store.touch(id, at).await;
    }
}

// === impl Entry ===

impl<Owner> Clone for Entry<Owner> {
    fn clone(&self) -> Self {
        Self {
            key: Arc::clone(&self.key),
            ..*self
        }
    }
}

// === impl Removals ===

impl Removals {
    const STRIPES: usize = 1 << 12;

    fn new() -> Self {
        Self {
            latest: AtomicU64::new(0),
            stripes: (0..Self::STRIPES).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    fn latest(&self) -> u64 {
        self.latest.load(Ordering::SeqCst)
    }

    /// Returns the number of the latest removal that may have concerned this key.
    fn last(&self, id: KeyId) -> u64 {
        self.stripe(id).load(Ordering::SeqCst)
    }

    fn raise(&self, id: KeyId) {
        let number = self.latest.fetch_add(1, Ordering::SeqCst) + 1;
        self.stripe(id).fetch_max(number, Ordering::SeqCst);
    }

    /// Ids are random, so any of their bytes spread them.
    fn stripe(&self, id: KeyId) -> &AtomicU64 {
        let [first, second, ..] = *id.as_bytes();
        &self.stripes[usize::from(u16::from_be_bytes([first, second])) % Self::STRIPES]
    }
}

impl Drop for Removal<'_> {
    fn drop(&mut self) {
        self.removals.raise(self.id);
    }
}
