//! Every interleaving of changes, loads and lookups, under loom.
//!
//! The crate's modules are compiled once more, with loom's locks and atomics in
//! place of the standard library's.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    dead_code,
    unreachable_pub,
    reason = "the modules export more than the models use"
)]

#[path = "../src/key_facts/cache.rs"]
mod cache;
#[path = "../src/key_facts/entry.rs"]
mod entry;
/// Replaces `src/key_facts/fingerprint.rs`.
#[path = "interleavings/fingerprint.rs"]
mod fingerprint;
#[path = "../src/key_facts/known_owner.rs"]
mod known_owner;
#[path = "../src/key_facts/miss_storm.rs"]
mod miss_storm;
#[path = "../src/key_facts/negative_cache.rs"]
mod negative_cache;
#[path = "../src/key_facts/owners.rs"]
mod owners;
#[path = "../src/key_facts/revisions.rs"]
mod revisions;
#[path = "interleavings/secrets.rs"]
mod secrets;
#[path = "../src/key_facts/single_flight.rs"]
mod single_flight;

/// Replaces `src/synchronization.rs`.
mod synchronization {
    pub(crate) use loom::sync::{
        Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    };

    pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().expect("loom does not poison")
    }
}

use apikey_domain::{
    change::{
        Change, KeyEvent, Membership, Transition, event::EventKind, invalidator::CacheInvalidator,
        recorded::UnreadableChange,
    },
    error::PortError,
    identity::organization::Role,
    port::{
        key_facts_source::KeyFactsSource,
        key_facts_store::{KeyFactsStore, KnownOwners},
    },
    testing::fixture,
    verification::facts::{KeyFacts, KeyOwner},
};
use async_trait::async_trait;
use cache::{Bounds, KeyFactsCache};
use loom::{
    future::block_on,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};
use revisions::Revisions;
use std::sync::Arc;

const ACCESS_KEY: &str = "0000000000000007";

/// A store that has one key, or none.
struct SwitchedStore {
    exists: AtomicBool,
}

#[async_trait]
impl KeyFactsStore for SwitchedStore {
    async fn read(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        let exists = access_key == ACCESS_KEY && self.exists.load(Ordering::SeqCst);
        Ok(exists.then(|| Arc::new(fixture::key_facts(7, "ci"))))
    }
}

/// A store behind a cache, and whether its change has been answered.
#[derive(Clone)]
struct CachedStore {
    inner: Arc<SwitchedStore>,
    revisions: Arc<Revisions>,
    cache: KeyFactsCache,
    is_answered: Arc<AtomicBool>,
}

impl CachedStore {
    fn new(exists: bool) -> Self {
        let inner = Arc::new(SwitchedStore {
            exists: AtomicBool::new(exists),
        });
        let revisions = Arc::new(Revisions::with_stripes(1, 1));
        let bounds = Bounds {
            bytes: 1_000_000,
            absent: 16,
        };
        Self {
            cache: KeyFactsCache::new(inner.clone(), revisions.clone(), bounds),
            inner,
            revisions,
            is_answered: Arc::new(AtomicBool::new(false)),
        }
    }

    /// Commits, invalidates, answers: as the writer does.
    fn change(&self, exists: bool, committed: &Change) {
        self.inner.exists.store(exists, Ordering::SeqCst);
        self.revisions.invalidate(committed);
        self.is_answered.store(true, Ordering::SeqCst);
    }

    /// Looks the key up as the use case does: cached, else through a load.
    fn look_up(&self) -> Option<Arc<KeyFacts>> {
        let cached = self.cache.cached(ACCESS_KEY);
        cached.or_else(|| block_on(self.cache.load(ACCESS_KEY)).expect("the store answers"))
    }

    /// Looks the key up, and checks that a change that was answered is seen.
    fn look_up_and_check(&self, after: bool) {
        let was_answered = self.is_answered.load(Ordering::SeqCst);
        let exists = self.look_up().is_some();
        assert!(
            !was_answered || exists == after,
            "a stale state was returned"
        );
    }
}

fn deleted() -> Change {
    Change::Key(KeyEvent::Deleted(fixture::api_key(7, "ci")))
}

/// Looks the key up twice while a change creates or removes it.
fn check_lookups_during(exists: bool, committed: &Change) {
    let committed = committed.clone();
    loom::model(move || {
        let store = CachedStore::new(!exists);
        let other = store.clone();
        let other = thread::spawn(move || {
            other.look_up_and_check(exists);
            other.look_up_and_check(exists);
        });
        store.change(exists, &committed);
        other.join().expect("the other thread ends");
        store.look_up_and_check(exists);
    });
}

#[test]
fn a_deleted_key_is_never_returned_again() {
    check_lookups_during(false, &deleted());
}

#[test]
fn a_deleted_user_invalidates_their_keys() {
    let deleted = Transition::Deleted(fixture::user(1, 11));
    check_lookups_during(false, &Change::User(deleted));
}

