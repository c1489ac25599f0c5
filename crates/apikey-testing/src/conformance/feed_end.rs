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
    identity::{
        organization::{Organization, Role},
        password::PasswordHash,
        user::{FullName, User, UserChanges},
    },
    key::{api_key::ApiKeyChanges, scope::ScopeSet},
    testing::fixture,
};
use futures_util::future::join_all;

/// Watches as the user acting for the organization.
async fn watch_for(subject: &TestStore, user: &User, organization: &Organization) -> Subscription {
    let holder = Holder {
        user_id: user.id,
        key_id: None,
        principal_id: Some(organization.id),
    };
    subject.watch_as(holder, of_user(user)).await
}

/// Checks that a stream that has told everything so far goes on.
async fn assert_goes_on(subject: &TestStore, stream: &mut Subscription, user: &User) {
    let key = subject.own_key(user, "goes on").await;
    assert_eq!(events(stream, 1).await, [KeyEvent::Created(key)]);
}

/// How much a stream tells that ends.
async fn told_until_the_end(stream: &mut Subscription) -> usize {
    let mut count = 0;
    while stream.next().await.is_some() {
        count += 1;
    }
    count
}

pub async fn a_watcher_who_falls_behind_is_ended_without_gaps(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let mut stream = subject.watch(&alice, everything()).await;
    let mut keys = Vec::new();
    for round in 0..10 {
        let names: Vec<_> = (0..40).map(|number| format!("{round}-{number}")).collect();
        keys.extend(join_all(names.iter().map(|name| subject.own_key(&alice, name))).await);
    }
    assert!(keys.len() > ChangeHub::QUEUE + 1);
    keys.sort_by_key(|key| key.id);
    let mut told = Vec::new();
    while let Some(change) = stream.next().await {
        told.push(change.event.key().clone());
    }
    assert!(told.len() < keys.len());
    told.sort_by_key(|key| key.id);
    assert_eq!(told, keys[..told.len()]);
}

pub async fn losing_a_right_ends_what_the_user_watches(subject: &TestStore) {
    subject.admin("root").await;
    let mut losses = vec![UserChanges::default(); 3];
    losses[0].is_active = Some(false);
    losses[1].is_admin = Some(false);
    losses[2].password_hash = Some(PasswordHash::new("plain:changed"));
    for (number, changes) in losses.into_iter().enumerate() {
        let user = subject.admin(&format!("user {number}")).await;
        let other = subject.user(&format!("other {number}")).await;
        let mut ended = subject.watch(&user, everything()).await;
        let mut others = subject.watch(&other, of_user(&other)).await;
        let key = subject.own_key(&user, "ci").await;
        assert_eq!(events(&mut ended, 1).await, [KeyEvent::Created(key)]);
        let changed =
            subject
                .directory
                .update_user(fixture::attribution_at(after(1)), user.id, changes);
        assert!(changed.await.unwrap().is_some());
        subject.own_key(&other, "not told").await;

        assert_eq!(ended.next().await, None, "{number}");
        events(&mut others, 1).await;
        assert_goes_on(subject, &mut others, &other).await;
    }
}

pub async fn a_harmless_change_ends_nothing(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let mut stream = subject.watch(&alice, of_user(&alice)).await;
    let changes = UserChanges {
        full_name: Some(Some(FullName::parse("Alice A.").unwrap())),
        is_active: Some(true),
        is_admin: Some(true),
        ..UserChanges::default()
    };
    let changed =
        subject
            .directory
            .update_user(fixture::attribution_at(after(1)), alice.id, changes);
    assert!(changed.await.unwrap().is_some());
    assert_goes_on(subject, &mut stream, &alice).await;
}

pub async fn deleting_a_user_ends_what_they_watch(subject: &TestStore) {
    let (alice, bob) = (subject.user("alice").await, subject.user("bob").await);
    let key = subject.own_key(&alice, "ci").await;
    let mut hers = subject.watch(&alice, everything()).await;
    let mut his = subject.watch(&bob, of_user(&alice)).await;
    assert!(
        subject
            .directory
            .delete_user(fixture::attribution(), alice.id)
            .await
            .unwrap()
    );
    let deleted = [KeyEvent::Deleted(key)];
    // The end does not wait for the news.
    assert!(told_until_the_end(&mut hers).await <= 1);
    assert_eq!(events(&mut his, 1).await, deleted);
}

pub async fn removing_a_member_ends_what_they_watch_for_the_organization(subject: &TestStore) {
    let (alice, bob) = (subject.user("alice").await, subject.user("bob").await);
    let (acme, umbrella) = (
        subject.organization("acme").await,
        subject.organization("umbrella").await,
    );
    for organization in [&acme, &umbrella] {
        subject.join(organization, &alice, Role::User).await;
        subject.join(organization, &bob, Role::User).await;
    }
    let mut ended = watch_for(subject, &alice, &acme).await;
    let mut elsewhere = watch_for(subject, &alice, &umbrella).await;
    let mut own = subject.watch(&alice, of_user(&alice)).await;
    let mut bobs = watch_for(subject, &bob, &acme).await;
    let removed = subject
        .directory
        .remove_member(fixture::attribution(), acme.id, alice.id)
        .await;
    assert!(removed.unwrap());

    assert_eq!(ended.next().await, None);
    assert_goes_on(subject, &mut own, &alice).await;
    events(&mut elsewhere, 1).await;
    assert_goes_on(subject, &mut bobs, &bob).await;
}

pub async fn deleting_an_organization_ends_what_is_watched_for_it(subject: &TestStore) {
    let (alice, bob) = (subject.user("alice").await, subject.user("bob").await);
    let (acme, umbrella) = (
        subject.organization("acme").await,
        subject.organization("umbrella").await,
    );
    let mut members = watch_for(subject, &alice, &acme).await;
    let mut strangers = watch_for(subject, &bob, &acme).await;
    let mut elsewhere = watch_for(subject, &alice, &umbrella).await;
    let deleted = subject
        .directory
        .delete_organization(fixture::attribution(), acme.id)
        .await;
    assert!(deleted.unwrap());
    assert_eq!(members.next().await, None);
    assert_eq!(strangers.next().await, None);
    assert_goes_on(subject, &mut elsewhere, &alice).await;
}

pub async fn a_key_that_loses_management_ends_what_is_watched_with_it(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let (deleted, limited, other) = (
        subject.own_key(&alice, "deleted").await,
        subject.own_key(&alice, "limited").await,
        subject.own_key(&alice, "other").await,
    );
    let watch_with = |key_id| Holder {
        user_id: alice.id,
        key_id,
        principal_id: Some(alice.principal_id),
    };
    let with = |id| subject.watch_as(watch_with(Some(id)), everything());
    let (mut one, mut two, mut three) = (
        with(deleted.id).await,
        with(limited.id).await,
        with(other.id).await,
    );
    subject
        .api_keys
        .delete(fixture::attribution(), deleted.id, ANYWHERE)
        .await
        .unwrap();
    let changes = ApiKeyChanges {
        scope: Some(ScopeSet::parse(["inference"]).unwrap()),
        ..ApiKeyChanges::default()
    };
    let updated = subject
        .api_keys
        .update(
            fixture::attribution_at(after(1)),
            limited.id,
            ANYWHERE,
            changes,
        )
        .await;
    assert!(updated.unwrap().is_some());

    // The end does not wait for the news.
    assert!(told_until_the_end(&mut one).await <= 1);
    assert!(told_until_the_end(&mut two).await <= 2);
    events(&mut three, 2).await;
    assert_goes_on(subject, &mut three, &alice).await;
}
