//! The verification cache.

use super::{
    entry::{Entry, EntryWeighter},
    fingerprint::{Fingerprint, IdentityHasher},
    known_owner::KnownOwner,
    miss_storm::MissStorm,
    negative_cache::NegativeCache,
    owners::Owners,
    revisions::Revisions,
    single_flight::{Outcome, SingleFlight},
};
use apikey_domain::{
    error::PortError,
    port::{key_facts_source::KeyFactsSource, key_facts_store::KeyFactsStore},
    verification::facts::KeyFacts,
};
use async_trait::async_trait;
use futures_util::{FutureExt, future::BoxFuture};
use quick_cache::sync::{Cache, DefaultLifecycle};
use std::{sync::Arc, time::Instant};

/// Upper bounds on the size of the cache.
///
/// # Example
///
/// ```
/// assert_eq!(apikey_cache::Bounds::default().bytes, 256 * 1024 * 1024);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The bytes that cached keys may take.
    pub bytes: u64,
    /// How many access keys that were not found may be cached; each takes about
    /// 64 bytes.
    pub absent: usize,
}

// === impl Bounds ===

impl Default for Bounds {
    fn default() -> Self {
        Self {
            bytes: 256 * 1024 * 1024,
            absent: 16 * 1024,
        }
    }
}

/// The current size of the cache.
///
/// # Example
///
/// ```
/// assert_eq!(apikey_cache::Figures::default().keys, 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// How many keys are cached.
    pub keys: usize,
    /// The bytes they take; an estimate.
    pub bytes: u64,
    /// How many access keys that were not found are cached.
    pub absent: usize,
}

/// Caches the data needed to verify keys. A clone is cheap and shares the cache.
///
/// # Example
///
/// See the crate documentation.
#[derive(Clone)]
pub struct KeyFactsCache {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn KeyFactsStore>,
    revisions: Arc<Revisions>,
    entries: Cache<Fingerprint, Entry, EntryWeighter, IdentityHasher>,
    absent: NegativeCache,
    miss_storm: MissStorm,
    owners: Owners,
    loads: SingleFlight,
}

// === impl KeyFactsCache ===

impl KeyFactsCache {
    /// Returns a cache in front of `store`. `revisions` MUST receive every commit
    /// of that store before the commit is answered.
    pub fn new(store: Arc<dyn KeyFactsStore>, revisions: Arc<Revisions>, bounds: Bounds) -> Self {
        // The number of entries is not known in advance; the tables grow as needed.
        let entries = Cache::with(
            64 * 1024,
            bounds.bytes,
            EntryWeighter,
            IdentityHasher::default(),
            DefaultLifecycle::default(),
        );
        Self {
            inner: Arc::new(Inner {
                absent: NegativeCache::new(Arc::clone(&revisions), bounds.absent),
                store,
                revisions,
                entries,
                miss_storm: MissStorm::new(),
                owners: Owners::new(),
                loads: SingleFlight::default(),
            }),
        }
    }

    /// Returns the current size of the cache.
    pub fn figures(&self) -> Figures {
        Figures {
            keys: self.inner.entries.len(),
            bytes: self.inner.entries.weight(),
            absent: self.inner.absent.len(),
        }
    }
}

#[async_trait]
impl KeyFactsSource for KeyFactsCache {
    fn cached(&self, access_key: &str) -> Option<Arc<KeyFacts>> {
        let inner = &self.inner;
        let key = inner.revisions.fingerprint_of(access_key);
        let Entry {
            facts, revision, ..
        } = inner.entries.get(&key)?;
        let is_current = inner.revisions.is_current(revision, key, &facts);
        is_current.then_some(facts)
    }

    async fn load(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        let inner = &self.inner;
        let key = inner.revisions.fingerprint_of(access_key);
        if inner.absent.contains(key, Instant::now()) {
            return Ok(None);
        }
        inner.miss_storm.yield_to_hits().await;
        // A load that begins after this line sees every change answered so far.
        let requested_at = inner.revisions.latest();
        let begin = || inner.begin_load(key, access_key.to_owned());
        inner.loads.join(key, requested_at, begin).await
    }

    async fn load_uncached(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        self.inner.store.read(access_key).await
    }
}

// === impl Inner ===

impl Inner {
    /// Begins a load. Returns the number of the latest change before it, and the
    /// load.
    fn begin_load(
        self: &Arc<Self>,
        key: Fingerprint,
        access_key: String,
    ) -> (u64, BoxFuture<'static, Outcome>) {
        let revision = self.revisions.latest();
        let inner = Arc::clone(self);
        let load = async move {
            let (loaded, revision) = inner.read(key, revision, &access_key).await?;
            Ok(inner.insert(key, revision, loaded))
        };
        (revision, load.boxed())
    }

    /// Reads the facts of a key, or, if its owner is known, of the key alone. Returns
    /// with them the number that they carry.
    async fn read(
        &self,
        key: Fingerprint,
        revision: u64,
        access_key: &str,
    ) -> Result<(Option<Arc<KeyFacts>>, u64), PortError> {
        if !self.owners.are_likely_known() {
            return Ok((self.store.read(access_key).await?, revision));
        }
        let known = KnownOwner::of(key, &self.owners, &self.revisions);
        let facts = self.store.read_with_owners(access_key, &known).await?;
        Ok((facts, known.revision_of_facts(revision)))
    }

    /// Caches what a load found, or that it found nothing.
    fn insert(
        &self,
        key: Fingerprint,
        revision: u64,
        found: Option<Arc<KeyFacts>>,
    ) -> Option<Arc<KeyFacts>> {
        let Some(mut facts) = found else {
            self.miss_storm.count_miss();
            self.absent.insert(key, revision, Instant::now());
            return None;
        };
        let is_owner_new = self.owners.share(&mut facts, revision);
        let entry = Entry::new(Arc::clone(&facts), revision, is_owner_new);
        self.entries.insert(key, entry);
        Some(facts)
    }
}
