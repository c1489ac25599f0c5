//! Keys in memory.

use super::{
    key_id::KeyId,
    store::{KeyStore, StoreError},
    stored_key::StoredKey,
};
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

/// Keeps keys in memory, until the program ends: for tests, first steps, and services
/// that make their keys anew.
///
/// # Example
///
/// ```
/// use apikey_domain::key_ring::MemoryStore;
///
/// assert!(MemoryStore::<String>::new().is_empty());
/// ```
pub struct MemoryStore<Owner>(RwLock<Keys<Owner>>);

struct Keys<Owner> {
    by_access_key: HashMap<Box<str>, Arc<StoredKey<Owner>>>,
    access_keys: HashMap<KeyId, Box<str>>,
}

impl<Owner> MemoryStore<Owner> {
    /// Returns a store without keys.
    pub fn new() -> Self {
        Self(RwLock::new(Keys {
            by_access_key: HashMap::new(),
            access_keys: HashMap::new(),
        }))
    }

    /// Returns how many keys there are, expired ones included.
    pub fn len(&self) -> usize {
        self.read().access_keys.len()
    }

    /// Returns whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns all keys, in no order.
    pub fn keys(&self) -> Vec<Arc<StoredKey<Owner>>> {
        self.read().by_access_key.values().cloned().collect()
    }

    /// No code panics while it holds the lock, so poisoning can be ignored.
    fn read(&self) -> RwLockReadGuard<'_, Keys<Owner>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Keys<Owner>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Owner> Default for MemoryStore<Owner> {
    fn default() -> Self {
        Self::new()
    }
}

impl<Owner: Send + Sync> KeyStore for MemoryStore<Owner> {
    type Owner = Owner;

    async fn insert(&self, key: Arc<StoredKey<Owner>>) -> Result<(), StoreError> {
        let (id, access_key) = (key.id(), key.access_key());
        let mut keys = self.write();
        if keys.access_keys.contains_key(&id) || keys.by_access_key.contains_key(access_key) {
            return Err(StoreError::Duplicate);
        }
        keys.access_keys.insert(id, access_key.into());
        keys.by_access_key
            .insert(access_key.into(), Arc::clone(&key));
        Ok(())
    }

    async fn find(&self, access_key: &str) -> Result<Option<Arc<StoredKey<Owner>>>, StoreError> {
        Ok(self.read().by_access_key.get(access_key).cloned())
    }

    async fn remove(&self, id: KeyId) -> Result<bool, StoreError> {
        let mut keys = self.write();
        let access_key = keys.access_keys.remove(&id);
        if let Some(access_key) = &access_key {
            keys.by_access_key.remove(access_key);
        }
        Ok(access_key.is_some())
    }
}
