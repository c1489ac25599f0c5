//! The cache.

use crate::{
    entry::{Entry, InBytes},
    fingerprint::{Fingerprint, IdentityHasher},
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

/// How much is remembered at the most.
///
/// # Example
///
/// ```
/// assert_eq!(apikey_cache::Bounds::default().bytes, 256 * 1024 * 1024);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The bytes of what is known of keys.
    pub bytes: u64,
    /// The number of access keys that were not found; each takes about 64 bytes.
    pub absent: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            bytes: 256 * 1024 * 1024,
            absent: 16 * 1024,
        }
    }
}

/// How much is remembered.
///
/// # Example
///
/// ```
/// assert_eq!(apikey_cache::Figures::default().keys, 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// How many keys are known.
    pub keys: usize,
    /// The bytes they take, as estimated.
    pub bytes: u64,
    /// How many access keys are remembered that were not found.
    pub absent: usize,
}

/// Remembers what counts of keys. Cloning it is cheap and shares the memory.
///
/// # Example
///
/// See the documentation of the crate.
#[derive(Clone)]
pub struct KeyFactsCache {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn KeyFactsStore>,
    revisions: Arc<Revisions>,
    known: Cache<Fingerprint, Entry, InBytes, IdentityHasher>,
    absent: NegativeCache,
    flood: MissStorm,
    owners: Owners,
    loads: SingleFlight,
}

// === impl KeyFactsCache ===

impl KeyFactsCache {
    /// A memory in front of `store`. `revisions` MUST hear of every commit of
    /// that store before it is answered.
    pub fn new(store: Arc<dyn KeyFactsStore>, revisions: Arc<Revisions>, bounds: Bounds) -> Self {
        // How many items there will be is not known; the tables grow as needed.
        let known = Cache::with(
            64 * 1024,
            bounds.bytes,
            InBytes,
            IdentityHasher::default(),
            DefaultLifecycle::default(),
        );
        Self {
            inner: Arc::new(Inner {
                absent: NegativeCache::new(Arc::clone(&revisions), bounds.absent),
                store,
                revisions,
                known,
                flood: MissStorm::new(),
                owners: Owners::new(),
                loads: SingleFlight::default(),
            }),
        }
    }

    /// How much is remembered.
    pub fn figures(&self) -> Figures {
        Figures {
            keys: self.inner.known.len(),
            bytes: self.inner.known.weight(),
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
        } = inner.known.get(&key)?;
        let is_current = inner.revisions.is_current(revision, key, &facts.owner);
        is_current.then_some(facts)
    }

    async fn load(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        let inner = &self.inner;
        let key = inner.revisions.fingerprint_of(access_key);
        if inner.absent.contains(key, Instant::now()) {
            return Ok(None);
        }
        inner.flood.yield_to_hits().await;
        // Whatever was answered by now, a load that begins from here on sees.
        let asked_at = inner.revisions.latest();
        let begin = || inner.begin(key, access_key.to_owned());
        inner.loads.join(key, asked_at, begin).await
    }

    async fn load_uncached(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        self.inner.store.read(access_key).await
    }
}

// === impl Inner ===

impl Inner {
    /// Begins a load, and answers the number of the latest change before it.
    fn begin(
        self: &Arc<Self>,
        key: Fingerprint,
        access_key: String,
    ) -> (u64, BoxFuture<'static, Outcome>) {
        let revision = self.revisions.latest();
        let inner = Arc::clone(self);
        let load = async move {
            let loaded = inner.store.read(&access_key).await;
            Ok(inner.keep(key, revision, loaded?))
        };
        (revision, load.boxed())
    }

    /// Keeps what a load found, or that it found nothing.
    fn keep(
        &self,
        key: Fingerprint,
        revision: u64,
        found: Option<Arc<KeyFacts>>,
    ) -> Option<Arc<KeyFacts>> {
        let Some(mut facts) = found else {
            self.flood.count_absent();
            self.absent.insert(key, revision, Instant::now());
            return None;
        };
        let is_owner_new = self.owners.share(&mut facts);
        let remembered = Entry::new(Arc::clone(&facts), revision, is_owner_new);
        self.known.insert(key, remembered);
        Some(facts)
    }
}
