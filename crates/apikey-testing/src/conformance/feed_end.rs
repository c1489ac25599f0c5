//! When a subscription ends.

use super::{
    TestStore,
    test_store::{ANYWHERE, after, events, everything, of_user},
};
use apikey_domain::{
    change::{
        KeyEvent,
        hub::{ChangeHub, Holder, Subscription},
    },
    gpustack::ScopeSet,
    identity::{
        organization::{Organization, Role},
        password::PasswordHash,
        user::{FullName, User, UserChanges},
    },
    key::{
        changes::ApiKeyChanges,
        expiry::Lifetime,
        revocation::{NewRevocation, RevocationReason},
    },
    testing::fixture,
};
use futures_util::future::join_all;

/// Subscribes as the user acting for the organization.
async fn watch_for(store: &TestStore, user: &User, organization: &Organization) -> Subscription {
    let holder = Holder {
        user_id: user.id,
        key_id: None,
        principal_id: Some(organization.id),
    };
    store.watch_as(holder, of_user(user)).await
}

/// Checks that a stream without queued changes still receives new ones.
async fn assert_continues(store: &TestStore, stream: &mut Subscription, user: &User) {
    let key = store.own_key(user, "continues").await;
    assert_eq!(events(stream, 1).await, [KeyEvent::Created(key)]);
}

/// Counts the changes of a stream until it ends.
async fn count_until_end(stream: &mut Subscription) -> usize {
    let mut count = 0;
    while stream.next().await.is_some() {
        count += 1;
    }
    count
}

pub async fn a_watcher_that_falls_behind_is_ended_without_gaps(store: &TestStore) {
    let alice = store.user("alice").await;
    let mut stream = store.watch(&alice, everything()).await;
    let mut keys = Vec::new();
    for round in 0..10 {
        let names: Vec<_> = (0..40).map(|number| format!("{round}-{number}")).collect();
        keys.extend(join_all(names.iter().map(|name| store.own_key(&alice, name))).await);
    }
    assert!(keys.len() > ChangeHub::QUEUE_CAPACITY + 1);
    keys.sort_by_key(|key| key.id);
    let mut received = Vec::new();
    while let Some(change) = stream.next().await {
        received.push(change.event.key().clone());
    }
    assert!(received.len() < keys.len());
    received.sort_by_key(|key| key.id);
    assert_eq!(received, keys[..received.len()]);
}

pub async fn losing_a_right_ends_the_users_subscriptions(store: &TestStore) {
    store.admin("root").await;
    let mut losses = vec![UserChanges::default(); 3];
    losses[0].is_active = Some(false);
    losses[1].is_admin = Some(false);
    losses[2].password_hash = Some(PasswordHash::new("plain:changed"));
    for (number, changes) in losses.into_iter().enumerate() {
        let user = store.admin(&format!("user {number}")).await;
        let other = store.user(&format!("other {number}")).await;
        let mut ended = store.watch(&user, everything()).await;
        let mut others = store.watch(&other, of_user(&other)).await;
        let key = store.own_key(&user, "ci").await;
        assert_eq!(events(&mut ended, 1).await, [KeyEvent::Created(key)]);
        let changed =
            store
                .directory
                .update_user(fixture::by_service_at(after(1)), user.id, changes);
        assert!(changed.await.unwrap().is_some());
        store.own_key(&other, "not delivered").await;

        assert_eq!(ended.next().await, None, "{number}");
        events(&mut others, 1).await;
        assert_continues(store, &mut others, &other).await;
    }
}

pub async fn a_harmless_change_ends_nothing(store: &TestStore) {
    let alice = store.user("alice").await;
    let mut stream = store.watch(&alice, of_user(&alice)).await;
    let changes = UserChanges {
        full_name: Some(Some(FullName::parse("Alice A.").unwrap())),
        is_active: Some(true),
        is_admin: Some(true),
        ..UserChanges::default()
    };
    let changed = store
        .directory
        .update_user(fixture::by_service_at(after(1)), alice.id, changes);
    assert!(changed.await.unwrap().is_some());
    assert_continues(store, &mut stream, &alice).await;
}

