//! A cache in front of the store of a key ring.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use apikey_cache::CachedKeys;
use apikey_domain::key_ring::{
    IssuedKey, KeyId, KeyPrefix, KeyRing, KeyStore, Lifetime, MemoryStore, Peppers, Refused,
    StoreError, StoredKey, SystemSecrets,
};
use futures_executor::block_on;
use futures_util::{FutureExt, future::join};
use std::{
    future::{pending, poll_fn},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::Poll,
    time::Duration,
};

const LONG: Duration = Duration::from_secs(3_600);

/// Counts lookups. While it is slow, a lookup answers what it read only when it is
/// polled again; while it is stuck, a removal is made and never answered.
struct Slow {
    keys: MemoryStore<u32>,
    lookups: AtomicUsize,
    is_slow: AtomicBool,
    is_stuck: AtomicBool,
}

impl KeyStore for Slow {
    type Owner = u32;

    async fn insert(&self, key: Arc<StoredKey<u32>>) -> Result<(), StoreError> {
        self.keys.insert(key).await
    }

    async fn find(&self, access_key: &str) -> Result<Option<Arc<StoredKey<u32>>>, StoreError> {
        self.lookups.fetch_add(1, Ordering::SeqCst);
        let found = self.keys.find(access_key).await;
        let mut waits = self.is_slow.load(Ordering::SeqCst);
        poll_fn(|context| {
            context.waker().wake_by_ref();
            let waited = std::mem::replace(&mut waits, false);
            if waited {
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        })
        .await;
        found
    }

    async fn remove(&self, id: KeyId) -> Result<bool, StoreError> {
        let removed = self.keys.remove(id).await;
        if self.is_stuck.load(Ordering::SeqCst) {
            pending::<()>().await;
        }
        removed
    }
}

type Ring = KeyRing<CachedKeys<Slow>>;

fn ring(used_for: Duration) -> Ring {
    let store = Slow {
        keys: MemoryStore::new(),
        lookups: AtomicUsize::new(0),
        is_slow: AtomicBool::new(false),
        is_stuck: AtomicBool::new(false),
    };
    let peppers = Peppers::generate(&SystemSecrets).unwrap();
    let prefix = KeyPrefix::parse("acme").unwrap();
    KeyRing::new(CachedKeys::new(store, used_for), prefix, peppers)
}

async fn issue(ring: &Ring) -> IssuedKey<u32> {
    ring.issue(7, ["read"], Lifetime::Unlimited).await.unwrap()
}

fn lookups(ring: &Ring) -> usize {
    ring.store().store().lookups.load(Ordering::SeqCst)
}

#[test]
fn a_key_is_read_once_and_refused_once_it_is_revoked() {
    block_on(async {
        let ring = ring(LONG);
        let (key, other) = (issue(&ring).await, issue(&ring).await);
        for _ in 0..3 {
            assert_eq!(*ring.verify(key.expose()).await.unwrap().owner(), 7);
            assert!(ring.verify(other.expose()).await.is_ok());
        }
        assert_eq!(lookups(&ring), 2);
        assert!(ring.revoke(key.id()).await.unwrap());
        assert!(matches!(
            ring.verify(key.expose()).await,
            Err(Refused::Unknown)
        ));
        assert!(ring.verify(other.expose()).await.is_ok());
        assert_eq!(lookups(&ring), 3);
    });
}

#[test]
fn a_load_that_began_before_a_removal_brings_nothing_back() {
    block_on(async {
        let ring = ring(LONG);
        let key = issue(&ring).await;
        ring.store().store().is_slow.store(true, Ordering::SeqCst);
        let (early, revoked) = join(ring.verify(key.expose()), ring.revoke(key.id())).await;
        assert!(early.is_ok() && revoked.unwrap());
        assert!(matches!(
            ring.verify(key.expose()).await,
            Err(Refused::Unknown)
        ));
    });
}

#[test]
fn a_removal_that_nobody_waits_for_counts() {
    block_on(async {
        let ring = ring(LONG);
        let key = issue(&ring).await;
        assert!(ring.verify(key.expose()).await.is_ok());
        ring.store().store().is_stuck.store(true, Ordering::SeqCst);
        {
            let mut revoking = pin!(ring.revoke(key.id()));
            assert!(revoking.as_mut().now_or_never().is_none());
        }
        assert!(matches!(
            ring.verify(key.expose()).await,
            Err(Refused::Unknown)
        ));
    });
}

#[test]
fn what_was_removed_past_the_cache_ends_in_time() {
    block_on(async {
        let ring = ring(Duration::ZERO);
        let key = issue(&ring).await;
        assert!(ring.verify(key.expose()).await.is_ok());
        ring.store().store().keys.remove(key.id()).await.unwrap();
        assert!(ring.verify(key.expose()).await.is_err());
    });
}

#[test]
fn what_is_not_found_is_not_cached() {
    block_on(async {
        let ring = ring(LONG);
        for _ in 0..2 {
            assert!(ring.verify("acme_0000000000000000_x").await.is_err());
        }
        assert_eq!(lookups(&ring), 2);
    });
}