#[test]
fn a_member_who_left_invalidates_their_keys_of_the_organization() {
    let membership = Membership {
        organization_id: fixture::principal_id(11),
        user_id: fixture::user_id(1),
        role: Role::User,
    };
    let left = Transition::Deleted(membership);
    check_lookups_during(false, &Change::Member(left));
}

#[test]
fn a_cached_miss_does_not_outlive_the_creation() {
    let created = KeyEvent::Created(fixture::api_key(7, "ci"));
    check_lookups_during(true, &Change::Key(created));
}

/// Two threads look up one key, so that one may join the other's load. With three
/// threads loom cannot try every interleaving; it tries those with up to two
/// preemptions.
#[test]
fn a_request_that_joins_a_load_from_before_a_deletion_does_not_see_the_key() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(2);
    model.check(|| {
        let store = CachedStore::new(true);
        let others = [store.clone(), store.clone()]
            .map(|store| thread::spawn(move || store.look_up_and_check(false)));
        store.change(false, &deleted());
        for other in others {
            other.join().unwrap();
        }
        store.look_up_and_check(false);
    });
}

/// Looks the key up while a change of which little or nothing is known creates or
/// removes it.
fn check_lookups_during_unknown(exists: bool, invalidate: fn(&Revisions)) {
    loom::model(move || {
        let store = CachedStore::new(!exists);
        store.look_up_and_check(!exists);
        let other = store.clone();
        let other = thread::spawn(move || other.look_up_and_check(exists));
        store.inner.exists.store(exists, Ordering::SeqCst);
        invalidate(&store.revisions);
        store.is_answered.store(true, Ordering::SeqCst);
        other.join().expect("the other thread ends");
        store.look_up_and_check(exists);
    });
}

#[test]
fn after_everything_was_invalidated_nothing_stale_is_returned() {
    check_lookups_during_unknown(false, |revisions| revisions.invalidate_all());
}

#[test]
fn after_an_unreadable_change_nothing_stale_is_returned() {
    for exists in [true, false] {
        check_lookups_during_unknown(exists, |revisions| {
            revisions.invalidate_unreadable(&UnreadableChange {
                kind: EventKind::parse("api_key.updated").ok(),
                api_key_id: Some(fixture::api_key(7, "ci").id),
                user_id: Some(fixture::user_id(1)),
                principal_id: None,
            });
        });
    }
}

/// A store of keys whose owner is effective, or not any more.
struct OwnedStore {
    is_effective: AtomicBool,
}

impl OwnedStore {
    fn facts(&self) -> KeyFacts {
        let mut facts = fixture::key_facts(7, "ci");
        let mut owner = KeyOwner::clone(&facts.owner);
        owner.is_effective = self.is_effective.load(Ordering::SeqCst);
        facts.owner = Arc::new(owner);
        facts
    }
}

#[async_trait]
impl KeyFactsStore for OwnedStore {
    async fn read(&self, _: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        Ok(Some(Arc::new(self.facts())))
    }

    async fn read_with_owners(
        &self,
        access_key: &str,
        known: &dyn KnownOwners,
    ) -> Result<Option<Arc<KeyFacts>>, PortError> {
        let facts = fixture::key_facts(7, "ci");
        let owner = &facts.owner;
        match known.owner(owner.user_id, owner.owner_principal_id) {
            Some(owner) => Ok(Some(Arc::new(KeyFacts { owner, ..facts }))),
            None => self.read(access_key).await,
        }
    }
}

/// A key is seen for the first time while its owner, who is known from other keys, ends.
#[test]
fn an_owner_who_has_ended_is_not_given_to_a_key_that_is_new() {
    loom::model(|| {
        let store = Arc::new(OwnedStore {
            is_effective: AtomicBool::new(true),
        });
        let revisions = Arc::new(Revisions::with_stripes(1, 1));
        let bounds = Bounds {
            bytes: 1_000_000,
            absent: 16,
        };
        let cache = KeyFactsCache::new(store.clone(), revisions.clone(), bounds);
        for other in ["0000000000000008", "0000000000000009"] {
            block_on(cache.load(other)).unwrap();
        }
        let is_answered = Arc::new(AtomicBool::new(false));
        let look_up = {
            let is_answered = is_answered.clone();
            move || {
                let was_answered = is_answered.load(Ordering::SeqCst);
                let cached = cache.cached(ACCESS_KEY);
                let facts = cached.or_else(|| block_on(cache.load(ACCESS_KEY)).unwrap());
                let is_effective = facts.unwrap().owner.is_effective;
                assert!(!was_answered || !is_effective, "a stale owner was returned");
            }
        };
        let other = thread::spawn(look_up.clone());
        store.is_effective.store(false, Ordering::SeqCst);
        let deactivated = Transition::Deleted(fixture::user(1, 11));
        revisions.invalidate(&Change::User(deactivated));
        is_answered.store(true, Ordering::SeqCst);
        other.join().unwrap();
        look_up();
    });
}