pub async fn deleting_a_user_ends_their_subscriptions(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let key = store.own_key(&alice, "ci").await;
    let mut hers = store.watch(&alice, everything()).await;
    let mut his = store.watch(&bob, of_user(&alice)).await;
    assert!(
        store
            .directory
            .delete_user(fixture::by_service(), alice.id)
            .await
            .unwrap()
    );
    let deleted = [KeyEvent::Deleted(key)];
    // The end may come before the deletion is delivered.
    assert!(count_until_end(&mut hers).await <= 1);
    assert_eq!(events(&mut his, 1).await, deleted);
}

pub async fn removing_a_member_ends_their_subscriptions_for_the_organization(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let (acme, umbrella) = (
        store.organization("acme").await,
        store.organization("umbrella").await,
    );
    for organization in [&acme, &umbrella] {
        store.join(organization, &alice, Role::User).await;
        store.join(organization, &bob, Role::User).await;
    }
    let mut ended = watch_for(store, &alice, &acme).await;
    let mut elsewhere = watch_for(store, &alice, &umbrella).await;
    let mut own = store.watch(&alice, of_user(&alice)).await;
    let mut bobs = watch_for(store, &bob, &acme).await;
    let removed = store
        .directory
        .remove_member(fixture::by_service(), acme.id, alice.id)
        .await;
    assert!(removed.unwrap());

    assert_eq!(ended.next().await, None);
    assert_continues(store, &mut own, &alice).await;
    events(&mut elsewhere, 1).await;
    assert_continues(store, &mut bobs, &bob).await;
}

pub async fn deleting_an_organization_ends_the_subscriptions_for_it(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let (acme, umbrella) = (
        store.organization("acme").await,
        store.organization("umbrella").await,
    );
    let mut members = watch_for(store, &alice, &acme).await;
    let mut strangers = watch_for(store, &bob, &acme).await;
    let mut elsewhere = watch_for(store, &alice, &umbrella).await;
    let deleted = store
        .directory
        .delete_organization(fixture::by_service(), acme.id)
        .await;
    assert!(deleted.unwrap());
    assert_eq!(members.next().await, None);
    assert_eq!(strangers.next().await, None);
    assert_continues(store, &mut elsewhere, &alice).await;
}

pub async fn a_key_that_loses_a_right_ends_the_subscriptions_with_it(store: &TestStore) {
    let alice = store.user("alice").await;
    let (deleted, limited, other) = (
        store.own_key(&alice, "deleted").await,
        store.own_key(&alice, "limited").await,
        store.own_key(&alice, "other").await,
    );
    let watch_with = |key_id| Holder {
        user_id: alice.id,
        key_id,
        principal_id: Some(alice.principal_id),
    };
    let with = |id| store.watch_as(watch_with(Some(id)), everything());
    let (mut one, mut two, mut three) = (
        with(deleted.id).await,
        with(limited.id).await,
        with(other.id).await,
    );
    store
        .api_keys
        .delete(fixture::by_service(), deleted.id, ANYWHERE)
        .await
        .unwrap();
    let changes = ApiKeyChanges {
        scope: Some(ScopeSet::parse(["inference"]).unwrap()),
        ..ApiKeyChanges::default()
    };
    let updated = store
        .api_keys
        .update(
            fixture::by_service_at(after(1)),
            limited.id,
            ANYWHERE,
            changes,
        )
        .await;
    assert!(updated.unwrap().is_some());

    // The end may come before the deletion is delivered.
    assert!(count_until_end(&mut one).await <= 1);
    assert!(count_until_end(&mut two).await <= 2);
    events(&mut three, 2).await;

    let (reason, comment) = (RevocationReason::Other, None);
    let ends = [
        ApiKeyChanges {
            is_disabled: Some(true),
            ..ApiKeyChanges::default()
        },
        ApiKeyChanges {
            revocation: Some(NewRevocation { reason, comment }),
            ..ApiKeyChanges::default()
        },
        ApiKeyChanges {
            lifetime: Some(Lifetime::Until(after(60))),
            ..ApiKeyChanges::default()
        },
    ];
    for (name, changes) in ["disabled", "revoked", "expires"].into_iter().zip(ends) {
        let key = store.own_key(&alice, name).await;
        let mut stream = with(key.id).await;
        let by = fixture::by_service_at(after(1));
        let updated = store.api_keys.update(by, key.id, ANYWHERE, changes).await;
        assert!(updated.unwrap().is_some());
        assert!(count_until_end(&mut stream).await <= 1, "{name}");
        events(&mut three, 2).await;
    }
    assert_continues(store, &mut three, &alice).await;
}
