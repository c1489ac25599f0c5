//! The removal of a user with many keys: it goes on after a restart, and two nodes do not
//! disturb each other.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use apikey_diesel::{Store, testing::TestDatabase};
use apikey_domain::{
    change::{Position, event::EventFilter},
    error::PortError,
    identity::user::User,
    key::api_key::NewApiKey,
    listing::Window,
    port::removals::{RemovalStep, RemovedOwner},
    testing::fixture,
};
use futures_util::future::join_all;
use std::collections::HashSet;

const KEYS: usize = 1_200;
const AT_ONCE: u32 = 100;
const WHOLE: Window = Window {
    offset: 0,
    limit: 100,
};

/// Creates a user with many keys, and deletes them.
async fn deleted_user(store: &Store, name: &str) -> User {
    let by = fixture::by_service;
    let new = fixture::new_user(name);
    let user = store.directory.create_user(by(), new).await.unwrap();
    for chunk in (0..KEYS).collect::<Vec<_>>().chunks(100) {
        let created = chunk.iter().map(|number| {
            let new = NewApiKey {
                user_id: user.id,
                owner_principal_id: user.principal_id,
                ..fixture::new_api_key(&number.to_string(), &format!("{name}{number}"))
            };
            store.api_keys.create(by(), new)
        });
        for created in join_all(created).await {
            created.unwrap();
        }
    }
    assert!(store.directory.delete_user(by(), user.id).await.unwrap());
    user
}

/// Takes a step, and returns how many keys it deleted.
async fn step(store: &Store) -> RemovalStep {
    let step = store
        .removals
        .continue_removals(fixture::instant(), AT_ONCE);
    step.await.unwrap()
}

/// Returns the name and the number of keys that are left of each removal.
async fn left(store: &Store) -> Vec<(String, u64)> {
    let page = store.removals.list_removals(WHOLE).await.unwrap();
    // One may end between the two statements of the list.
    assert!(page.total >= page.items.len() as u64);
    let removals = page.items.into_iter();
    removals
        .map(|removal| (removal.name, removal.keys))
        .collect()
}

/// Returns the keys of which a deletion is recorded. Each is recorded once.
async fn recorded(store: &Store, expected: usize) -> HashSet<i64> {
    let filter = EventFilter {
        kind: Some(apikey_domain::change::event::EventKind::parse("api_key.deleted").unwrap()),
        ..EventFilter::default()
    };
    let (mut keys, mut after) = (HashSet::new(), Position::START);
    for _ in 0..1_000 {
        let page = store.event_log.list_events(&filter, after, 1_000).await;
        let page = page.unwrap();
        after = page.next;
        for event in page.events {
            let key = event.change.api_key_id().unwrap().0;
            assert!(keys.insert(key), "key {key}");
        }
        if keys.len() >= expected && !page.has_more {
            return keys;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    keys
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_goes_on_after_a_restart() {
    for database in [TestDatabase::sqlite().await, TestDatabase::postgres().await] {
        let database = database.unwrap();
        let store = database.open().await.unwrap();
        let alice = deleted_user(&store, "alice").await;
        let bob = deleted_user(&store, "bob").await;
        assert_eq!(left(&store).await[0], ("alice".to_owned(), KEYS as u64));
        for _ in 0..3 {
            let deleted = RemovalStep::Deleted {
                keys: AT_ONCE,
                memberships: 0,
            };
            assert_eq!(step(&store).await, deleted);
        }
        assert_eq!(left(&store).await[0].1, KEYS as u64 - 300);
        store.closed().await;

        let store = database.open().await.unwrap();
        assert_eq!(left(&store).await[0].1, KEYS as u64 - 300);
        let mut ended = Vec::new();
        loop {
            match step(&store).await {
                RemovalStep::Deleted { keys, .. } => assert!(keys > 0),
                RemovalStep::Ended(owner) => ended.push(owner),
                RemovalStep::Idle => break,
            }
        }
        let both = [alice, bob].map(|user| RemovedOwner::User(user.id));
        assert_eq!(ended, both);
        assert_eq!(left(&store).await, []);
        assert_eq!(recorded(&store, 2 * KEYS).await.len(), 2 * KEYS);
    }
}

/// What two nodes did together.
async fn remove_all(store: &Store) -> (u32, usize) {
    let (mut deleted, mut ended) = (0, 0);
    while !left(store).await.is_empty() {
        match step(store).await {
            RemovalStep::Deleted { keys, .. } => deleted += keys,
            RemovalStep::Ended(_) => ended += 1,
            // The other one is at it.
            RemovalStep::Idle => tokio::time::sleep(std::time::Duration::from_millis(2)).await,
        }
    }
    (deleted, ended)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_remove_each_key_once() {
    let database = TestDatabase::postgres().await.unwrap();
    let one = database.open().await.unwrap();
    let other = database.open().await.unwrap();
    deleted_user(&one, "alice").await;
    deleted_user(&other, "bob").await;
    let (by_one, by_other) = tokio::join!(remove_all(&one), remove_all(&other));
    assert_eq!((by_one.0 + by_other.0) as usize, 2 * KEYS);
    assert_eq!(by_one.1 + by_other.1, 2);
    assert_eq!(recorded(&one, 2 * KEYS).await.len(), 2 * KEYS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_cannot_be_read_holds_up_no_other_removal() {
    for database in [TestDatabase::sqlite().await, TestDatabase::postgres().await] {
        let database = database.unwrap();
        let store = database.open().await.unwrap();
        let alice = deleted_user(&store, "alice").await;
        let bob = deleted_user(&store, "bob").await;
        let created_at = |value: &str| {
            let user = alice.id.0;
            format!(
                "UPDATE api_keys SET created_at = {value} WHERE user_id = {user} AND name = '5'"
            )
        };
        database
            .execute(&[created_at("-created_at - 1000000000000000000")])
            .await
            .unwrap();
        let (mut errors, mut ended) = (0, Vec::new());
        while ended.is_empty() {
            let step = store
                .removals
                .continue_removals(fixture::instant(), AT_ONCE);
            match step.await {
                Ok(RemovalStep::Ended(owner)) => ended.push(owner),
                Ok(_) => {}
                Err(error) => {
                    assert!(matches!(error, PortError::Corrupt(_)), "{error:?}");
                    errors += 1;
                }
            }
        }
        assert_eq!((ended, errors), (vec![RemovedOwner::User(bob.id)], 1));

        database
            .execute(&[created_at("-created_at - 1000000000000000000")])
            .await
            .unwrap();
        while !left(&store).await.is_empty() {
            step(&store).await;
        }
        assert_eq!(recorded(&store, 2 * KEYS).await.len(), 2 * KEYS);
    }
}
