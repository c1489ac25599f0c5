//! Two nodes on one PostgreSQL database: what one does, the other knows in time.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use apikey_diesel::{ClusterSettings, Database, Store, testing::TestDatabase};
use apikey_domain::{
    access::policy::KeyReach,
    change::{
        Change, KeyEvent,
        event::EventKind,
        hub::{ChangeHub, Interest, Subscription},
        invalidator::CacheInvalidator,
        recorded::UnreadableChange,
    },
    identifier::ApiKeyId,
    key::{
        api_key::{ApiKey, ApiKeyChanges, NewApiKey},
        scope::ScopeSet,
    },
    port::lease::LeaseState,
    testing::fixture,
};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

const WITHOUT_VERSION: &str = include_str!("recorded_events/without_version.json");
const WITH_LATER_FIELDS: &str = include_str!("recorded_events/with_later_fields.json");
const UNREADABLE: &str = include_str!("recorded_events/unreadable.json");

const ANYWHERE: KeyReach = KeyReach {
    user_id: None,
    owner_principal_id: None,
};

/// What a node has heard of keys that were deleted or changed.
#[derive(Default)]
struct Heard {
    keys: Mutex<HashSet<ApiKeyId>>,
    unreadable: Mutex<Vec<UnreadableChange>>,
}

impl CacheInvalidator for Heard {
    fn invalidate(&self, change: &Change) {
        if let Change::Key(KeyEvent::Deleted(key) | KeyEvent::Updated { after: key, .. }) = change {
            self.keys.lock().unwrap().insert(key.id);
        }
    }

    fn unreadable(&self, change: &UnreadableChange) {
        self.unreadable.lock().unwrap().push(*change);
    }

    fn invalidate_all(&self) {}
}

struct Node {
    store: Store,
    heard: Arc<Heard>,
}

impl Node {
    async fn new(database: &TestDatabase, settings: ClusterSettings) -> Self {
        let heard = Arc::new(Heard::default());
        let hub = ChangeHub::new(10).invalidating(heard.clone());
        let database = Database::new(&database.url).unwrap();
        let store = database.open(hub, settings).await.unwrap();
        Self { store, heard }
    }

    fn has_heard_of(&self, id: ApiKeyId) -> bool {
        self.heard.keys.lock().unwrap().contains(&id)
    }

    /// A key of a new user.
    async fn key(&self, name: &str) -> ApiKey {
        let by = fixture::attribution();
        let user = fixture::new_user(name);
        let user = self.store.directory.create_user(by, user).await.unwrap();
        let new = NewApiKey {
            user_id: user.id,
            owner_principal_id: user.principal_id,
            ..fixture::new_api_key(name, name)
        };
        self.store.api_keys.create(by, new).await.unwrap()
    }

    /// Everybody's keys, as a user sees them who is none of them.
    async fn watch(&self) -> Subscription {
        let interest = Interest {
            filter: apikey_domain::access::policy::ApiKeyFilter {
                user_id: None,
                owner_principal_id: None,
                search: None,
            },
            holder: fixture::interest(99).holder,
        };
        self.store.change_feed.subscribe(interest).await.unwrap()
    }

    async fn delete(&self, key: &ApiKey) -> bool {
        let by = fixture::attribution();
        let deleted = self.store.api_keys.delete(by, key.id, ANYWHERE).await;
        deleted.unwrap().is_some()
    }
}

