//! Concurrent writes to keys.

use super::{
    TestKeys, TestStore,
    test_store::{ANYWHERE, UNKNOWN_IDS, after, described, everything, new_key, outcome, receive},
};
use apikey_domain::{
    change::{KeyChange, KeyEvent, snapshot::Snapshot},
    identifier::{ApiKeyId, UserId},
    identity::user::User,
    key::{
        api_key::{ApiKey, NewApiKey},
        creation::Creation,
    },
    testing::fixture,
};
use futures_util::future::{join, join_all};
use std::{collections::BTreeMap, sync::Arc};

/// How many writes run concurrently.
const CONCURRENCY: usize = 16;

/// Creates all keys concurrently, and checks that one wins and the rest fail with
/// `error`.
async fn one_wins(store: &TestKeys, new: Vec<NewApiKey>, error: &str) {
    let creations = new
        .into_iter()
        .map(|new| store.api_keys.create(fixture::by_service(), new));
    let results = join_all(creations).await;
    let mut outcomes: Vec<_> = results.iter().map(outcome).collect();
    outcomes.sort_by_key(|outcome| outcome != "done");
    assert_eq!(outcomes[0], "done");
    assert_eq!(outcomes[1..], vec![error; CONCURRENCY - 1]);
    let created = results.into_iter().find_map(Result::ok).unwrap();
    assert_eq!(store.keys(&everything()).await, [created]);
}

async fn users(store: &TestKeys) -> Vec<User> {
    let names: Vec<_> = (0..CONCURRENCY)
        .map(|number| format!("user {number}"))
        .collect();
    join_all(names.iter().map(|name| store.user(name))).await
}

pub async fn of_many_creations_of_one_name_one_wins(store: &TestKeys) {
    let alice = store.user("alice").await;
    let new = || new_key(&alice, alice.principal_id, "ci");
    let all = std::iter::repeat_with(new).take(CONCURRENCY).collect();
    one_wins(store, all, "duplicate key name").await;
}

pub async fn of_many_creations_of_one_access_key_one_wins(store: &TestKeys) {
    let users = users(store).await;
    let mut all: Vec<_> = users
        .iter()
        .map(|user| new_key(user, user.principal_id, "ci"))
        .collect();
    let access_key = all[0].access_key.clone();
    for new in &mut all {
        new.access_key = access_key.clone();
    }
    one_wins(store, all, "duplicate access key").await;
}

pub async fn of_creations_at_one_time_each_is_refused_for_itself(store: &TestKeys) {
    let alice = store.user("alice").await;
    let new = |name: &str| new_key(&alice, alice.principal_id, name);
    let taken = store.own_key(&alice, "taken").await;
    for strangers in [0, 1] {
        let good = |number| new(&format!("{strangers}-{number:02}"));
        let mut all: Vec<NewApiKey> = (0..CONCURRENCY).map(good).collect();
        let (name, mut access_key, mut both) = (new("taken"), new("free"), new("taken"));
        access_key.access_key = taken.access_key.clone();
        both.access_key = taken.access_key.clone();
        let strange = std::iter::repeat_with(|| NewApiKey {
            user_id: UNKNOWN_IDS.map(UserId)[0],
            ..new("strange")
        });
        let mut expected = vec!["done"; CONCURRENCY];
        for (odd, error) in [
            (name, "duplicate key name"),
            (access_key, "duplicate access key"),
            (both, "duplicate key name"),
        ]
        .into_iter()
        .chain(
            strange
                .map(|new| (new, "the owner does not exist"))
                .take(strangers),
        ) {
            all.insert(expected.len() / 2, odd);
            expected.insert(expected.len() / 2, error);
        }
        let creating = all.iter().map(|new| {
            let created = store.api_keys.create(fixture::by_service(), new.clone());
            async move { created.await.map(|key| (key.name, key.access_key)) }
        });
        let results = join_all(creating).await;
        assert_eq!(results.iter().map(outcome).collect::<Vec<_>>(), expected);
        for (new, result) in all.iter().zip(results) {
            let asked_for = (new.name.clone(), new.access_key.clone());
            assert!(result.is_err() || result.unwrap() == asked_for);
        }
    }
    let stored = store.keys(&everything()).await;
    assert_eq!(stored.len(), 2 * CONCURRENCY + 1);
}

