//! What watchers hear.

use super::{
    TestStore,
    test_store::{ANYWHERE, after, described, events, everything, filter, new_key, of_user},
};
use apikey_domain::{
    access::policy::KeyReach, change::KeyEvent, error::PortError, identifier::UserId,
    testing::fixture,
};

pub async fn changes_are_told_in_the_order_of_commits(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let mut stream = subject.watch(&alice, of_user(&alice)).await;
    let created = subject.own_key(&alice, "ci").await;
    let update = |text, seconds| {
        let changes = described(text);
        let now = after(seconds);
        subject
            .api_keys
            .update(fixture::attribution_at(now), created.id, ANYWHERE, changes)
    };
    let once = update("once", 1).await.unwrap().unwrap();
    let twice = update("twice", 2).await.unwrap().unwrap();
    let other = subject.own_key(&alice, "other").await;
    subject
        .api_keys
        .delete(fixture::attribution(), created.id, ANYWHERE)
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

pub async fn a_watcher_hears_what_the_filter_admits_and_nothing_else(subject: &TestStore) {
    let (alice, bob) = (subject.user("alice").await, subject.user("bob").await);
    let robot = subject.system_user("robot").await;
    let (acme, umbrella) = (
        subject.organization("acme").await,
        subject.organization("umbrella").await,
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
        streams.push(subject.watch(&alice, filter.clone()).await);
    }
    // Each filter admits something at the end, so that each stream is read to
    // where one event too many would have come before.
    let mut keys = Vec::new();
    for name in ["ÄPFEL", "first", "last äpfel"] {
        for user in [&robot, &alice, &bob] {
            for owner in [user.principal_id, acme.id, umbrella.id] {
                keys.push(subject.key(user, owner, name).await);
            }
        }
    }
    for (filter, stream) in filters.iter().zip(&mut streams) {
        let admitted = keys.iter().filter(|key| filter.admits(key));
        let expected: Vec<_> = admitted.cloned().map(KeyEvent::Created).collect();
        assert!(!expected.is_empty(), "{filter:?}");
        let heard = events(stream, expected.len()).await;
        assert_eq!(heard, expected, "{filter:?}");
    }
}

pub async fn another_tenant_hears_of_no_change_and_no_deletion(subject: &TestStore) {
    let (alice, bob) = (subject.user("alice").await, subject.user("bob").await);
    let acme = subject.organization("acme").await;
    let mut bobs = subject.watch(&bob, of_user(&bob)).await;
    let hers = filter(Some(alice.id), Some(alice.principal_id), "");
    let mut her_own = subject.watch(&alice, hers).await;

    let key = subject.key(&alice, acme.id, "ci").await;
    let changes = described("changed");
    let updated = subject
        .api_keys
        .update(fixture::attribution_at(after(1)), key.id, ANYWHERE, changes)
        .await;
    assert!(updated.unwrap().is_some());
    subject
        .api_keys
        .delete(fixture::attribution(), key.id, ANYWHERE)
        .await
        .unwrap();

    let last = subject.own_key(&bob, "last").await;
    assert_eq!(events(&mut bobs, 1).await, [KeyEvent::Created(last)]);
    let last = subject.own_key(&alice, "last").await;
    assert_eq!(events(&mut her_own, 1).await, [KeyEvent::Created(last)]);
}

pub async fn the_keys_of_system_users_are_never_told(subject: &TestStore) {
    let (robot, alice) = (
        subject.system_user("robot").await,
        subject.user("alice").await,
    );
    let mut stream = subject.watch(&robot, everything()).await;
    let key = subject.own_key(&robot, "ci").await;
    let changes = described("changed");
    let updated = subject
        .api_keys
        .update(fixture::attribution_at(after(1)), key.id, ANYWHERE, changes)
        .await;
    assert!(updated.unwrap().is_some());
    subject
        .api_keys
        .delete(fixture::attribution(), key.id, ANYWHERE)
        .await
        .unwrap();
    let last = subject.own_key(&alice, "last").await;
    assert_eq!(events(&mut stream, 1).await, [KeyEvent::Created(last)]);
}

pub async fn each_watcher_hears_each_change_once(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        streams.push(subject.watch(&alice, of_user(&alice)).await);
    }
    let mut expected = Vec::new();
    for name in ["1", "2", "3"] {
        expected.push(KeyEvent::Created(subject.own_key(&alice, name).await));
    }
    for mut stream in streams {
        assert_eq!(events(&mut stream, 3).await, expected);
    }
}

pub async fn a_watcher_who_left_disturbs_nobody(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let leaving = subject.watch(&alice, of_user(&alice)).await;
    let mut staying = subject.watch(&alice, of_user(&alice)).await;
    drop(leaving);
    let key = subject.own_key(&alice, "ci").await;
    assert_eq!(events(&mut staying, 1).await, [KeyEvent::Created(key)]);
}

pub async fn a_change_that_failed_is_not_told(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let key = subject.own_key(&alice, "ci").await;
    let mut stream = subject.watch(&alice, everything()).await;
    let stranger = KeyReach {
        user_id: Some(UserId(i64::MAX)),
        owner_principal_id: None,
    };
    let changes = described("changed");
    let updated = subject
        .api_keys
        .update(fixture::attribution_at(after(1)), key.id, stranger, changes)
        .await;
    assert_eq!(updated.unwrap(), None);
    let deleted = subject
        .api_keys
        .delete(fixture::attribution(), key.id, stranger)
        .await;
    assert_eq!(deleted.unwrap(), None);
    let again = new_key(&alice, alice.principal_id, "ci");
    let refused = subject.api_keys.create(fixture::attribution(), again).await;
    assert!(matches!(refused, Err(PortError::Duplicate(_))));
    let last = subject.own_key(&alice, "last").await;
    assert_eq!(events(&mut stream, 1).await, [KeyEvent::Created(last)]);
}
