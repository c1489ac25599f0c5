//! Two nodes on one PostgreSQL database: each applies the other's changes in time.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use apikey_diesel::{
    ClusterSettings, Database, Store,
    testing::{TestDatabase, recorded},
};
use apikey_domain::{
    access::policy::KeyReach,
    change::{
        Change, KeyEvent,
        event::EventKind,
        hub::{ChangeHub, Interest, Subscription},
        invalidator::CacheInvalidator,
        recorded::UnreadableChange,
    },
    gpustack::ScopeSet,
    identifier::ApiKeyId,
    key::{
        api_key::{ApiKey, NewApiKey},
        changes::ApiKeyChanges,
        credential::{Activation, CredentialNumber, GracePeriod, NewCredential},
        revocation::{NewRevocation, RevocationReason},
        rotation::Step,
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

const ANYWHERE: KeyReach = fixture::reach(None, None);

/// Records the invalidations of a node: keys that were updated or deleted, and
/// unreadable changes.
#[derive(Default)]
struct Invalidations {
    keys: Mutex<HashSet<ApiKeyId>>,
    unreadable: Mutex<Vec<UnreadableChange>>,
}

impl CacheInvalidator for Invalidations {
    fn invalidate(&self, change: &Change) {
        if let Change::Key(KeyEvent::Deleted(key) | KeyEvent::Updated { after: key, .. }) = change {
            self.keys.lock().unwrap().insert(key.id);
        }
    }

    fn invalidate_unreadable(&self, change: &UnreadableChange) {
        self.unreadable.lock().unwrap().push(*change);
    }

    fn invalidate_all(&self) {}
}

/// A node: its store, and the invalidations that it received.
struct TestNode {
    store: Store,
    invalidations: Arc<Invalidations>,
}

impl TestNode {
    async fn new(database: &TestDatabase, settings: ClusterSettings) -> Self {
        let invalidations = Arc::new(Invalidations::default());
        let hub = ChangeHub::new(10).invalidating(invalidations.clone());
        let database = Database::new(&database.url).unwrap();
        let store = database.open(hub, settings).await.unwrap();
        Self {
            store,
            invalidations,
        }
    }

    fn has_invalidated(&self, id: ApiKeyId) -> bool {
        self.invalidations.keys.lock().unwrap().contains(&id)
    }

    /// Creates a key of a new user.
    async fn key(&self, name: &str) -> ApiKey {
        let by = fixture::by_service();
        let user = fixture::new_user(name);
        let user = self
            .store
            .directory
            .create_user(by.clone(), user)
            .await
            .unwrap();
        let new = NewApiKey {
            user_id: user.id,
            owner_principal_id: user.principal_id,
            ..fixture::new_api_key(name, name)
        };
        self.store.api_keys.create(by, new).await.unwrap()
    }

    /// Subscribes to the keys of all users.
    async fn watch(&self) -> Subscription {
        let interest = Interest {
            filter: fixture::filter(None, None, None),
            holder: fixture::interest(99).holder,
        };
        self.store.change_feed.subscribe(interest).await.unwrap()
    }

    async fn delete(&self, key: &ApiKey) -> bool {
        let by = fixture::by_service();
        let deleted = self.store.api_keys.delete(by, key.id, ANYWHERE).await;
        deleted.unwrap().is_some()
    }
}

async fn nodes(database: &TestDatabase, settings: ClusterSettings) -> [TestNode; 2] {
    let one = TestNode::new(database, settings).await;
    [one, TestNode::new(database, settings).await]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_is_answered_once_the_other_node_has_applied_it() {
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
            assert!(other.has_invalidated(key.id), "listens: {listens}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_a_key_or_a_secret_is_answered_once_the_other_node_has_applied_it() {
    let database = TestDatabase::postgres().await.unwrap();
    let [one, other] = nodes(&database, ClusterSettings::default()).await;
    let rotate = |number: i32, activation, seconds| ApiKeyChanges {
        step: Some(Step::Rotate(NewCredential {
            activation,
            grace: GracePeriod::parse(seconds).unwrap(),
            ..fixture::new_credential(&format!("rotated {number}"))
        })),
        ..ApiKeyChanges::default()
    };
    let step = |step| ApiKeyChanges {
        step: Some(step),
        ..ApiKeyChanges::default()
    };
    let disabled = ApiKeyChanges {
        is_disabled: Some(true),
        ..ApiKeyChanges::default()
    };
    let (reason, comment) = (RevocationReason::Other, None);
    let revoked = ApiKeyChanges {
        revocation: Some(NewRevocation { reason, comment }),
        ..ApiKeyChanges::default()
    };
    let (first, second) = (CredentialNumber::FIRST, CredentialNumber(2));
    let ends = [
        vec![disabled],
        vec![revoked],
        vec![rotate(2, Activation::Now, 0)],
        vec![rotate(3, Activation::Now, 60)],
        vec![rotate(4, Activation::Now, 60), step(Step::End(first))],
        vec![
            rotate(5, Activation::FirstUse, 0),
            step(Step::Activate(second)),
        ],
    ];
    for (number, changes) in ends.into_iter().enumerate() {
        let key = one.key(&format!("ends {number}")).await;
        for change in changes {
            other.invalidations.keys.lock().unwrap().clear();
            let is_pending = matches!(&change.step, Some(Step::Rotate(new))
                if new.activation == Activation::FirstUse);
            let by = fixture::by_service();
            let updated = one.store.api_keys.update(by, key.id, ANYWHERE, change);
            assert!(updated.await.unwrap().is_some());
            assert!(is_pending || other.has_invalidated(key.id), "{number}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotent_retry_waits_like_the_original_request() {
    let database = TestDatabase::postgres().await.unwrap();
    let [one, other] = nodes(&database, ClusterSettings::default()).await;
    let third = TestNode::new(&database, ClusterSettings::default()).await;
    for number in 0..20 {
        let narrowed = one.key(&format!("narrowed {number}")).await;
        let narrow = |node: &TestNode| {
            let scope = Some(ScopeSet::parse(["inference"]).unwrap());
            let changes = ApiKeyChanges {
                scope,
                ..ApiKeyChanges::default()
            };
            let keys = node.store.api_keys.clone();
            let by = fixture::by_service();
            async move { keys.update(by, narrowed.id, ANYWHERE, changes).await }
        };
        // Two requests through one node, so that they may share a commit.
        let requests = [&one, &one, &other].map(|node| {
            let narrowing = narrow(node);
            async {
                assert!(narrowing.await.unwrap().is_some());
                third.has_invalidated(narrowed.id)
            }
        });
        let is_applied = futures_util::future::join_all(requests).await;
        assert_eq!(is_applied, [true; 3], "attempt {number}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn watchers_of_the_other_node_receive_changes_in_order() {
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
async fn an_unreadable_revocation_is_answered_once_it_is_applied() {
    let database = TestDatabase::postgres().await.unwrap();
    let [one, other] = nodes(&database, ClusterSettings::default()).await;
    let damage = recorded::damage("api_key.deleted");
    database.execute(&damage).await.unwrap();
    let mut stream = other.watch().await;
    let mut fastest = Duration::MAX;
    for number in 0..5 {
        let key = one.key(&number.to_string()).await;
        let started_at = Instant::now();
        assert!(one.delete(&key).await);
        fastest = fastest.min(started_at.elapsed());
        let applied = other
            .invalidations
            .unreadable
            .lock()
            .unwrap()
            .last()
            .copied();
        let expected = UnreadableChange {
            kind: EventKind::parse("api_key.deleted").ok(),
            api_key_id: Some(key.id),
            user_id: Some(key.user_id),
            principal_id: Some(key.owner_principal_id),
        };
        assert_eq!(applied, Some(expected));
        // Watchers miss this event and no other.
        assert_eq!(stream.next().await.unwrap().event, KeyEvent::Created(key));
    }
    // Acknowledged, not waited for until the other node's lease had expired.
    assert!(fastest < Duration::from_secs(3), "{fastest:?}");
    assert_eq!(other.store.unreadable_events()(), 5);
    // A node does not read its own changes back, unless a tick reads one before it
    // is told of the commit, which costs one more invalidation.
    let read_back = one.invalidations.unreadable.lock().unwrap().len();
    assert!(read_back < 5, "{read_back}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_receives_the_events_of_other_releases() {
    let database = TestDatabase::postgres().await.unwrap();
    let node = TestNode::new(&database, ClusterSettings::default()).await;
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
    // The kinds of some are unknown: any watcher may have lost its rights through them.
    assert_eq!(stream.next().await, None);
    let unreadable = node.invalidations.unreadable.lock().unwrap();
    assert_eq!(unreadable.len(), count);
    assert_eq!(unreadable.last(), Some(&UnreadableChange::default()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stops_delays_no_revocation() {
    let database = TestDatabase::postgres().await.unwrap();
    let [one, other] = nodes(&database, ClusterSettings::default()).await;
    assert_eq!(other.store.lease.state(), LeaseState::Held);
    let lease = other.store.lease.clone();
    other.store.close().await;
    assert_eq!(lease.state(), LeaseState::Lapsed);
    let key = one.key("ci").await;
    let started_at = Instant::now();
    assert!(one.delete(&key).await);
    let took = started_at.elapsed();
    // A node that was believed to be alive would delay it by three seconds.
    assert!(took < Duration::from_millis(1_500), "{took:?}");
}
