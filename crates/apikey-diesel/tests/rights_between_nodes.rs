//! Two nodes on one PostgreSQL database: a right that ended through one of them ends
//! what is under way at the other.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use apikey_diesel::testing::TestDatabase;
use apikey_domain::{
    access::{authority::Authority, tenant::Caller},
    identifier::UserId,
    key::api_key::NewApiKey,
    testing::fixture,
};
use apikey_testing::conformance::{TestStore, two_nodes::TwoNodes};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

async fn node(database: &TestDatabase) -> TestStore {
    let store = database.open().await.unwrap();
    TestStore {
        api_keys: store.api_keys,
        key_facts: store.key_facts,
        directory: store.directory,
        event_log: store.event_log,
        change_feed: store.change_feed,
    }
}

async fn two_nodes(database: &TestDatabase) -> TwoNodes {
    let one = node(database).await;
    let other = node(database).await;
    TwoNodes { one, other }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_right_outlives_its_loss() {
    let database = TestDatabase::postgres().await.unwrap();
    two_nodes(&database)
        .await
        .no_right_outlives_its_loss()
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_write_follows_the_loss_of_its_right() {
    let database = TestDatabase::postgres().await.unwrap();
    let nodes = two_nodes(&database).await;
    nodes.no_write_follows_the_loss_of_its_right().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_end_each_others_rights_take_turns() {
    let database = TestDatabase::postgres().await.unwrap();
    let nodes = two_nodes(&database).await;
    nodes.two_who_end_each_others_rights_take_turns().await;
}

/// Creates keys of a user, by that user, until that is refused. Returns how many.
async fn create_until_refused(store: Arc<TestStore>, caller: Caller, task: usize) -> u64 {
    for number in 0.. {
        let text = format!("{task}-{number}");
        let new = NewApiKey {
            user_id: caller.user.id,
            owner_principal_id: caller.user.principal_id,
            ..fixture::new_api_key(&text, &text)
        };
        let by = Authority::of(&caller, fixture::instant());
        if store.api_keys.create(by, new).await.is_err() {
            return number;
        }
    }
    0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_writes_does_not_keep_a_revocation_waiting() {
    let database = TestDatabase::postgres().await.unwrap();
    let admin = node(&database).await;
    let nodes = [
        Arc::new(node(&database).await),
        Arc::new(node(&database).await),
    ];
    let by = fixture::by_service();
    let alice = admin.directory.create_user(by, fixture::new_user("alice"));
    let caller = Caller {
        user: alice.await.unwrap(),
        credential: fixture::password(),
    };
    let id: UserId = caller.user.id;
    let tasks: Vec<_> = (0..16)
        .map(|task| {
            let store = Arc::clone(&nodes[task % 2]);
            tokio::spawn(create_until_refused(store, caller.clone(), task))
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let started_at = Instant::now();
    let deleted = admin.directory.delete_user(fixture::by_service(), id).await;
    assert!(deleted.unwrap());
    let took = started_at.elapsed();
    let mut written = 0;
    for task in tasks {
        written += task.await.unwrap();
    }
    println!("revoked after {took:?}, {written} writes");
    assert!(written > 0);
    // Locks are waited for at most three seconds.
    assert!(took < Duration::from_secs(5), "{took:?}");
}
