//! Watching users: their changes in the feed and in the record, and snapshots of them.

use super::{
    TestStore,
    test_store::{UNKNOWN_IDS, after, named},
};
use apikey_domain::{
    change::{
        Change, Position, Transition, UserChange,
        event::EventFilter,
        hub::{Holder, Subscription, UserInterest},
        snapshot::{Snapshot, UserSnapshot},
    },
    identifier::{ApiKeyId, UserId},
    identity::{
        password::PasswordHash,
        user::{FullName, User, UserChanges},
        user_list::UserFilter,
    },
    listing::SearchTerm,
    testing::fixture,
};
use futures_util::future::join_all;
use std::{sync::Arc, thread, time::Duration};

/// Subscribes after all changes so far.
async fn watch(store: &TestStore, holder: Holder, filter: UserFilter) -> Subscription<User> {
    let last = store.last_event().await;
    loop {
        let filter = filter.clone();
        let interest = UserInterest { filter, holder };
        let subscription = store.change_feed.subscribe_to_users(interest).await;
        let subscription = subscription.unwrap();
        if subscription.since() >= last {
            return subscription;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

fn held_by(user: &User) -> Holder {
    Holder {
        user_id: user.id,
        key_id: None,
        principal_id: None,
    }
}

fn searching(text: &str) -> UserFilter {
    named(SearchTerm::parse(text).unwrap().as_ref())
}

async fn receive(stream: &mut Subscription<User>, count: usize) -> Vec<Arc<UserChange>> {
    let mut changes = Vec::new();
    for _ in 0..count {
        changes.push(stream.next().await.unwrap());
    }
    changes
}

async fn events(stream: &mut Subscription<User>, count: usize) -> Vec<Transition<User>> {
    let changes = receive(stream, count).await;
    changes.iter().map(|change| change.event.clone()).collect()
}

async fn change(store: &TestStore, user: &User, seconds: i64, changes: UserChanges) -> User {
    let by = fixture::by_service_at(after(seconds));
    let updated = store.directory.update_user(by, user.id, changes).await;
    updated.unwrap().unwrap()
}

fn called(name: &str) -> UserChanges {
    UserChanges {
        full_name: Some(Some(FullName::parse(name).unwrap())),
        ..UserChanges::default()
    }
}

async fn delete(store: &TestStore, user: &User) {
    let by = fixture::by_service();
    assert!(store.directory.delete_user(by, user.id).await.unwrap());
}

pub async fn changes_of_users_are_delivered_in_their_order(store: &TestStore) {
    let root = store.admin("root").await;
    let mut stream = watch(store, held_by(&root), UserFilter::ALL).await;
    let robot = store.system_user("robot").await;
    let alice = store.user("alice").await;
    // What happens to keys and memberships is not for those who watch users.
    store.own_key(&alice, "ci").await;
    let renamed = change(store, &alice, 1, called("Ada")).await;
    let password = UserChanges {
        password_hash: Some(PasswordHash::new("plain:changed")),
        ..UserChanges::default()
    };
    let changed = change(store, &alice, 2, password).await;
    delete(store, &alice).await;
    let expected = [
        Transition::Created(robot),
        Transition::Created(alice.clone()),
        Transition::Updated {
            before: alice,
            after: renamed.clone(),
        },
        Transition::Updated {
            before: renamed,
            after: changed.clone(),
        },
        Transition::Deleted(changed),
    ];
    assert_eq!(events(&mut stream, 5).await, expected);
}

pub async fn a_watcher_of_users_receives_what_the_filter_admits(store: &TestStore) {
    let root = store.admin("root").await;
    let mut stream = watch(store, held_by(&root), searching("LOVE")).await;
    let alice = store.user("alice").await;
    let lover = store.user("glover").await;
    // They come into the list, and leave it.
    let named = change(store, &alice, 1, called("Lovelace")).await;
    let other = change(store, &alice, 2, called("Hopper")).await;
    change(store, &alice, 3, called("Grace Hopper")).await;
    delete(store, &alice).await;
    delete(store, &lover).await;
    let expected = [
        Transition::Created(lover.clone()),
        Transition::Updated {
            before: alice,
            after: named.clone(),
        },
        Transition::Updated {
            before: named,
            after: other,
        },
        Transition::Deleted(lover),
    ];
    assert_eq!(events(&mut stream, 4).await, expected);
}

pub async fn losing_the_right_ends_a_watch_of_users(store: &TestStore) {
    let root = store.admin("root").await;
    let (demoted, renamed) = (store.admin("demoted").await, store.admin("renamed").await);
    let key = store.own_key(&demoted, "ci").await;
    let mut ended = [
        watch(store, held_by(&demoted), UserFilter::ALL).await,
        watch(
            store,
            Holder {
                key_id: Some(key.id),
                ..held_by(&demoted)
            },
            UserFilter::ALL,
        )
        .await,
    ];
    let mut kept = [
        watch(store, held_by(&renamed), UserFilter::ALL).await,
        watch(
            store,
            Holder {
                key_id: Some(ApiKeyId(987_654)),
                ..held_by(&root)
            },
            UserFilter::ALL,
        )
        .await,
    ];
    change(store, &renamed, 1, called("Ada")).await;
    let demotion = UserChanges {
        is_admin: Some(false),
        ..UserChanges::default()
    };
    change(store, &demoted, 2, demotion).await;
    let bob = store.user("bob").await;
    for stream in &mut ended {
        while let Some(change) = stream.next().await {
            assert_ne!(change.event.subject().id, bob.id);
        }
    }
    for stream in &mut kept {
        let last = events(stream, 3).await.pop();
        assert_eq!(last, Some(Transition::Created(bob.clone())));
    }
}

pub async fn the_events_of_users_are_those_the_filter_admits(store: &TestStore) {
    let names: Vec<_> = (0..30).map(|number| format!("user-{number:02}")).collect();
    let users = join_all(names.iter().map(|name| store.user(name))).await;
    for user in &users {
        store.own_key(user, "ci").await;
        change(store, user, 1, called("Ada")).await;
        store.own_key(user, "cd").await;
    }
    delete(store, users.first().unwrap()).await;
    let last = store.last_event().await;
    let log = &store.event_log;
    let (everything, mut all, mut next) = (EventFilter::default(), Vec::new(), Position::START);
    while next < last {
        let page = log.list_events(&everything, next, 1_000).await.unwrap();
        next = page.next;
        all.extend(page.events.into_iter().map(|event| event.change));
    }
    for (filter, limit) in [
        (UserFilter::ALL, 7),
        (UserFilter::ALL, 1_000),
        (searching("R-0"), 2),
        (searching("ADA"), 3),
        (searching("nobody"), 5),
    ] {
        let (mut shown, mut next) = (Vec::new(), Position::START);
        loop {
            let page = log.list_user_events(&filter, next, limit).await.unwrap();
            assert!(page.events.len() <= limit as usize);
            assert!(
                page.events
                    .is_sorted_by(|one, next| one.position < next.position)
            );
            assert!(page.next > next || !page.has_more, "{page:?}");
            next = page.next;
            shown.extend(page.events.into_iter().map(|event| event.change));
            if !page.has_more {
                break;
            }
        }
        let of_users = |change: &Change| match change {
            Change::User(user) => filter.concerns(user),
            _ => false,
        };
        let expected: Vec<_> = all.iter().filter(|change| of_users(change)).collect();
        assert_eq!(shown.iter().collect::<Vec<_>>(), expected, "{filter:?}");
    }
}

async fn snapshot(
    store: &TestStore,
    filter: &UserFilter,
    after: UserId,
    limit: u32,
) -> (Snapshot, Vec<User>, bool) {
    let snapshot = store.event_log.user_snapshot_after(filter, after, limit);
    let UserSnapshot {
        snapshot,
        users,
        has_more,
    } = snapshot.await.unwrap();
    assert!(!has_more || !users.is_empty());
    assert!(users.len() <= limit as usize);
    (snapshot, users, has_more)
}

pub async fn snapshots_list_users_by_id_in_batches(store: &TestStore) {
    let mut users = Vec::new();
    for name in ["e", "d", "cd", "b", "a"] {
        users.push(store.user(name).await);
    }
    let called_dora = called("Dora");
    let last = users.pop().unwrap();
    users.push(change(store, &last, 1, called_dora).await);
    for filter in [UserFilter::ALL, searching("D")] {
        let mut expected = users.clone();
        expected.retain(|user| filter.admits(user));
        for limit in [1, 2, 3, 5, 6] {
            let (mut shown, mut last) = (Vec::new(), UserId(i64::MIN));
            loop {
                let (_, batch, has_more) = snapshot(store, &filter, last, limit).await;
                last = batch.last().map_or(last, |user| user.id);
                shown.extend(batch);
                if !has_more {
                    break;
                }
            }
            assert_eq!(shown, expected, "{filter:?} by {limit}");
        }
    }
    for id in UNKNOWN_IDS.map(UserId) {
        let (_, shown, _) = snapshot(store, &UserFilter::ALL, id, 10).await;
        let expected = users.iter().filter(|user| user.id > id);
        assert_eq!(shown, expected.cloned().collect::<Vec<_>>(), "{id}");
    }
}

pub async fn a_snapshot_of_users_knows_which_commits_it_includes(store: &TestStore) {
    let root = store.admin("root").await;
    let mut stream = watch(store, held_by(&root), UserFilter::ALL).await;
    let (empty, shown, _) = snapshot(store, &searching("nobody"), UserId(0), 10).await;
    assert_eq!(shown, []);
    let alice = store.user("alice").await;
    change(store, &alice, 1, called("before")).await;
    let (seen, ..) = snapshot(store, &UserFilter::ALL, alice.id, 10).await;
    change(store, &alice, 2, called("after")).await;
    delete(store, &alice).await;
    let changes = receive(&mut stream, 4).await;
    let held = |snapshot: &Snapshot| -> Vec<_> {
        let changes = changes.iter();
        changes
            .map(|change| snapshot.holds(change.transaction))
            .collect()
    };
    assert_eq!(held(&empty), [false; 4]);
    assert_eq!(held(&seen), [true, true, false, false]);
}

pub async fn a_snapshot_of_users_during_writes_has_the_commits_it_includes(store: &TestStore) {
    let root = store.admin("root").await;
    let mut stream = watch(store, held_by(&root), UserFilter::ALL).await;
    let names: Vec<_> = (0..40).map(|number| format!("user-{number}")).collect();
    let writes = join_all(names.iter().map(|name| async move {
        let user = store.user(name).await;
        change(store, &user, 1, called("changed")).await
    }));
    let reads = async {
        let mut read = Vec::new();
        for _ in 0..10 {
            read.push(snapshot(store, &UserFilter::ALL, UserId(0), 1_000).await);
        }
        read
    };
    let (users, read) = futures_util::future::join(writes, reads).await;
    let changes = receive(&mut stream, 2 * users.len()).await;
    for (snapshot, shown, _) in read {
        for user in &users {
            let theirs = changes
                .iter()
                .filter(|change| change.event.subject().id == user.id);
            let mut held = theirs.filter(|change| snapshot.holds(change.transaction));
            let expected = held.next_back().and_then(|change| change.event.after());
            let shown = shown.iter().find(|shown| shown.id == user.id);
            assert_eq!(shown, expected);
        }
    }
}
