//! What the cache does in front of a store.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use apikey_cache::{Bounds, KeyFactsCache, Revisions};
use apikey_domain::{
    access::policy::KeyReach,
    change::hub::ChangeHub,
    error::PortError,
    identity::user::{User, UserChanges},
    key::api_key::ApiKey,
    port::{
        api_key_repository::ApiKeyRepository, directory::Directory, key_facts_store::KeyFactsStore,
    },
    testing::fixture,
    use_case::{
        keys::verify::{Freshness, verify},
        ports::VerifyPorts,
    },
    verification::{Verdict, Wanted, facts::KeyFacts},
};
use apikey_testing::{Memory, TestApp};
use async_trait::async_trait;
use futures_executor::block_on;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

const ANYWHERE: KeyReach = KeyReach {
    user_id: None,
    owner_principal_id: None,
};

/// A store that counts how often it is asked, and can fail.
struct Counted {
    memory: Arc<Memory>,
    count: AtomicUsize,
    is_down: AtomicBool,
}

#[async_trait]
impl KeyFactsStore for Counted {
    async fn read(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        self.count.fetch_add(1, Ordering::SeqCst);
        match self.is_down.load(Ordering::SeqCst) {
            true => Err(PortError::Unavailable("down".into())),
            false => self.memory.read(access_key).await,
        }
    }
}

/// A world whose keys are verified through a cache.
struct Cached {
    ports: VerifyPorts,
    memory: Arc<Memory>,
    counted: Arc<Counted>,
    cache: KeyFactsCache,
}

impl Cached {
    fn new(bounds: Bounds) -> Self {
        let revisions = Arc::new(Revisions::new());
        let hub = ChangeHub::new(10).invalidating(revisions.clone());
        let memory = Arc::new(Memory::with_hub(hub));
        let counted = Arc::new(Counted {
            memory: memory.clone(),
            count: AtomicUsize::new(0),
            is_down: AtomicBool::new(false),
        });
        let cache = KeyFactsCache::new(counted.clone(), revisions, bounds);
        let ports = VerifyPorts {
            key_facts: Arc::new(cache.clone()),
            ..TestApp::new().keys.verify
        };
        Self {
            ports,
            memory,
            counted,
            cache,
        }
    }

    fn user(&self, username: &str) -> User {
        block_on(
            self.memory
                .create_user(fixture::attribution(), fixture::new_user(username)),
        )
        .unwrap()
    }

    fn key(&self, user: &User, number: u64) -> (ApiKey, String) {
        let access_key = format!("{number:016x}");
        let mut new = fixture::new_api_key(&format!("key {number}"), &access_key);
        new.user_id = user.id;
        new.owner_principal_id = user.principal_id;
        let key = block_on(self.memory.create(fixture::attribution(), new)).unwrap();
        (key, format!("gpustack_{access_key}_secret"))
    }

    fn verdict(&self, text: &str) -> Verdict {
        let verified = verify(&self.ports, text, Wanted::default(), Freshness::Current);
        block_on(verified).unwrap().verdict
    }

    fn asked(&self) -> usize {
        self.counted.count.swap(0, Ordering::SeqCst)
    }
}

#[test]
fn the_store_is_asked_once_for_each_key() {
    let cached = Cached::new(Bounds::default());
    let alice = cached.user("alice");
    let (_, first) = cached.key(&alice, 1);
    let (_, second) = cached.key(&alice, 2);
    for _ in 0..10 {
        assert_eq!(cached.verdict(&first), Verdict::Valid);
        assert_eq!(cached.verdict(&second), Verdict::Valid);
    }
    assert_eq!((cached.asked(), cached.cache.figures().keys), (2, 2));
}

#[test]
fn a_refused_key_asks_the_store_once_at_the_most() {
    let cached = Cached::new(Bounds::default());
    let alice = cached.user("alice");
    let (_, right) = cached.key(&alice, 1);
    cached.verdict(&right);
    cached.asked();
    let table = [
        ("gpustack_0000000000000001_wrong", Verdict::Mismatch, 0),
        ("gpustack_0000000000000009_secret", Verdict::Unknown, 1),
        ("gpustack_0000000000000009_other", Verdict::Unknown, 0),
        ("gpustack_short", Verdict::Malformed, 1),
        ("sk-that-nobody-brought", Verdict::Unknown, 1),
    ];
    for (text, verdict, asked) in table {
        for _ in 0..3 {
            assert_eq!(cached.verdict(text), verdict, "{text}");
        }
        assert_eq!(cached.asked(), asked, "{text}");
    }
    assert_eq!(cached.cache.figures().keys, 1);
}

