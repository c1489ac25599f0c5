//! The behavior of the cache in front of a store.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use apikey_cache::{Bounds, KeyFactsCache, Revisions};
use apikey_domain::{
    access::policy::KeyReach,
    change::hub::ChangeHub,
    error::PortError,
    identity::user::{User, UserChanges},
    key::{
        api_key::ApiKey,
        changes::ApiKeyChanges,
        credential::{Activation, GracePeriod, NewCredential},
        rotation::Step,
    },
    port::{
        api_key_repository::ApiKeyRepository, directory::Directory, key_facts_store::KeyFactsStore,
    },
    testing::fixture,
    use_case::{
        keys::verify::{Freshness, verify},
        ports::VerifyPorts,
    },
    verification::{Reason, Wanted, facts::KeyFacts},
};
use apikey_testing::{Memory, TestApp};
use async_trait::async_trait;
use futures_executor::block_on;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

const ANYWHERE: KeyReach = fixture::reach(None, None);

/// A store that counts its reads, and can fail.
struct CountingStore {
    memory: Arc<Memory>,
    reads: AtomicUsize,
    is_down: AtomicBool,
}

#[async_trait]
impl KeyFactsStore for CountingStore {
    async fn read(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        if self.is_down.load(Ordering::SeqCst) {
            return Err(PortError::Unavailable("down".into()));
        }
        self.memory.read(access_key).await
    }
}

/// An application whose keys are verified through a cache.
struct CachedApp {
    ports: VerifyPorts,
    memory: Arc<Memory>,
    store: Arc<CountingStore>,
    cache: KeyFactsCache,
}

impl CachedApp {
    fn new(bounds: Bounds) -> Self {
        let revisions = Arc::new(Revisions::new());
        let hub = ChangeHub::new(10).invalidating(revisions.clone());
        let memory = Arc::new(Memory::with_hub(hub));
        let store = Arc::new(CountingStore {
            memory: memory.clone(),
            reads: AtomicUsize::new(0),
            is_down: AtomicBool::new(false),
        });
        let cache = KeyFactsCache::new(store.clone(), revisions, bounds);
        let mut ports = TestApp::new().keys.verify;
        ports.key_facts = Arc::new(cache.clone());
        ports.first_uses = Some(memory.clone());
        Self {
            ports,
            memory,
            store,
            cache,
        }
    }

    fn user(&self, username: &str) -> User {
        block_on(
            self.memory
                .create_user(fixture::by_service(), fixture::new_user(username)),
        )
        .unwrap()
    }

    fn key(&self, user: &User, number: u64) -> (ApiKey, String) {
        let access_key = format!("{number:016x}");
        let mut new = fixture::new_api_key(&format!("key {number}"), &access_key);
        new.user_id = user.id;
        new.owner_principal_id = user.principal_id;
        let key = block_on(self.memory.create(fixture::by_service(), new)).unwrap();
        (key, format!("gpustack_{access_key}_secret"))
    }

    fn verdict(&self, text: &str) -> Result<(), Reason> {
        let wanted = Wanted::whatever_scope();
        let verified = verify(&self.ports, text, wanted, Freshness::Current);
        let decision = block_on(verified).unwrap();
        decision.map(drop).map_err(|refused| refused.reason())
    }

    /// Returns the number of reads since the last call.
    fn take_reads(&self) -> usize {
        self.store.reads.swap(0, Ordering::SeqCst)
    }
}

#[test]
fn the_store_is_read_once_for_each_key() {
    let app = CachedApp::new(Bounds::default());
    let alice = app.user("alice");
    let (_, first) = app.key(&alice, 1);
    let (_, second) = app.key(&alice, 2);
    for _ in 0..10 {
        assert_eq!(app.verdict(&first), Ok(()));
        assert_eq!(app.verdict(&second), Ok(()));
    }
    assert_eq!((app.take_reads(), app.cache.figures().keys), (2, 2));
}

#[test]
fn a_refused_key_causes_at_most_one_read() {
    let app = CachedApp::new(Bounds::default());
    let alice = app.user("alice");
    let (_, valid) = app.key(&alice, 1);
    app.verdict(&valid).unwrap();
    app.take_reads();
    let table = [
        ("gpustack_0000000000000001_wrong", Err(Reason::Mismatch), 0),
        ("gpustack_0000000000000009_secret", Err(Reason::Unknown), 1),
        ("gpustack_0000000000000009_other", Err(Reason::Unknown), 0),
        ("gpustack_short", Err(Reason::Malformed), 1),
        ("sk-that-does-not-exist", Err(Reason::Unknown), 1),
    ];
    for (text, verdict, reads) in table {
        for _ in 0..3 {
            assert_eq!(app.verdict(text), verdict, "{text}");
        }
        assert_eq!(app.take_reads(), reads, "{text}");
    }
    assert_eq!(app.cache.figures().keys, 1);
}

#[test]
fn random_keys_evict_no_real_ones_and_stay_within_their_bound() {
    let bounds = Bounds {
        absent: 100,
        ..Bounds::default()
    };
    let app = CachedApp::new(bounds);
    let alice = app.user("alice");
    let keys: Vec<_> = (0..100).map(|number| app.key(&alice, number).1).collect();
    keys.iter()
        .for_each(|key| assert_eq!(app.verdict(key), Ok(())));
    for number in 0..10_000 {
        let text = format!("gpustack_{number:016x}_random");
        assert!(app.verdict(&text).is_err());
    }
    assert!(app.cache.figures().absent <= 100);
    app.take_reads();
    keys.iter()
        .for_each(|key| assert_eq!(app.verdict(key), Ok(())));
    assert_eq!(app.take_reads(), 0);
}

