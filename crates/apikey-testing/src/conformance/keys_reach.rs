//! Changes and deletions stay within the reach they come with.

use super::{
    TestKeys,
    test_store::{ANYWHERE, after, described, new_key},
};
use apikey_domain::{
    access::policy::KeyReach,
    error::PortError,
    gpustack::{AllowedModelNames, ScopeSet},
    identifier::{ApiKeyId, PrincipalId, UserId},
    key::{api_key::ApiKey, changes::ApiKeyChanges, expiry::Expiry},
    testing::fixture,
};

fn reach(user_id: Option<UserId>, owner_principal_id: Option<PrincipalId>) -> KeyReach {
    fixture::reach(user_id, owner_principal_id)
}

/// Returns reaches around the key, and whether the key lies within each.
fn reaches(key: &ApiKey, other: &ApiKey) -> [(KeyReach, bool); 10] {
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
        (fixture::reach_of_people(elsewhere), false),
        (fixture::reach_of_people(owner), true),
    ]
}

pub async fn an_update_stays_within_its_reach(store: &TestKeys) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let acme = store.organization("acme").await;
    let mut key = store.key(&alice, acme.id, "ci").await;
    let other = store.own_key(&bob, "ci").await;
    for (seconds, (reach, is_within)) in (1..).zip(reaches(&key, &other)) {
        let changes = described(&format!("change {seconds}"));
        let updated = store
            .api_keys
            .update(
                fixture::by_service_at(after(seconds)),
                key.id,
                reach.clone(),
                changes,
            )
            .await
            .unwrap();
        assert_eq!(updated.is_some(), is_within, "{reach:?}");
        key = updated.unwrap_or(key);
        assert_eq!(store.stored(key.id).await.as_ref(), Some(&key));
    }
    assert_eq!(store.stored(other.id).await, Some(other));
}

pub async fn a_key_is_found_within_its_reach_alone(store: &TestKeys) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let acme = store.organization("acme").await;
    let key = store.key(&alice, acme.id, "ci").await;
    let other = store.own_key(&bob, "ci").await;
    for (reach, is_within) in reaches(&key, &other) {
        let found = store.api_keys.find(key.id, &reach).await.unwrap();
        assert_eq!(found, is_within.then(|| key.clone()), "{reach:?}");
    }
    let by = fixture::by_service_at(after(1));
    let changed = store
        .api_keys
        .update(by, key.id, ANYWHERE, described("changed"));
    let changed = changed.await.unwrap();
    assert_eq!(
        store.api_keys.find(key.id, &ANYWHERE).await.unwrap(),
        changed
    );
    let by = fixture::by_service();
    store.api_keys.delete(by, key.id, ANYWHERE).await.unwrap();
    for id in [key.id.0, 0, -1, i64::MAX] {
        let found = store.api_keys.find(ApiKeyId(id), &ANYWHERE).await;
        assert_eq!(found.unwrap(), None);
    }
}

pub async fn a_deletion_stays_within_its_reach(store: &TestKeys) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let acme = store.organization("acme").await;
    let mut key = store.key(&alice, acme.id, "ci").await;
    let other = store.own_key(&bob, "ci").await;
    for (reach, is_within) in reaches(&key, &other) {
        let deleted = store
            .api_keys
            .delete(fixture::by_service(), key.id, reach.clone())
            .await
            .unwrap();
        assert_eq!(deleted.is_some(), is_within, "{reach:?}");
        if let Some(deleted) = deleted {
            assert_eq!(deleted, key);
            assert_eq!(store.stored(key.id).await, None);
            key = store.key(&alice, acme.id, "ci").await;
        }
        assert_eq!(store.stored(key.id).await.as_ref(), Some(&key));
    }
    assert_eq!(store.stored(other.id).await, Some(other));
}

