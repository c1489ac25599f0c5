//! Which changes subscribers receive.

use super::{
    TestStore,
    test_store::{ANYWHERE, after, described, events, everything, filter, new_key, of_user},
};
use apikey_domain::{change::KeyEvent, error::PortError, identifier::UserId, testing::fixture};

pub async fn changes_are_delivered_in_the_order_of_commits(store: &TestStore) {
    let alice = store.user("alice").await;
    let mut stream = store.watch(&alice, of_user(&alice)).await;
    let created = store.own_key(&alice, "ci").await;
    let update = |text, seconds| {
        let changes = described(text);
        let now = after(seconds);
        store
            .api_keys
            .update(fixture::by_service_at(now), created.id, ANYWHERE, changes)
    };
    let once = update("once", 1).await.unwrap().unwrap();
    let twice = update("twice", 2).await.unwrap().unwrap();
    let other = store.own_key(&alice, "other").await;
    store
        .api_keys
        .delete(fixture::by_service(), created.id, ANYWHERE)
        .await
        .unwrap();

    let expected = [
        KeyEvent::Created(created.clone()),
        KeyEvent::Updated {
            before: created,
            after: once.clone(),
        },
        KeyEvent::Updated {
            before: once,
            after: twice.clone(),
        },
        KeyEvent::Created(other),
        KeyEvent::Deleted(twice),
    ];
    assert_eq!(events(&mut stream, 5).await, expected);
}

pub async fn a_watcher_receives_what_the_filter_admits_and_nothing_else(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let robot = store.system_user("robot").await;
    let (acme, umbrella) = (
        store.organization("acme").await,
        store.organization("umbrella").await,
    );
    let filters = [
        everything(),
        of_user(&alice),
        of_user(&bob),
        filter(None, Some(acme.id), ""),
        filter(None, Some(umbrella.id), ""),
        filter(Some(alice.id), Some(acme.id), ""),
        filter(Some(alice.id), Some(alice.principal_id), ""),
        filter(Some(bob.id), Some(umbrella.id), "LAST"),
        filter(None, None, "äpfel"),
    ];
    let mut streams = Vec::new();
    for filter in &filters {
        streams.push(store.watch(&alice, filter.clone()).await);
    }
    // Each filter admits one of the last keys, so that an unexpected event would
    // show up before it.
    let mut keys = Vec::new();
    for name in ["ÄPFEL", "first", "last äpfel"] {
        for user in [&robot, &alice, &bob] {
            for owner in [user.principal_id, acme.id, umbrella.id] {
                keys.push(store.key(user, owner, name).await);
            }
        }
    }
    for (filter, stream) in filters.iter().zip(&mut streams) {
        let admitted = keys.iter().filter(|key| filter.admits(key));
        let expected: Vec<_> = admitted.cloned().map(KeyEvent::Created).collect();
        assert!(!expected.is_empty(), "{filter:?}");
        let received = events(stream, expected.len()).await;
        assert_eq!(received, expected, "{filter:?}");
    }
}

pub async fn another_tenant_receives_no_update_and_no_deletion(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let acme = store.organization("acme").await;
    let mut bobs = store.watch(&bob, of_user(&bob)).await;
    let hers = filter(Some(alice.id), Some(alice.principal_id), "");
    let mut her_own = store.watch(&alice, hers).await;

    let key = store.key(&alice, acme.id, "ci").await;
    let changes = described("changed");
    let updated = store
        .api_keys
        .update(fixture::by_service_at(after(1)), key.id, ANYWHERE, changes)
        .await;
    assert!(updated.unwrap().is_some());
    store
        .api_keys
        .delete(fixture::by_service(), key.id, ANYWHERE)
        .await
        .unwrap();

    let last = store.own_key(&bob, "last").await;
    assert_eq!(events(&mut bobs, 1).await, [KeyEvent::Created(last)]);
    let last = store.own_key(&alice, "last").await;
    assert_eq!(events(&mut her_own, 1).await, [KeyEvent::Created(last)]);
}

pub async fn changes_of_keys_of_system_users_are_never_delivered(store: &TestStore) {
    let (robot, alice) = (store.system_user("robot").await, store.user("alice").await);
    let mut stream = store.watch(&robot, everything()).await;
    let key = store.own_key(&robot, "ci").await;
    let changes = described("changed");
    let updated = store
        .api_keys
        .update(fixture::by_service_at(after(1)), key.id, ANYWHERE, changes)
        .await;
    assert!(updated.unwrap().is_some());
    store
        .api_keys
        .delete(fixture::by_service(), key.id, ANYWHERE)
        .await
        .unwrap();
    let last = store.own_key(&alice, "last").await;
    assert_eq!(events(&mut stream, 1).await, [KeyEvent::Created(last)]);
}

pub async fn each_watcher_receives_each_change_once(store: &TestStore) {
    let alice = store.user("alice").await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        streams.push(store.watch(&alice, of_user(&alice)).await);
    }
    let mut expected = Vec::new();
    for name in ["1", "2", "3"] {
        expected.push(KeyEvent::Created(store.own_key(&alice, name).await));
    }
    for mut stream in streams {
        assert_eq!(events(&mut stream, 3).await, expected);
    }
}

pub async fn a_dropped_subscription_does_not_affect_others(store: &TestStore) {
    let alice = store.user("alice").await;
    let leaving = store.watch(&alice, of_user(&alice)).await;
    let mut staying = store.watch(&alice, of_user(&alice)).await;
    drop(leaving);
    let key = store.own_key(&alice, "ci").await;
    assert_eq!(events(&mut staying, 1).await, [KeyEvent::Created(key)]);
}

pub async fn a_failed_change_is_not_delivered(store: &TestStore) {
    let alice = store.user("alice").await;
    let key = store.own_key(&alice, "ci").await;
    let mut stream = store.watch(&alice, everything()).await;
    let stranger = fixture::reach(Some(UserId(i64::MAX)), None);
    let changes = described("changed");
    let updated = store
        .api_keys
        .update(
            fixture::by_service_at(after(1)),
            key.id,
            stranger.clone(),
            changes,
        )
        .await;
    assert_eq!(updated.unwrap(), None);
    let deleted = store
        .api_keys
        .delete(fixture::by_service(), key.id, stranger)
        .await;
    assert_eq!(deleted.unwrap(), None);
    let again = new_key(&alice, alice.principal_id, "ci");
    let refused = store.api_keys.create(fixture::by_service(), again).await;
    assert!(matches!(refused, Err(PortError::Duplicate(_))));
    let last = store.own_key(&alice, "last").await;
    assert_eq!(events(&mut stream, 1).await, [KeyEvent::Created(last)]);
}