pub async fn concurrent_creations_are_all_stored(store: &TestKeys) {
    let users = users(store).await;
    let mut created: Vec<ApiKey> =
        join_all(users.iter().map(|user| store.own_key(user, "ci"))).await;
    created.sort_by_key(|key| key.id);
    created.dedup_by_key(|key| key.id);
    assert_eq!(created.len(), CONCURRENCY);
    let mut stored = store.keys(&everything()).await;
    stored.sort_by_key(|key| key.id);
    assert_eq!(stored, created);
}

pub async fn of_many_who_delete_a_key_one_does(store: &TestKeys) {
    let alice = store.user("alice").await;
    let key = store.own_key(&alice, "ci").await;
    assert_eq!(delete_at_once(store, key.id).await, [key]);
}

pub async fn of_many_deletions_one_returns_the_key(store: &TestStore) {
    let alice = store.user("alice").await;
    let mut stream = store.watch(&alice, everything()).await;
    let key = store.own_key(&alice, "ci").await;
    assert_eq!(delete_at_once(store, key.id).await, [key]);
    store.own_key(&alice, "last").await;
    let changes = receive(&mut stream, 3).await;
    assert!(matches!(changes[1].event, KeyEvent::Deleted(_)));
    assert!(matches!(changes[2].event, KeyEvent::Created(_)));
}

/// Deletes a key many times concurrently, and returns what the deletions returned.
async fn delete_at_once(store: &TestKeys, id: ApiKeyId) -> Vec<ApiKey> {
    let deletions =
        (0..CONCURRENCY).map(|_| store.api_keys.delete(fixture::by_service(), id, ANYWHERE));
    let results: Vec<_> = join_all(deletions).await;
    results.into_iter().filter_map(Result::unwrap).collect()
}

pub async fn a_deletion_beside_an_update_is_final(store: &TestKeys) {
    let alice = store.user("alice").await;
    for round in 0..CONCURRENCY {
        let key = store.own_key(&alice, "ci").await;
        update_and_delete(store, key, round).await;
    }
}

pub async fn an_update_never_revives_a_key_that_is_being_deleted(store: &TestStore) {
    let alice = store.user("alice").await;
    for round in 0..CONCURRENCY {
        let key = store.own_key(&alice, "ci").await;
        let mut stream = store.watch(&alice, everything()).await;
        let (deleted, is_updated) = update_and_delete(store, key, round).await;
        for change in receive(&mut stream, 1 + usize::from(is_updated)).await {
            assert_eq!(change.event.key(), &deleted);
        }
    }
}

/// Updates and deletes a key at once. Returns it as it was deleted, and whether it was
/// updated before.
async fn update_and_delete(store: &TestKeys, key: ApiKey, round: usize) -> (ApiKey, bool) {
    let changes = described(&format!("round {round}"));
    let update = store
        .api_keys
        .update(fixture::by_service_at(after(1)), key.id, ANYWHERE, changes);
    let delete = store
        .api_keys
        .delete(fixture::by_service(), key.id, ANYWHERE);
    let (updated, deleted) = if round.is_multiple_of(2) {
        join(update, delete).await
    } else {
        let (deleted, updated) = join(delete, update).await;
        (updated, deleted)
    };
    let (updated, deleted) = (updated.unwrap(), deleted.unwrap().unwrap());
    assert_eq!(store.stored(key.id).await, None);
    let access_key = key.access_key.as_str();
    let found = store.api_keys.credential(access_key).await.unwrap();
    assert!(found.is_none());
    let is_updated = updated.is_some();
    // Whichever came first, the deletion returns the key as it found it.
    assert_eq!(deleted, updated.unwrap_or(key));
    (deleted, is_updated)
}