pub async fn a_reach_of_people_leaves_out_system_users(store: &TestKeys) {
    let robot = store.system_user("robot").await;
    let key = store.own_key(&robot, "ci").await;
    for owner in [None, Some(robot.principal_id)] {
        let reach = fixture::reach_of_people(owner);
        let by = fixture::by_service_at(after(1));
        let changes = described("for CI");
        let updated = store.api_keys.update(by, key.id, reach.clone(), changes);
        assert_eq!(updated.await.unwrap(), None);
        let deleted = store.api_keys.delete(fixture::by_service(), key.id, reach);
        assert_eq!(deleted.await.unwrap(), None);
    }
    // No list has it.
    let kept = store.api_keys.credential(key.access_key.as_str()).await;
    assert_eq!(kept.unwrap().unwrap().api_key, key);
}

pub async fn the_key_of_another_is_narrowed_and_never_widened(store: &TestKeys) {
    let (alice, carol) = (store.user("alice").await, store.user("carol").await);
    let mut new = new_key(&alice, alice.principal_id, "ci");
    new.scope = ScopeSet::parse(["inference"]).unwrap();
    new.allowed_model_names = AllowedModelNames::parse(Some(vec!["a".into()])).unwrap();
    let key = store
        .api_keys
        .create(fixture::by_service(), new)
        .await
        .unwrap();
    let scope = |names: &[&str]| ApiKeyChanges {
        scope: Some(ScopeSet::parse(names.iter().copied()).unwrap()),
        ..ApiKeyChanges::default()
    };
    let all_models = ApiKeyChanges {
        allowed_model_names: Some(AllowedModelNames::default()),
        ..ApiKeyChanges::default()
    };
    let update = |own, changes| {
        let by = fixture::by_service_at(after(1));
        let reach = fixture::reach_that_narrows_others(own);
        store.api_keys.update(by, key.id, reach, changes)
    };
    for wider in [
        scope(&["*"]),
        scope(&["inference", "management"]),
        all_models,
    ] {
        let refused = update(carol.id, wider.clone()).await;
        assert!(matches!(refused, Err(PortError::Denied(_))), "{wider:?}");
        assert_eq!(store.stored(key.id).await.as_ref(), Some(&key));
    }
    for less in [described("for CI"), scope(&[])] {
        assert!(update(carol.id, less).await.unwrap().is_some());
    }
    assert!(update(alice.id, scope(&["*"])).await.unwrap().is_some());
}

pub async fn an_update_exceeds_no_bound(store: &TestKeys) {
    let alice = store.user("alice").await;
    let models = |names: &[&str]| {
        let names = names.iter().map(ToString::to_string).collect();
        AllowedModelNames::parse(Some(names)).unwrap()
    };
    let scope = |names: &[&str]| ScopeSet::parse(names.iter().copied()).unwrap();
    let new = |name: &str, seconds| {
        let mut new = new_key(&alice, alice.principal_id, name);
        new.scope = scope(&["inference"]);
        new.allowed_model_names = models(&["a"]);
        new.expires_at = Expiry::at(after(seconds));
        store.api_keys.create(fixture::by_service(), new)
    };
    let bound = new("bound", 60).await.unwrap();
    let key = new("ci", 60).await.unwrap();
    let lasting = new("lasting", 61).await.unwrap();
    let update = |key: &ApiKey, changes| {
        let by = fixture::by_service_at(after(1));
        store
            .api_keys
            .update(by, key.id, fixture::reach_within(&bound), changes)
    };
    let wider = [
        ApiKeyChanges {
            scope: Some(scope(&["inference", "management"])),
            ..ApiKeyChanges::default()
        },
        ApiKeyChanges {
            allowed_model_names: Some(models(&["a", "b"])),
            ..ApiKeyChanges::default()
        },
        ApiKeyChanges {
            allowed_model_names: Some(AllowedModelNames::default()),
            ..described("of all models")
        },
    ];
    for changes in wider {
        let refused = update(&key, changes.clone()).await;
        assert!(matches!(refused, Err(PortError::Denied(_))), "{changes:?}");
        assert_eq!(store.stored(key.id).await.as_ref(), Some(&key));
    }
    // It is more already, whatever is changed of it.
    let refused = update(&lasting, described("for CI")).await;
    assert!(matches!(refused, Err(PortError::Denied(_))));
    assert_eq!(store.stored(lasting.id).await, Some(lasting));

    let less = ApiKeyChanges {
        scope: Some(ScopeSet::NONE),
        ..described("for nothing")
    };
    assert!(update(&key, less).await.unwrap().is_some());
}
