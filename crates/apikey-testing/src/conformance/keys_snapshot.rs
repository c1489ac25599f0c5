//! Snapshots, and the commits they include.

use super::{
    TestStore,
    test_store::{
        ANYWHERE, UNKNOWN_IDS, after, described, events, everything, filter, of_user, receive,
    },
};
use apikey_domain::{
    access::policy::ApiKeyFilter,
    change::snapshot::{KeySnapshot, Snapshot},
    identifier::ApiKeyId,
    key::{api_key::ApiKey, creation::Creation},
    testing::fixture,
    timestamp::Timestamp,
};

async fn snapshot(
    store: &TestStore,
    filter: &ApiKeyFilter,
    after: Creation,
    limit: u32,
) -> (Snapshot, Vec<ApiKey>) {
    let snapshot = store.event_log.snapshot_after(filter, after, limit);
    let KeySnapshot {
        snapshot,
        keys,
        has_more,
    } = snapshot.await.unwrap();
    assert!(!has_more || !keys.is_empty());
    assert!(has_more || keys.len() <= limit as usize);
    (snapshot, keys)
}

pub async fn snapshots_list_keys_by_creation_in_batches(store: &TestStore) {
    let alice = store.user("alice").await;
    // The names are in descending order.
    for name in ["e", "d", "c", "b", "a"] {
        store.own_key(&alice, name).await;
    }
    let mut expected = store.keys(&everything()).await;
    expected.sort_by_key(Creation::of);
    for limit in [1, 2, 3, 5, 6] {
        let mut shown = Vec::new();
        let mut last = Creation::FIRST;
        loop {
            let (_, batch) = snapshot(store, &everything(), last, limit).await;
            assert!(batch.len() <= limit as usize);
            let Some(key) = batch.last() else { break };
            last = Creation::of(key);
            shown.extend(batch);
            assert!(shown.len() <= expected.len(), "no end by {limit}");
        }
        assert_eq!(shown, expected, "by {limit}");
    }
}

pub async fn a_snapshot_has_what_the_filter_admits(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let robot = store.system_user("robot").await;
    let acme = store.organization("acme").await;
    for user in [&alice, &bob, &robot] {
        store.key(user, acme.id, "ÄPFEL").await;
        store.own_key(user, "%").await;
    }
    for filter in [
        everything(),
        of_user(&alice),
        of_user(&robot),
        filter(None, Some(acme.id), ""),
        filter(Some(bob.id), Some(acme.id), "äpfel"),
        filter(Some(bob.id), Some(bob.principal_id), "_"),
        filter(None, None, "%"),
    ] {
        let mut expected = store.keys(&everything()).await;
        expected.retain(|key| filter.admits(key));
        expected.sort_by_key(Creation::of);
        let (_, shown) = snapshot(store, &filter, Creation::FIRST, 1_000).await;
        assert_eq!(shown, expected, "{filter:?}");
    }
}

pub async fn a_snapshot_starts_after_any_creation(store: &TestStore) {
    let alice = store.user("alice").await;
    let key = store.own_key(&alice, "ci").await;
    let own = Creation::of(&key);
    let ids = UNKNOWN_IDS.map(|number| Creation {
        id: ApiKeyId(number),
        ..own
    });
    let (earlier, later) = (Timestamp::MIN, Timestamp::MAX);
    let instants = [earlier, later].map(|at| Creation { at, ..own });
    for after in ids.into_iter().chain(instants) {
        let (_, shown) = snapshot(store, &everything(), after, 10).await;
        assert_eq!(shown.is_empty(), after >= own, "{after:?}");
    }
}

pub async fn an_empty_snapshot_knows_which_commits_it_includes(store: &TestStore) {
    let alice = store.user("alice").await;
    let mut stream = store.watch(&alice, everything()).await;
    let (seen, shown) = snapshot(store, &everything(), Creation::FIRST, 10).await;
    assert_eq!(shown, []);
    store.own_key(&alice, "ci").await;
    assert!(!seen.holds(receive(&mut stream, 1).await[0].transaction));
}

pub async fn a_snapshot_knows_which_commits_it_includes(store: &TestStore) {
    let alice = store.user("alice").await;
    let mut stream = store.watch(&alice, everything()).await;
    let update = |key: ApiKey, text, now| {
        let changes = described(text);
        store
            .api_keys
            .update(fixture::by_service_at(now), key.id, ANYWHERE, changes)
    };
    let (one, two) = (
        store.own_key(&alice, "one").await,
        store.own_key(&alice, "two").await,
    );
    update(one.clone(), "before", after(1)).await.unwrap();
    let (seen, _) = snapshot(store, &everything(), Creation::of(&one), 10).await;
    update(one, "after", after(2)).await.unwrap();
    store
        .api_keys
        .delete(fixture::by_service(), two.id, ANYWHERE)
        .await
        .unwrap();
    store.own_key(&alice, "three").await;

    let changes = receive(&mut stream, 6).await;
    let is_included: Vec<_> = changes
        .iter()
        .map(|change| seen.holds(change.transaction))
        .collect();
    assert_eq!(is_included, [true, true, true, false, false, false]);
}

pub async fn each_write_has_a_position_of_its_own(store: &TestStore) {
    let alice = store.user("alice").await;
    let mut stream = store.watch(&alice, everything()).await;
    let key = store.own_key(&alice, "ci").await;
    let changes = described("for CI");
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
    let changes = receive(&mut stream, 3).await;
    assert!(changes.is_sorted_by(|one, next| one.position < next.position));
}

pub async fn a_snapshot_does_not_move_the_feed(store: &TestStore) {
    let alice = store.user("alice").await;
    let mut stream = store.watch(&alice, everything()).await;
    let first = snapshot(store, &everything(), Creation::FIRST, 10).await;
    let second = snapshot(store, &everything(), Creation::FIRST, 10).await;
    assert!(first.0.unborn_from <= second.0.unborn_from);
    let key = store.own_key(&alice, "ci").await;
    let event = &events(&mut stream, 1).await[0];
    assert_eq!(event.key(), &key);
}