#[test]
fn the_cache_stays_within_its_bytes() {
    let bounds = Bounds {
        bytes: 100_000,
        ..Bounds::default()
    };
    let app = CachedApp::new(bounds);
    let alice = app.user("alice");
    for number in 0..2_000 {
        let (_, text) = app.key(&alice, number);
        assert_eq!(app.verdict(&text), Ok(()));
    }
    let figures = app.cache.figures();
    assert!(
        figures.bytes <= 100_000 && figures.keys > 100,
        "{figures:?}"
    );
}

#[test]
fn a_change_of_one_user_leaves_the_keys_of_others_cached() {
    let app = CachedApp::new(Bounds::default());
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    let (_, hers) = app.key(&alice, 1);
    let (_, his) = app.key(&bob, 2);
    app.verdict(&hers).unwrap();
    app.verdict(&his).unwrap();
    app.take_reads();
    let inactive = UserChanges {
        is_active: Some(false),
        ..UserChanges::default()
    };
    block_on(
        app.memory
            .update_user(fixture::by_service(), alice.id, inactive),
    )
    .unwrap();
    assert_eq!(app.verdict(&his), Ok(()));
    assert_eq!(app.take_reads(), 0);
    assert_eq!(app.verdict(&hers), Err(Reason::OwnerInactive));
    assert_eq!(app.take_reads(), 1);
}

#[test]
fn a_deleted_key_is_unknown_and_a_new_key_of_the_same_text_is_found() {
    let app = CachedApp::new(Bounds::default());
    let alice = app.user("alice");
    for _ in 0..3 {
        let (key, text) = app.key(&alice, 1);
        assert_eq!(app.verdict(&text), Ok(()));
        block_on(app.memory.delete(fixture::by_service(), key.id, ANYWHERE)).unwrap();
        assert_eq!(app.verdict(&text), Err(Reason::Unknown));
        assert_eq!(app.verdict(&text), Err(Reason::Unknown));
    }
}

#[test]
fn a_key_that_is_rotated_or_disabled_is_not_answered_from_memory() {
    let app = CachedApp::new(Bounds::default());
    let alice = app.user("alice");
    let (key, first) = app.key(&alice, 1);
    let update = |changes| {
        let updated = app
            .memory
            .update(fixture::by_service(), key.id, ANYWHERE, changes);
        block_on(updated).unwrap().unwrap()
    };
    let rotated = |number: u64, activation, seconds| {
        let access_key = format!("{number:016x}");
        let new = NewCredential {
            activation,
            grace: GracePeriod::parse(seconds).unwrap(),
            ..fixture::new_credential(&access_key)
        };
        let text = format!("gpustack_{access_key}_secret");
        // That nothing has it is cached.
        assert_eq!(app.verdict(&text), Err(Reason::Unknown));
        update(ApiKeyChanges {
            step: Some(Step::Rotate(new)),
            ..ApiKeyChanges::default()
        });
        text
    };
    assert_eq!(app.verdict(&first), Ok(()));
    let second = rotated(2, Activation::Now, 60);
    assert_eq!(
        (app.verdict(&first), app.verdict(&second)),
        (Ok(()), Ok(()))
    );
    let third = rotated(3, Activation::Now, 0);
    let revoked = Err(Reason::Revoked);
    assert_eq!(
        (app.verdict(&first), app.verdict(&second)),
        (revoked, revoked)
    );
    assert_eq!(app.verdict(&third), Ok(()));
    let fourth = rotated(4, Activation::FirstUse, 0);
    assert_eq!(app.verdict(&third), Ok(()));
    assert_eq!(app.verdict(&fourth), Ok(()));
    assert_eq!(
        (app.verdict(&third), app.verdict(&fourth)),
        (revoked, Ok(()))
    );
    for is_disabled in [true, false] {
        update(ApiKeyChanges {
            is_disabled: Some(is_disabled),
            ..ApiKeyChanges::default()
        });
        let expected = if is_disabled {
            Err(Reason::Disabled)
        } else {
            Ok(())
        };
        assert_eq!(app.verdict(&fourth), expected);
    }
    block_on(app.memory.delete(fixture::by_service(), key.id, ANYWHERE)).unwrap();
    for text in [first, second, third, fourth] {
        assert_eq!(app.verdict(&text), Err(Reason::Unknown));
    }
}

#[test]
fn a_failure_of_the_store_is_not_cached() {
    let app = CachedApp::new(Bounds::default());
    let alice = app.user("alice");
    let (_, known) = app.key(&alice, 1);
    let (_, new) = app.key(&alice, 2);
    app.verdict(&known).unwrap();
    app.store.is_down.store(true, Ordering::SeqCst);
    assert_eq!(app.verdict(&known), Ok(()));
    for freshness in [Freshness::Current, Freshness::FromStore] {
        let verified = verify(&app.ports, &new, Wanted::whatever_scope(), freshness);
        assert!(block_on(verified).is_err());
    }
    app.store.is_down.store(false, Ordering::SeqCst);
    assert_eq!(app.verdict(&new), Ok(()));
}

#[test]
fn on_request_the_store_is_read_each_time() {
    let app = CachedApp::new(Bounds::default());
    let alice = app.user("alice");
    let (_, text) = app.key(&alice, 1);
    for _ in 0..3 {
        let verified = verify(
            &app.ports,
            &text,
            Wanted::whatever_scope(),
            Freshness::FromStore,
        );
        assert!(block_on(verified).unwrap().is_ok());
    }
    assert_eq!(app.take_reads(), 3);
}