pub async fn concurrent_updates_are_delivered_in_the_order_of_commits(store: &TestStore) {
    let alice = store.user("alice").await;
    let mut stream = store.watch(&alice, everything()).await;
    let mut keys = BTreeMap::new();
    for name in ["0", "1", "2", "3"] {
        let key = store.own_key(&alice, name).await;
        keys.insert(key.id, key);
    }
    receive(&mut stream, 4).await;
    let ids: Vec<ApiKeyId> = keys.keys().copied().collect();
    let updates = (0..64).map(|number| {
        let changes = described(&format!("update {number}"));
        let (id, now) = (ids[number % 4], after(number as i64));
        store
            .api_keys
            .update(fixture::by_service_at(now), id, ANYWHERE, changes)
    });
    for updated in join_all(updates).await {
        assert!(updated.unwrap().is_some());
    }
    let changes = receive(&mut stream, 64).await;
    assert!(changes.is_sorted_by_key(|change| change.position));
    for change in &changes {
        let KeyEvent::Updated { before, after } = &change.event else {
            panic!("not an update: {change:?}");
        };
        // Each update was applied to the result of the previous one.
        let known = keys.insert(after.id, after.clone());
        assert_eq!(known.as_ref(), Some(before));
    }
    for key in keys.into_values() {
        assert_eq!(store.stored(key.id).await, Some(key));
    }
}

pub async fn a_snapshot_during_writes_has_the_commits_it_includes(store: &TestStore) {
    let alice = store.user("alice").await;
    let mut stream = store.watch(&alice, everything()).await;
    let writes = (0..CONCURRENCY).map(|number| write_repeatedly(store, &alice, number));
    let reads = (0..CONCURRENCY).map(|_| async {
        let mut seen = Vec::new();
        for _ in 0..4 {
            let filter = everything();
            let log = &store.event_log;
            let snapshot = log.snapshot_after(&filter, Creation::FIRST, 1_000);
            seen.push(snapshot.await.unwrap());
        }
        seen
    });
    let (_, snapshots) = join(join_all(writes), join_all(reads)).await;
    let changes = receive(&mut stream, CONCURRENCY * 2 + CONCURRENCY / 2).await;
    for seen in snapshots.into_iter().flatten() {
        let mut expected = replayed(&changes, &seen.snapshot);
        if seen.has_more {
            let last = seen.keys.last().map(Creation::of);
            expected.retain(|key| Some(Creation::of(key)) <= last);
        }
        assert_eq!(seen.keys, expected);
    }
}

/// Creates a key, updates it, and deletes it if `number` is even.
async fn write_repeatedly(store: &TestKeys, user: &User, number: usize) {
    let key = store.own_key(user, &number.to_string()).await;
    let changes = described("changed");
    let updated = store
        .api_keys
        .update(fixture::by_service_at(after(1)), key.id, ANYWHERE, changes)
        .await;
    assert!(updated.unwrap().is_some());
    if number.is_multiple_of(2) {
        store
            .api_keys
            .delete(fixture::by_service(), key.id, ANYWHERE)
            .await
            .unwrap();
    }
}

/// Returns the keys after the commits that the snapshot includes.
fn replayed(changes: &[Arc<KeyChange>], snapshot: &Snapshot) -> Vec<ApiKey> {
    let mut keys = BTreeMap::new();
    for change in changes
        .iter()
        .filter(|change| snapshot.holds(change.transaction))
    {
        match &change.event {
            KeyEvent::Deleted(key) => keys.remove(&Creation::of(key)),
            event => keys.insert(Creation::of(event.key()), event.key().clone()),
        };
    }
    keys.into_values().collect()
}
