//! Every interleaving of changes, loads and look-ups, under loom.
//!
//! The parts of the crate are compiled once more, with loom's locks and atomics
//! where threads meet.

#![expect(
    dead_code,
    unreachable_pub,
    reason = "the parts offer more than the model needs, and to nobody"
)]

#[path = "../src/cache.rs"]
mod cache;
#[path = "../src/entry.rs"]
mod entry;
#[path = "../src/fingerprint.rs"]
mod fingerprint;
#[path = "../src/miss_storm.rs"]
mod miss_storm;
#[path = "../src/negative_cache.rs"]
mod negative_cache;
#[path = "../src/owners.rs"]
mod owners;
#[path = "../src/revisions.rs"]
mod revisions;
#[path = "../src/single_flight.rs"]
mod single_flight;

/// What `src/synchronization.rs` is otherwise.
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
    change::{Change, KeyEvent, Membership, Transition, invalidator::CacheInvalidator},
    error::PortError,
    identity::organization::Role,
    port::{key_facts_source::KeyFactsSource, key_facts_store::KeyFactsStore},
    testing::fixture,
    verification::facts::KeyFacts,
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

/// A store with one key, which is there or not.
struct Store {
    is_there: AtomicBool,
}

#[async_trait]
impl KeyFactsStore for Store {
    async fn read(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        let is_there = access_key == ACCESS_KEY && self.is_there.load(Ordering::SeqCst);
        Ok(is_there.then(|| Arc::new(fixture::key_facts(7, "ci"))))
    }
}

/// A node: its store, its cache, and whether the change has been answered.
#[derive(Clone)]
struct Node {
    store: Arc<Store>,
    revisions: Arc<Revisions>,
    cache: KeyFactsCache,
    is_answered: Arc<AtomicBool>,
}

impl Node {
    fn new(is_there: bool) -> Self {
        let store = Arc::new(Store {
            is_there: AtomicBool::new(is_there),
        });
        let revisions = Arc::new(Revisions::with_stripes(1, 1));
        let bounds = Bounds {
            bytes: 1_000_000,
            absent: 16,
        };
        Self {
            cache: KeyFactsCache::new(store.clone(), revisions.clone(), bounds),
            store,
            revisions,
            is_answered: Arc::new(AtomicBool::new(false)),
        }
    }

    /// Commits, tells the cache, answers: as the writer does.
    fn change(&self, is_there: bool, committed: &Change) {
        self.store.is_there.store(is_there, Ordering::SeqCst);
        self.revisions.invalidate(committed);
        self.is_answered.store(true, Ordering::SeqCst);
    }

    /// Looks as the use case does: at hand, else through a load.
    fn look(&self) -> Option<Arc<KeyFacts>> {
        let cached = self.cache.cached(ACCESS_KEY);
        cached.or_else(|| block_on(self.cache.load(ACCESS_KEY)).expect("the store answers"))
    }

    /// Looks, and checks that an answered change is seen.
    fn look_and_check(&self, after: bool) {
        let was_answered = self.is_answered.load(Ordering::SeqCst);
        let is_there = self.look().is_some();
        assert!(
            !was_answered || is_there == after,
            "an old state was answered"
        );
    }
}

fn deleted() -> Change {
    Change::Key(KeyEvent::Deleted(fixture::api_key(7, "ci")))
}

/// Someone looks at the key twice while a change puts it there or takes it away.
fn look_twice_meanwhile(is_there: bool, committed: &Change) {
    let committed = committed.clone();
    loom::model(move || {
        let node = Node::new(!is_there);
        let other = node.clone();
        let other = thread::spawn(move || {
            other.look_and_check(is_there);
            other.look_and_check(is_there);
        });
        node.change(is_there, &committed);
        other.join().expect("the other thread ends");
        node.look_and_check(is_there);
    });
}

#[test]
fn a_deleted_key_is_never_answered_again() {
    look_twice_meanwhile(false, &deleted());
}

#[test]
fn a_change_of_the_user_counts_for_their_keys() {
    let deleted = Transition::Deleted(fixture::user(1, 11));
    look_twice_meanwhile(false, &Change::User(deleted));
}

#[test]
fn a_member_who_left_counts_for_the_keys_of_the_organization() {
    let membership = Membership {
        organization_id: fixture::principal_id(11),
        user_id: fixture::user_id(1),
        role: Role::User,
    };
    let left = Transition::Deleted(membership);
    look_twice_meanwhile(false, &Change::Member(left));
}

#[test]
fn an_absence_does_not_outlive_the_creation() {
    let created = KeyEvent::Created(fixture::api_key(7, "ci"));
    look_twice_meanwhile(true, &Change::Key(created));
}

/// Two look at a key, so that one may join the load of the other. With three
/// threads not every interleaving can be tried: those with up to two
/// preemptions are.
#[test]
fn who_joins_a_load_that_began_before_a_deletion_does_not_see_the_key() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(2);
    model.check(|| {
        let node = Node::new(true);
        let others = [node.clone(), node.clone()]
            .map(|node| thread::spawn(move || node.look_and_check(false)));
        node.change(false, &deleted());
        for other in others {
            other.join().unwrap();
        }
        node.look_and_check(false);
    });
}

/// What was committed is not known.
#[test]
fn after_the_track_was_lost_nothing_old_is_answered() {
    loom::model(|| {
        let node = Node::new(true);
        node.look_and_check(true);
        let other = node.clone();
        let other = thread::spawn(move || other.look_and_check(false));
        node.store.is_there.store(false, Ordering::SeqCst);
        node.revisions.invalidate_all();
        node.is_answered.store(true, Ordering::SeqCst);
        other.join().unwrap();
        node.look_and_check(false);
    });
}
