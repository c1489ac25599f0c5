//! Two nodes on one PostgreSQL database: a right that ended through one of them ends
//! what is under way at the other.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "model/parts.rs"]
mod parts;

use apikey_diesel::testing::TestDatabase;
use apikey_domain::{
    access::{
        policy::KeyReach,
        tenant::{Caller, CallerKey, Credential},
    },
    identifier::UserId,
    key::{
        api_key::NewApiKey, changes::ApiKeyChanges, credential::CredentialNumber,
        key_name::Description,
    },
    testing::fixture,
};
use apikey_testing::conformance::{TestStore, two_nodes::TwoNodes};
use parts::open;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

const ANYWHERE: KeyReach = fixture::reach(None, None);

async fn two_nodes(database: &TestDatabase) -> TwoNodes {
    let one = open(database).await;
    let other = open(database).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn no_write_follows_the_end_of_its_session() {
    let database = TestDatabase::postgres().await.unwrap();
    let nodes = two_nodes(&database).await;
    nodes.no_write_follows_the_end_of_its_session().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_session_outlives_a_new_password() {
    let database = TestDatabase::postgres().await.unwrap();
    let nodes = two_nodes(&database).await;
    nodes.no_session_outlives_a_new_password().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_like_usernames_is_given() {
    let database = TestDatabase::postgres().await.unwrap();
    let nodes = two_nodes(&database).await;
    nodes.one_of_many_like_usernames_is_given().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_changes_to_like_usernames_is_made() {
    let database = TestDatabase::postgres().await.unwrap();
    let nodes = two_nodes(&database).await;
    nodes.one_of_many_changes_to_like_usernames_is_made().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn totals_are_exact_after_concurrent_writes() {
    let database = TestDatabase::postgres().await.unwrap();
    let nodes = two_nodes(&database).await;
    nodes.totals_are_exact_after_concurrent_writes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_are_sent_at_once_one_makes_a_key() {
    let database = TestDatabase::postgres().await.unwrap();
    let nodes = two_nodes(&database).await;
    nodes.of_many_that_are_sent_at_once_one_makes_a_key().await;
}

/// One key creates and changes others through both nodes at once.
#[tokio::test(flavor = "multi_thread")]
async fn the_writes_of_one_key_do_not_deadlock() {
    const WRITES: usize = 100;
    let database = TestDatabase::postgres().await.unwrap();
    let nodes = [open(&database).await, open(&database).await].map(Arc::new);
    let by = fixture::by_service();
    let alice = nodes[0]
        .directory
        .create_user(by, fixture::new_user("alice"));
    let alice = alice.await.unwrap();
    let new = |text: &str| NewApiKey {
        user_id: alice.id,
        owner_principal_id: alice.principal_id,
        ..fixture::new_api_key(text, text)
    };
    let key = nodes[0].api_keys.create(fixture::by_service(), new("hers"));
    let by = fixture::by(
        &fixture::caller_of(
            alice.clone(),
            Credential::Key(CallerKey::of(key.await.unwrap(), CredentialNumber::FIRST)),
        ),
        fixture::instant(),
    );
    let mut tasks = Vec::new();
    for task in 0..8 {
        let (node, by) = (Arc::clone(&nodes[task % 2]), by.clone());
        let new = (0..WRITES).map(|number| new(&format!("{task}-{number}")));
        let mut new: Vec<_> = new.collect();
        tasks.push(tokio::spawn(async move {
            let changed = new.remove(0);
            let changed = node.api_keys.create(by.clone(), changed).await.unwrap();
            let mut longest = Duration::ZERO;
            for new in new {
                let started_at = Instant::now();
                if task < 4 {
                    node.api_keys.create(by.clone(), new).await.unwrap();
                } else {
                    let changes = ApiKeyChanges {
                        description: Some(Description::parse(new.name.as_str()).ok()),
                        ..ApiKeyChanges::default()
                    };
                    let updated = node
                        .api_keys
                        .update(by.clone(), changed.id, ANYWHERE, changes);
                    assert!(updated.await.unwrap().is_some());
                }
                longest = longest.max(started_at.elapsed());
            }
            longest
        }));
    }
    for task in tasks {
        let longest = task.await.unwrap();
        // A deadlock takes a second.
        assert!(longest < Duration::from_secs(1), "{longest:?}");
    }
}

/// Creates keys of a user, by that user, until that is refused. Returns how many.
async fn create_until_refused(store: Arc<TestStore>, caller: Caller, task: usize) -> u64 {
    for number in 0.. {
        let text = format!("{task}-{number}");
        let new = NewApiKey {
            user_id: caller.user().id,
            owner_principal_id: caller.user().principal_id,
            ..fixture::new_api_key(&text, &text)
        };
        let by = fixture::by(&caller, fixture::instant());
        if store.api_keys.create(by, new).await.is_err() {
            return number;
        }
    }
    0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_writes_does_not_keep_a_revocation_waiting() {
    let database = TestDatabase::postgres().await.unwrap();
    let admin = open(&database).await;
    let nodes = [
        Arc::new(open(&database).await),
        Arc::new(open(&database).await),
    ];
    let by = fixture::by_service();
    let alice = admin.directory.create_user(by, fixture::new_user("alice"));
    let caller = fixture::caller_of(alice.await.unwrap(), fixture::password());
    let id: UserId = caller.user().id;
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
