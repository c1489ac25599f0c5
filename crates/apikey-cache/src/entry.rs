//! What is remembered of a key, and what it weighs.

use crate::fingerprint::Fingerprint;
use apikey_domain::verification::facts::KeyFacts;
use quick_cache::Weighter;
use std::sync::Arc;

/// Facts, with the number of the latest change when their load began.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) facts: Arc<KeyFacts>,
    pub(crate) revision: u64,
    pub(crate) bytes: u32,
}

/// What an entry takes beside what it points to: itself, its place in the table
/// and in the order of eviction, and what the allocator rounds up.
const ENTRY: usize = 88;
/// What a piece of memory costs the allocator.
const PIECE: usize = 16;

impl Entry {
    /// Weighs facts, and their owner if nobody else holds it.
    pub(crate) fn new(facts: Arc<KeyFacts>, revision: u64, is_owner_new: bool) -> Self {
        let models = facts.allowed_model_names.names().unwrap_or_default();
        let mut bytes = ENTRY + size_of::<KeyFacts>() + PIECE;
        bytes += facts.name.as_str().len() + PIECE;
        bytes += models
            .iter()
            .map(|name| size_of::<String>() + name.len() + PIECE)
            .sum::<usize>();
        if is_owner_new {
            bytes += 128 + facts.owner.user_name.as_str().len() + PIECE;
        }
        Self {
            facts,
            revision,
            bytes: u32::try_from(bytes).unwrap_or(u32::MAX),
        }
    }
}

/// Weighs entries in bytes.
#[derive(Clone)]
pub(crate) struct InBytes;

impl Weighter<Fingerprint, Entry> for InBytes {
    fn weight(&self, _: &Fingerprint, remembered: &Entry) -> u64 {
        u64::from(remembered.bytes)
    }
}
