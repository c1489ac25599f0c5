//! The totals of lists, which no store counts one by one.

use super::{
    TestKeys,
    test_store::{ANYWHERE, everything, filter, new_key, of_user},
};
use apikey_domain::{
    access::policy::ApiKeyFilter,
    key::api_key::ApiKey,
    listing::{Order, Window},
    testing::fixture,
};
use futures_util::future::join_all;

/// How many writes run concurrently.
const CONCURRENCY: usize = 16;

/// Returns the total of a page that does not show where the list ends.
async fn total(store: &TestKeys, filter: &ApiKeyFilter) -> u64 {
    let window = Window {
        offset: 0,
        limit: 1,
    };
    let page = store.api_keys.list(filter, &Order::default(), window).await;
    page.unwrap().total
}

/// Checks the totals of these filters against the keys there are.
async fn assert_exact(store: &TestKeys, filters: &[ApiKeyFilter]) {
    let all = store.keys(&everything()).await;
    for filter in filters {
        let shown = all.iter().filter(|key| filter.admits(key)).count();
        assert_eq!(total(store, filter).await, shown as u64, "{filter:?}");
    }
}

async fn delete_key(store: &TestKeys, key: &ApiKey) {
    let by = fixture::by_service();
    let deleted = store.api_keys.delete(by, key.id, ANYWHERE).await;
    assert!(deleted.unwrap().is_some());
}

pub async fn totals_follow_every_creation_and_deletion(store: &TestKeys) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let robot = store.system_user("robot").await;
    let (acme, blue) = (
        store.organization("acme").await,
        store.organization("blue").await,
    );
    let filters = [
        everything(),
        of_user(&alice),
        of_user(&bob),
        of_user(&robot),
        filter(Some(alice.id), Some(alice.principal_id), ""),
        filter(Some(alice.id), Some(acme.id), ""),
        filter(Some(robot.id), Some(acme.id), ""),
        filter(None, Some(acme.id), ""),
        filter(None, Some(blue.id), ""),
        filter(Some(bob.id), Some(acme.id), "1"),
    ];
    assert_exact(store, &filters).await;
    let mut created = Vec::new();
    for user in [&alice, &bob, &robot] {
        for name in ["1", "2", "31"] {
            created.push(store.own_key(user, name).await);
            created.push(store.key(user, acme.id, name).await);
            created.push(store.key(user, blue.id, name).await);
        }
    }
    assert_exact(store, &filters).await;
    for key in created.iter().step_by(4) {
        delete_key(store, key).await;
    }
    assert_exact(store, &filters).await;

    // What is not stored is not counted.
    let taken = new_key(&bob, bob.principal_id, "31");
    let refused = store.api_keys.create(fixture::by_service(), taken).await;
    assert!(refused.is_err());
    assert_exact(store, &filters).await;

    let by = fixture::by_service();
    assert!(store.directory.delete_user(by, bob.id).await.unwrap());
    assert_exact(store, &filters).await;
    for key in store.keys(&filter(None, Some(blue.id), "")).await {
        delete_key(store, &key).await;
    }
    // The robot's are shown in no list.
    for key in created.iter().filter(|key| key.user_id == robot.id) {
        let by = fixture::by_service();
        store.api_keys.delete(by, key.id, ANYWHERE).await.unwrap();
    }
    assert_exact(store, &filters).await;
    let by = fixture::by_service();
    let deleted = store.directory.delete_organization(by, blue.id).await;
    assert!(deleted.unwrap());
    assert_exact(store, &filters).await;
}

pub async fn totals_are_exact_after_concurrent_writes(store: &TestKeys) {
    totals_are_exact(&[store]).await;
}

/// Creates and deletes keys of the same users at once through these nodes.
pub(super) async fn totals_are_exact(nodes: &[&TestKeys]) {
    let store = nodes[0];
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let write = |number: usize| {
        let node = nodes[number % nodes.len()];
        let user = if number.is_multiple_of(3) {
            &bob
        } else {
            &alice
        };
        async move {
            let key = node.own_key(user, &number.to_string()).await;
            if number.is_multiple_of(2) {
                delete_key(node, &key).await;
            }
        }
    };
    join_all((0..CONCURRENCY * nodes.len()).map(write)).await;
    for node in nodes {
        assert_exact(node, &[everything(), of_user(&alice), of_user(&bob)]).await;
    }
}