async fn nodes(database: &TestDatabase, settings: ClusterSettings) -> [Node; 2] {
    let one = Node::new(database, settings).await;
    [one, Node::new(database, settings).await]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_is_answered_when_the_other_node_has_heard_of_it() {
    for listens in [true, false] {
        let database = TestDatabase::postgres().await.unwrap();
        let settings = ClusterSettings {
            listens,
            ..ClusterSettings::default()
        };
        let [one, other] = nodes(&database, settings).await;
        for number in 0..5 {
            let key = one.key(&format!("{listens} {number}")).await;
            assert!(one.delete(&key).await);
            assert!(other.has_heard_of(key.id), "listens: {listens}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_finds_it_done_waits_as_long_as_who_does_it() {
    let database = TestDatabase::postgres().await.unwrap();
    let [one, other] = nodes(&database, ClusterSettings::default()).await;
    let third = Node::new(&database, ClusterSettings::default()).await;
    for number in 0..20 {
        let narrowed = one.key(&format!("narrowed {number}")).await;
        let narrow = |node: &Node| {
            let scope = Some(ScopeSet::parse(["inference"]).unwrap());
            let changes = ApiKeyChanges {
                scope,
                ..ApiKeyChanges::default()
            };
            let keys = node.store.api_keys.clone();
            let by = fixture::attribution();
            async move { keys.update(by, narrowed.id, ANYWHERE, changes).await }
        };
        // Twice through one node, so that the two may share a commit.
        let answered = [&one, &one, &other].map(|node| {
            let narrowing = narrow(node);
            async {
                assert!(narrowing.await.unwrap().is_some());
                third.has_heard_of(narrowed.id)
            }
        });
        let has_heard = futures_util::future::join_all(answered).await;
        assert_eq!(has_heard, [true; 3], "round {number}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_reaches_who_watches_at_the_other_node_in_order() {
    let database = TestDatabase::postgres().await.unwrap();
    let [one, other] = nodes(&database, ClusterSettings::default()).await;
    let mut stream = other.watch().await;
    let mut expected = Vec::new();
    for number in 0..10 {
        let key = one.key(&number.to_string()).await;
        assert!(one.delete(&key).await);
        expected.extend([KeyEvent::Created(key.clone()), KeyEvent::Deleted(key)]);
    }
    for event in expected {
        assert_eq!(stream.next().await.unwrap().event, event);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_that_cannot_be_read_is_answered_when_it_is_applied() {
    let database = TestDatabase::postgres().await.unwrap();
    let [one, other] = nodes(&database, ClusterSettings::default()).await;
    database.damage_events("api_key.deleted").await.unwrap();
    let mut stream = other.watch().await;
    for number in 0..5 {
        let key = one.key(&number.to_string()).await;
        let asked_at = Instant::now();
        assert!(one.delete(&key).await);
        // Nobody waits until the lease of the other node has run out.
        assert!(asked_at.elapsed() < Duration::from_millis(1_500));
        let applied = other.heard.unreadable.lock().unwrap().last().copied();
        let expected = UnreadableChange {
            kind: EventKind::parse("api_key.deleted").ok(),
            api_key_id: Some(key.id),
            user_id: Some(key.user_id),
            principal_id: Some(key.owner_principal_id),
        };
        assert_eq!(applied, Some(expected));
        // Who watches misses that event and no other.
        assert_eq!(stream.next().await.unwrap().event, KeyEvent::Created(key));
    }
    assert_eq!(other.store.unreadable_events()(), 5);
    // It knows what it did itself.
    assert!(one.heard.unreadable.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_hears_of_what_other_releases_record() {
    let database = TestDatabase::postgres().await.unwrap();
    let node = Node::new(&database, ClusterSettings::default()).await;
    let mut stream = node.watch().await;
    let recorded = [WITHOUT_VERSION, WITH_LATER_FIELDS];
    for events in recorded {
        database.record(events).await.unwrap();
        for kind in ["api_key.created", "api_key.updated", "api_key.deleted"] {
            let change = stream.next().await.unwrap();
            assert_eq!(Change::Key(change.event.clone()).kind().as_str(), kind);
        }
    }
    assert_eq!(node.store.unreadable_events()(), 0);
    let count = database.record(UNREADABLE).await.unwrap();
    // The last names nothing: who watches may have lost any right by it.
    assert_eq!(stream.next().await, None);
    let unreadable = node.heard.unreadable.lock().unwrap();
    assert_eq!(unreadable.len(), count);
    assert_eq!(unreadable.last(), Some(&UnreadableChange::default()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stops_holds_nobody_up() {
    let database = TestDatabase::postgres().await.unwrap();
    let [one, other] = nodes(&database, ClusterSettings::default()).await;
    assert_eq!(other.store.lease.state(), LeaseState::Held);
    let lease = other.store.lease.clone();
    other.store.close().await;
    assert_eq!(lease.state(), LeaseState::Lapsed);
    let key = one.key("ci").await;
    let asked_at = Instant::now();
    assert!(one.delete(&key).await);
    let took = asked_at.elapsed();
    // A node that is taken for alive would be waited for, for three seconds.
    assert!(took < Duration::from_millis(1_500), "{took:?}");
}