#[test]
fn random_keys_push_no_real_ones_out_and_stay_within_their_bound() {
    let bounds = Bounds {
        absent: 100,
        ..Bounds::default()
    };
    let cached = Cached::new(bounds);
    let alice = cached.user("alice");
    let keys: Vec<_> = (0..100)
        .map(|number| cached.key(&alice, number).1)
        .collect();
    keys.iter()
        .for_each(|key| assert_eq!(cached.verdict(key), Verdict::Valid));
    for number in 0..10_000 {
        let text = format!("gpustack_{number:016x}_random");
        assert!(!cached.verdict(&text).is_valid());
    }
    assert!(cached.cache.figures().absent <= 100);
    cached.asked();
    keys.iter()
        .for_each(|key| assert_eq!(cached.verdict(key), Verdict::Valid));
    assert_eq!(cached.asked(), 0);
}

#[test]
fn what_is_remembered_stays_within_its_bytes() {
    let bounds = Bounds {
        bytes: 100_000,
        ..Bounds::default()
    };
    let cached = Cached::new(bounds);
    let alice = cached.user("alice");
    for number in 0..2_000 {
        let (_, text) = cached.key(&alice, number);
        assert_eq!(cached.verdict(&text), Verdict::Valid);
    }
    let figures = cached.cache.figures();
    assert!(
        figures.bytes <= 100_000 && figures.keys > 100,
        "{figures:?}"
    );
}

#[test]
fn a_change_of_one_user_leaves_the_keys_of_others_in_memory() {
    let cached = Cached::new(Bounds::default());
    let (alice, bob) = (cached.user("alice"), cached.user("bob"));
    let (_, hers) = cached.key(&alice, 1);
    let (_, his) = cached.key(&bob, 2);
    cached.verdict(&hers);
    cached.verdict(&his);
    cached.asked();
    let inactive = UserChanges {
        is_active: Some(false),
        ..UserChanges::default()
    };
    block_on(
        cached
            .memory
            .update_user(fixture::attribution(), alice.id, inactive),
    )
    .unwrap();
    assert_eq!(cached.verdict(&his), Verdict::Valid);
    assert_eq!(cached.asked(), 0);
    assert_eq!(cached.verdict(&hers), Verdict::OwnerInactive);
    assert_eq!(cached.asked(), 1);
}

#[test]
fn a_deleted_key_is_unknown_and_a_key_of_the_same_text_is_found_again() {
    let cached = Cached::new(Bounds::default());
    let alice = cached.user("alice");
    for _ in 0..3 {
        let (key, text) = cached.key(&alice, 1);
        assert_eq!(cached.verdict(&text), Verdict::Valid);
        block_on(
            cached
                .memory
                .delete(fixture::attribution(), key.id, ANYWHERE),
        )
        .unwrap();
        assert_eq!(cached.verdict(&text), Verdict::Unknown);
        assert_eq!(cached.verdict(&text), Verdict::Unknown);
    }
}

#[test]
fn a_store_that_fails_is_not_remembered() {
    let cached = Cached::new(Bounds::default());
    let alice = cached.user("alice");
    let (_, known) = cached.key(&alice, 1);
    let (_, new) = cached.key(&alice, 2);
    cached.verdict(&known);
    cached.counted.is_down.store(true, Ordering::SeqCst);
    assert_eq!(cached.verdict(&known), Verdict::Valid);
    for freshness in [Freshness::Current, Freshness::FromStore] {
        let verified = verify(&cached.ports, &new, Wanted::default(), freshness);
        assert!(block_on(verified).is_err());
    }
    cached.counted.is_down.store(false, Ordering::SeqCst);
    assert_eq!(cached.verdict(&new), Verdict::Valid);
}

#[test]
fn on_request_the_store_is_asked_each_time() {
    let cached = Cached::new(Bounds::default());
    let alice = cached.user("alice");
    let (_, text) = cached.key(&alice, 1);
    for _ in 0..3 {
        let verified = verify(
            &cached.ports,
            &text,
            Wanted::default(),
            Freshness::FromStore,
        );
        assert_eq!(block_on(verified).unwrap().verdict, Verdict::Valid);
    }
    assert_eq!(cached.asked(), 3);
}
