//! What every key must be answered with.

use std::sync::{Arc, RwLock};
use xtask_harness::expectation::Expectation;

/// Every key that was ever created.
#[derive(Default)]
pub(super) struct Model {
    keys: RwLock<Vec<Arc<Key>>>,
}

/// A key, and the status that its verification must be answered with.
pub(super) struct Key {
    pub(super) value: String,
    pub(super) status: Expectation<u16>,
}

// === impl Model ===

impl Model {
    pub(super) fn add(&self, value: String, status: u16) -> Arc<Key> {
        let status = Expectation::new(status);
        let key = Arc::new(Key { value, status });
        self.keys.write().unwrap().push(key.clone());
        key
    }

    /// Returns one of the newest keys, so that few of them are deleted.
    pub(super) fn pick(&self, random: u64) -> Option<Arc<Key>> {
        let keys = self.keys.read().unwrap();
        let count = keys.len() as u64;
        let recent = count.min(400);
        let index = count.checked_sub(1)? - random % recent;
        keys.get(index as usize).cloned()
    }
}
