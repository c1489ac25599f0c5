//! What the cache holds for a key, and how many bytes that takes.

use super::fingerprint::Fingerprint;
use apikey_domain::verification::facts::KeyFacts;
use quick_cache::Weighter;
use std::sync::Arc;

/// Facts, and the number of the latest change when their load began.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) facts: Arc<KeyFacts>,
    pub(crate) revision: u64,
    pub(crate) bytes: u32,
}

/// The bytes an entry takes besides what it points to: the entry itself, its slot
/// in the table and in the eviction queue, and what the allocator rounds up.
const ENTRY_BYTES: usize = 88;
/// The bytes of the allocator's own overhead for an allocation.
const ALLOCATION_OVERHEAD: usize = 16;

// === impl Entry ===

impl Entry {
    /// Returns an entry, with the estimated bytes of the facts, and of their owner
    /// if no other entry shares it.
    pub(crate) fn new(facts: Arc<KeyFacts>, revision: u64, is_owner_new: bool) -> Self {
        let models = facts.allowed_model_names.names().unwrap_or_default();
        let mut bytes = ENTRY_BYTES + size_of::<KeyFacts>() + ALLOCATION_OVERHEAD;
        bytes += facts.name.as_str().len() + ALLOCATION_OVERHEAD;
        bytes += models
            .iter()
            .map(|name| size_of::<String>() + name.len() + ALLOCATION_OVERHEAD)
            .sum::<usize>();
        if is_owner_new {
            bytes += 128 + facts.owner.user_name.as_str().len() + ALLOCATION_OVERHEAD;
        }
        Self {
            facts,
            revision,
            bytes: u32::try_from(bytes).unwrap_or(u32::MAX),
        }
    }
}

/// Weighs entries by their bytes.
#[derive(Clone)]
pub(crate) struct EntryWeighter;

// === impl EntryWeighter ===

impl Weighter<Fingerprint, Entry> for EntryWeighter {
    fn weight(&self, _: &Fingerprint, entry: &Entry) -> u64 {
        u64::from(entry.bytes)
    }
}
