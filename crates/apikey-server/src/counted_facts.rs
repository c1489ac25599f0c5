//! How often the cache of keys had what was asked for.

use apikey_cache::KeyFactsCache;
use apikey_domain::{
    error::PortError, port::key_facts_source::KeyFactsSource, verification::facts::KeyFacts,
};
use async_trait::async_trait;
use std::{
    cell::Cell,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

/// Over how many places the threads are spread that count.
const STRIPES: usize = 8;

/// A cache of which hits and misses are counted.
pub struct CountedFacts {
    cache: KeyFactsCache,
    counts: Arc<CacheCounts>,
}

/// How often a cache had what was asked for, and how often not.
#[derive(Default)]
pub struct CacheCounts {
    hits: [Stripe; STRIPES],
    misses: AtomicU64,
}

/// What some of the threads counted. Two of them share no line of a processor's cache.
#[derive(Default)]
#[repr(align(128))]
struct Stripe(AtomicU64);

// === impl CountedFacts ===

impl CountedFacts {
    /// Returns a cache that counts, and its counts.
    pub fn new(cache: KeyFactsCache) -> (Self, Arc<CacheCounts>) {
        let counts = Arc::new(CacheCounts::default());
        let counted = Self {
            cache,
            counts: Arc::clone(&counts),
        };
        (counted, counts)
    }
}

#[async_trait]
impl KeyFactsSource for CountedFacts {
    fn cached(&self, access_key: &str) -> Option<Arc<KeyFacts>> {
        let facts = self.cache.cached(access_key);
        if facts.is_some() {
            self.counts.hit();
        }
        facts
    }

    async fn load(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        self.counts.misses.fetch_add(1, Ordering::Relaxed);
        self.cache.load(access_key).await
    }

    async fn load_uncached(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        self.counts.misses.fetch_add(1, Ordering::Relaxed);
        self.cache.load_uncached(access_key).await
    }
}

// === impl CacheCounts ===

impl CacheCounts {
    /// Returns how often the cache had what was asked for.
    pub fn hits(&self) -> u64 {
        let counts = self.hits.iter();
        let counts = counts.map(|stripe| stripe.0.load(Ordering::Relaxed));
        counts.fold(0, u64::wrapping_add)
    }

    /// Returns how often it did not, or might not be used.
    pub fn misses(&self) -> u64 {
        self.misses.load(Ordering::Relaxed)
    }

    fn hit(&self) {
        if let Some(stripe) = self.hits.get(thread_number() % STRIPES) {
            stripe.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Returns the number of the calling thread among those that have counted.
fn thread_number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: Cell<Option<usize>> = const { Cell::new(None) };
    }
    NUMBER.with(|number| {
        number.get().unwrap_or_else(|| {
            let next = NEXT.fetch_add(1, Ordering::Relaxed);
            number.set(Some(next));
            next
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use apikey_cache::{Bounds, Revisions};
    use apikey_testing::Memory;

    #[tokio::test]
    async fn what_all_threads_find_and_do_not_find_is_counted() {
        let store = Arc::new(Memory::new());
        let revisions = Arc::new(Revisions::new());
        let cache = KeyFactsCache::new(store, revisions, Bounds::default());
        let (facts, counts) = CountedFacts::new(cache);
        assert!(facts.cached("none").is_none());
        assert!(facts.load("none").await.unwrap().is_none());
        assert!(facts.load_uncached("none").await.unwrap().is_none());
        assert_eq!((counts.hits(), counts.misses()), (0, 2));
        let threads = (0..20).map(|_| {
            let counts = Arc::clone(&counts);
            std::thread::spawn(move || counts.hit())
        });
        let threads: Vec<_> = threads.collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!((counts.hits(), counts.misses()), (20, 2));
    }
}
