//! Changing and deleting keys.

use super::{
    TestStore,
    test_store::{ANYWHERE, NOBODYS, after, described, events, everything, new_key},
};
use apikey_domain::{
    access::policy::KeyReach,
    change::KeyEvent,
    identifier::{ApiKeyId, PrincipalId, UserId},
    key::{
        api_key::{ApiKey, ApiKeyChanges},
        key_name::Description,
        model_names::AllowedModelNames,
        scope::ScopeSet,
    },
    testing::fixture,
};

fn reach(user_id: Option<UserId>, owner_principal_id: Option<PrincipalId>) -> KeyReach {
    KeyReach {
        user_id,
        owner_principal_id,
    }
}

/// Every reach around the key, and whether the key lies within.
fn reaches(key: &ApiKey, other: &ApiKey) -> [(KeyReach, bool); 8] {
    let (user, owner) = (Some(key.user_id), Some(key.owner_principal_id));
    let (stranger, elsewhere) = (Some(other.user_id), Some(other.owner_principal_id));
    let mixed_up = Some(PrincipalId(key.user_id.0));
    [
        (reach(stranger, None), false),
        (reach(stranger, owner), false),
        (reach(user, elsewhere), false),
        (reach(None, elsewhere), false),
        (reach(None, mixed_up), false),
        (reach(user, owner), true),
        (reach(None, owner), true),
        (reach(user, None), true),
    ]
}

pub async fn an_update_changes_what_it_names_only(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let mut new = new_key(&alice, alice.principal_id, "ci");
    new.description = Some(Description::parse("for CI").unwrap());
    let mut key = subject
        .api_keys
        .create(fixture::attribution(), new)
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
        let expected = changes.applied_to(&key, now).unwrap();
        let updated =
            subject
                .api_keys
                .update(fixture::attribution_at(now), key.id, ANYWHERE, changes);
        key = updated.await.unwrap().unwrap();
        assert_eq!(key, expected);
        assert_eq!(subject.stored(key.id).await, Some(expected));
        assert_eq!(key.updated_at, now);
    }
    assert_eq!(key.description, None);
}

pub async fn an_update_reaches_no_further_than_it_may(subject: &TestStore) {
    let (alice, bob) = (subject.user("alice").await, subject.user("bob").await);
    let acme = subject.organization("acme").await;
    let mut key = subject.key(&alice, acme.id, "ci").await;
    let other = subject.own_key(&bob, "ci").await;
    for (seconds, (reach, is_within)) in (1..).zip(reaches(&key, &other)) {
        let changes = described(&format!("change {seconds}"));
        let updated = subject
            .api_keys
            .update(
                fixture::attribution_at(after(seconds)),
                key.id,
                reach,
                changes,
            )
            .await
            .unwrap();
        assert_eq!(updated.is_some(), is_within, "{reach:?}");
        key = updated.unwrap_or(key);
        assert_eq!(subject.stored(key.id).await.as_ref(), Some(&key));
    }
    assert_eq!(subject.stored(other.id).await, Some(other));
}

pub async fn a_deletion_reaches_no_further_than_it_may(subject: &TestStore) {
    let (alice, bob) = (subject.user("alice").await, subject.user("bob").await);
    let acme = subject.organization("acme").await;
    let mut key = subject.key(&alice, acme.id, "ci").await;
    let other = subject.own_key(&bob, "ci").await;
    for (reach, is_within) in reaches(&key, &other) {
        let deleted = subject
            .api_keys
            .delete(fixture::attribution(), key.id, reach)
            .await
            .unwrap();
        assert_eq!(deleted.is_some(), is_within, "{reach:?}");
        if let Some(deleted) = deleted {
            assert_eq!(deleted, key);
            assert_eq!(subject.stored(key.id).await, None);
            key = subject.key(&alice, acme.id, "ci").await;
        }
        assert_eq!(subject.stored(key.id).await.as_ref(), Some(&key));
    }
    assert_eq!(subject.stored(other.id).await, Some(other));
}

pub async fn an_update_that_changes_nothing_leaves_no_trace(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let key = subject.own_key(&alice, "ci").await;
    let mut stream = subject.watch(&alice, everything()).await;
    let same = ApiKeyChanges {
        description: Some(key.description.clone()),
        scope: Some(key.scope),
        allowed_model_names: Some(key.allowed_model_names.clone()),
    };
    for changes in [ApiKeyChanges::default(), same] {
        let updated = subject
            .api_keys
            .update(
                fixture::attribution_at(after(60)),
                key.id,
                ANYWHERE,
                changes,
            )
            .await;
        assert_eq!(updated.unwrap().as_ref(), Some(&key));
        assert_eq!(subject.stored(key.id).await.as_ref(), Some(&key));
    }
    let next = subject.own_key(&alice, "next").await;
    assert_eq!(events(&mut stream, 1).await, [KeyEvent::Created(next)]);
}

pub async fn the_last_change_never_moves_back(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let key = subject.own_key(&alice, "ci").await;
    for (now, expected) in [(-3_600, 0), (7, 7), (3, 7)] {
        let changes = described(&format!("changed at {now}"));
        let updated = subject
            .api_keys
            .update(
                fixture::attribution_at(after(now)),
                key.id,
                ANYWHERE,
                changes,
            )
            .await;
        let updated = updated.unwrap().unwrap();
        assert_eq!(updated.updated_at, after(expected));
        assert_eq!(subject.stored(key.id).await, Some(updated));
    }
}

pub async fn the_key_of_a_system_user_can_be_changed_and_deleted(subject: &TestStore) {
    let robot = subject.system_user("robot").await;
    let key = subject.own_key(&robot, "ci").await;
    let reach = reach(Some(robot.id), Some(robot.principal_id));
    let changes = described("for CI");
    let updated = subject
        .api_keys
        .update(fixture::attribution_at(after(1)), key.id, reach, changes)
        .await;
    let updated = updated.unwrap();
    assert!(updated.is_some());
    let deleted = subject
        .api_keys
        .delete(fixture::attribution(), key.id, reach)
        .await;
    assert_eq!(deleted.unwrap(), updated);
}

pub async fn a_key_is_deleted_once(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let key = subject.own_key(&alice, "ci").await;
    let delete = || {
        subject
            .api_keys
            .delete(fixture::attribution(), key.id, ANYWHERE)
    };
    assert_eq!(delete().await.unwrap(), Some(key.clone()));
    assert_eq!(delete().await.unwrap(), None);
    let changes = described("too late");
    let updated = subject
        .api_keys
        .update(fixture::attribution_at(after(1)), key.id, ANYWHERE, changes)
        .await;
    assert_eq!(updated.unwrap(), None);
}

pub async fn nobodys_key_is_neither_changed_nor_deleted(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let key = subject.own_key(&alice, "ci").await;
    for id in NOBODYS.map(ApiKeyId) {
        let changes = described("changed");
        let updated = subject
            .api_keys
            .update(fixture::attribution_at(after(1)), id, ANYWHERE, changes)
            .await;
        assert_eq!(updated.unwrap(), None, "{id}");
        let deleted = subject
            .api_keys
            .delete(fixture::attribution(), id, ANYWHERE)
            .await;
        assert_eq!(deleted.unwrap(), None, "{id}");
    }
    assert_eq!(subject.keys(&everything()).await, [key]);
}
