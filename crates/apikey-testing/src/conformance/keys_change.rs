//! Updating and deleting keys.

use super::{
    TestKeys, TestStore,
    test_store::{ANYWHERE, UNKNOWN_IDS, after, described, events, everything, new_key},
};
use apikey_domain::{
    change::KeyEvent,
    gpustack::{AllowedModelNames, ScopeSet},
    identifier::ApiKeyId,
    key::{api_key::ApiKey, changes::ApiKeyChanges, key_name::Description},
    testing::fixture,
};

pub async fn an_update_changes_what_it_names_only(store: &TestKeys) {
    let alice = store.user("alice").await;
    let mut new = new_key(&alice, alice.principal_id, "ci");
    new.description = Some(Description::parse("for CI").unwrap());
    let mut key = store
        .api_keys
        .create(fixture::by_service(), new)
        .await
        .unwrap();

    let models = AllowedModelNames::parse(Some(vec!["qwen3".into()])).unwrap();
    let scope = ScopeSet::parse(["inference"]).unwrap();
    let mut steps = vec![ApiKeyChanges::default(); 4];
    steps[0].description = Some(Some(Description::parse("for\n\"CI\" 🦀").unwrap()));
    steps[1].scope = Some(scope);
    steps[2].allowed_model_names = Some(models);
    steps[3].description = Some(None);
    for (seconds, changes) in (1..).zip(steps) {
        let now = after(seconds);
        let expected = ANYWHERE.changed(&key, &changes, now).unwrap().unwrap();
        let updated = store
            .api_keys
            .update(fixture::by_service_at(now), key.id, ANYWHERE, changes);
        key = updated.await.unwrap().unwrap();
        assert_eq!(key, expected);
        assert_eq!(store.stored(key.id).await, Some(expected));
        assert_eq!(key.updated_at, now);
    }
    assert_eq!(key.description, None);
}

pub async fn an_update_that_changes_nothing_keeps_the_time(store: &TestKeys) {
    let alice = store.user("alice").await;
    let key = store.own_key(&alice, "ci").await;
    change_nothing(store, &key).await;
}

pub async fn an_update_that_changes_nothing_leaves_no_trace(store: &TestStore) {
    let alice = store.user("alice").await;
    let key = store.own_key(&alice, "ci").await;
    let mut stream = store.watch(&alice, everything()).await;
    change_nothing(store, &key).await;
    let next = store.own_key(&alice, "next").await;
    assert_eq!(events(&mut stream, 1).await, [KeyEvent::Created(next)]);
}

/// Sets nothing of the key, and then everything to what it is.
async fn change_nothing(store: &TestKeys, key: &ApiKey) {
    let same = fixture::unchanged(key);
    for changes in [ApiKeyChanges::default(), same] {
        let updated = store
            .api_keys
            .update(fixture::by_service_at(after(60)), key.id, ANYWHERE, changes)
            .await;
        assert_eq!(updated.unwrap().as_ref(), Some(key));
        assert_eq!(store.stored(key.id).await.as_ref(), Some(key));
    }
}

pub async fn updated_at_never_moves_back(store: &TestKeys) {
    let alice = store.user("alice").await;
    let key = store.own_key(&alice, "ci").await;
    // By a clock that is behind it moves as little as can be seen.
    for (now, expected, more) in [(-3_600, 0, 1), (7, 7, 0), (3, 7, 1)] {
        let changes = described(&format!("changed at {now}"));
        let updated = store
            .api_keys
            .update(
                fixture::by_service_at(after(now)),
                key.id,
                ANYWHERE,
                changes,
            )
            .await;
        let updated = updated.unwrap().unwrap();
        let microseconds = updated.updated_at.microseconds();
        assert_eq!(microseconds, after(expected).microseconds() + more);
        assert_eq!(store.stored(key.id).await, Some(updated));
    }
}

pub async fn the_key_of_a_system_user_can_be_updated_and_deleted(store: &TestKeys) {
    let robot = store.system_user("robot").await;
    let key = store.own_key(&robot, "ci").await;
    let reach = fixture::reach(Some(robot.id), Some(robot.principal_id));
    let changes = described("for CI");
    let updated = store
        .api_keys
        .update(
            fixture::by_service_at(after(1)),
            key.id,
            reach.clone(),
            changes,
        )
        .await;
    let updated = updated.unwrap();
    assert!(updated.is_some());
    let deleted = store
        .api_keys
        .delete(fixture::by_service(), key.id, reach)
        .await;
    assert_eq!(deleted.unwrap(), updated);
}

pub async fn a_key_is_deleted_once(store: &TestKeys) {
    let alice = store.user("alice").await;
    let key = store.own_key(&alice, "ci").await;
    let delete = || {
        store
            .api_keys
            .delete(fixture::by_service(), key.id, ANYWHERE)
    };
    assert_eq!(delete().await.unwrap(), Some(key.clone()));
    assert_eq!(delete().await.unwrap(), None);
    let changes = described("too late");
    let updated = store
        .api_keys
        .update(fixture::by_service_at(after(1)), key.id, ANYWHERE, changes)
        .await;
    assert_eq!(updated.unwrap(), None);
}

pub async fn an_unknown_key_is_neither_updated_nor_deleted(store: &TestKeys) {
    let alice = store.user("alice").await;
    let key = store.own_key(&alice, "ci").await;
    for id in UNKNOWN_IDS.map(ApiKeyId) {
        let changes = described("changed");
        let updated = store
            .api_keys
            .update(fixture::by_service_at(after(1)), id, ANYWHERE, changes)
            .await;
        assert_eq!(updated.unwrap(), None, "{id}");
        let deleted = store
            .api_keys
            .delete(fixture::by_service(), id, ANYWHERE)
            .await;
        assert_eq!(deleted.unwrap(), None, "{id}");
    }
    assert_eq!(store.keys(&everything()).await, [key]);
}
