//! Keys that are disabled, enabled and revoked, and that get another name.

use super::{
    TestKeys, TestStore,
    test_store::{ANYWHERE, WHOLE, after, everything, filter, new_key, outcome, receive},
};
use apikey_domain::{
    error::PortError,
    identity::user::User,
    key::{
        api_key::{ApiKey, NewApiKey},
        changes::ApiKeyChanges,
        expiry::{Expiry, Lifetime},
        hint::Hint,
        key_name::KeyName,
        metadata::{Metadata, MetadataChange},
        place::Place,
        revocation::{Comment, NewRevocation, RevocationReason},
        token::PresentedKey,
    },
    listing::Order,
    testing::fixture,
};
use futures_util::future::join_all;

/// Returns changes that disable a key, or enable it.
fn disabled(is_disabled: bool) -> ApiKeyChanges {
    ApiKeyChanges {
        is_disabled: Some(is_disabled),
        ..ApiKeyChanges::default()
    }
}

/// Returns changes that revoke a key.
fn revoked() -> ApiKeyChanges {
    ApiKeyChanges {
        revocation: Some(NewRevocation {
            reason: RevocationReason::Compromised,
            comment: Some(Comment::parse("was in a log\n\"of\" 🦀").unwrap()),
        }),
        ..ApiKeyChanges::default()
    }
}

fn named(name: &str) -> ApiKeyChanges {
    ApiKeyChanges {
        name: Some(KeyName::parse(name).unwrap()),
        ..ApiKeyChanges::default()
    }
}

fn noted(entries: &[(&str, &str)]) -> Metadata {
    let entries = entries.iter();
    Metadata::parse(entries.map(|(name, text)| ((*name).into(), (*text).into()))).unwrap()
}

async fn update(
    store: &TestKeys,
    key: &ApiKey,
    changes: ApiKeyChanges,
) -> Result<ApiKey, PortError> {
    let by = fixture::by_service_at(after(1));
    let updated = store.api_keys.update(by, key.id, ANYWHERE, changes).await?;
    Ok(updated.unwrap())
}

/// Changes a key, and checks that it is stored as the reach says.
async fn changed(store: &TestKeys, key: &ApiKey, changes: ApiKeyChanges) -> ApiKey {
    let expected = ANYWHERE.changed(key, &changes, after(1)).unwrap();
    let updated = update(store, key, changes).await.unwrap();
    assert_eq!(Some(&updated), expected.as_ref());
    assert_eq!(store.stored(key.id).await, expected);
    updated
}

pub async fn a_disabled_key_is_what_it_was_when_it_is_enabled(store: &TestKeys) {
    let alice = store.user("alice").await;
    for (name, expires_at) in [
        ("never", Expiry::NEVER),
        ("ahead", Expiry::at(after(60))),
        ("past", Expiry::at(after(-60))),
    ] {
        let new = NewApiKey {
            expires_at,
            ..new_key(&alice, alice.principal_id, name)
        };
        let key = store.api_keys.create(fixture::by_service(), new).await;
        let key = key.unwrap();
        let off = changed(store, &key, disabled(true)).await;
        assert_eq!(off.disabled_at, Some(after(1)));
        let facts = store.facts(key.access_key.as_str()).await.unwrap();
        assert_eq!(facts.withdrawal(), off.withdrawal());
        assert_eq!(facts.expires_at, expires_at);
        let lifetime = Lifetime::Until(after(3_600));
        let moved = ApiKeyChanges {
            lifetime: Some(lifetime),
            ..ApiKeyChanges::default()
        };
        let moved = changed(store, &off, moved).await;
        let on = changed(store, &moved, disabled(false)).await;
        assert_eq!(on.expires_at, Expiry::at(after(3_600)));
        let facts = store.facts(key.access_key.as_str()).await.unwrap();
        assert!(!facts.withdrawal().is_in_force());
        assert_eq!(facts.expires_at, on.expires_at);
    }
}

pub async fn a_revoked_key_frees_its_name_and_keeps_its_access_key(store: &TestKeys) {
    let alice = store.user("alice").await;
    let mut ended = Vec::new();
    for _ in 0..3 {
        let key = store.own_key(&alice, "ci").await;
        let found = store
            .api_keys
            .find_named(alice.id, alice.principal_id, &key.name);
        assert_eq!(found.await.unwrap(), Some(key.id));
        ended.push(changed(store, &key, revoked()).await);
        let found = store
            .api_keys
            .find_named(alice.id, alice.principal_id, &key.name);
        assert_eq!(found.await.unwrap(), None);
        let again = NewApiKey {
            access_key: key.access_key.clone(),
            ..new_key(&alice, alice.principal_id, "again")
        };
        let again = store.api_keys.create(fixture::by_service(), again).await;
        assert_eq!(outcome(&again), "duplicate access key");
        let facts = store.facts(key.access_key.as_str()).await.unwrap();
        assert_eq!(facts.withdrawal().revoked_at, Some(after(1)));
    }
    assert_eq!(store.keys(&everything()).await, ended);
}

pub async fn nothing_revives_a_revoked_key(store: &TestKeys) {
    let alice = store.user("alice").await;
    let key = store.own_key(&alice, "ci").await;
    let off = changed(store, &key, disabled(true)).await;
    let ended = changed(store, &off, revoked()).await;
    let unlimited = ApiKeyChanges {
        lifetime: Some(Lifetime::Until(after(60))),
        ..ApiKeyChanges::default()
    };
    for changes in [disabled(false), named("other"), unlimited] {
        let refused = update(store, &key, changes).await;
        assert_eq!(outcome(&refused), "the api key is revoked");
    }
    // The first revocation stays.
    let other = ApiKeyChanges {
        revocation: Some(NewRevocation {
            reason: RevocationReason::Unused,
            comment: None,
        }),
        ..ApiKeyChanges::default()
    };
    assert_eq!(update(store, &key, other).await.unwrap(), ended);
    assert_eq!(store.stored(key.id).await, Some(ended));
}

pub async fn a_key_takes_a_name_that_is_free(store: &TestKeys) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let key = store.own_key(&alice, "ci").await;
    let taken = store.own_key(&alice, "taken").await;
    store.own_key(&bob, "cd").await;
    let refused = update(store, &key, named("taken")).await;
    assert_eq!(outcome(&refused), "duplicate key name");
    assert_eq!(store.stored(key.id).await.as_ref(), Some(&key));
    let key = changed(store, &key, named("cd")).await;
    changed(store, &taken, revoked()).await;
    let key = changed(store, &key, named("taken")).await;
    let found = store.keys(&filter(Some(alice.id), None, "taken")).await;
    assert_eq!(found.len(), 2);
    let again = new_key(&alice, alice.principal_id, "taken");
    let again = store.api_keys.create(fixture::by_service(), again).await;
    assert_eq!(outcome(&again), "duplicate key name");
    let freed = store.own_key(&alice, "cd").await;
    assert_ne!(freed.id, key.id);
}

pub async fn of_many_renames_to_one_name_one_wins(store: &TestKeys) {
    let alice = store.user("alice").await;
    let mut keys = Vec::new();
    for number in 0..12 {
        keys.push(store.own_key(&alice, &format!("{number}")).await);
    }
    let renames = keys.iter().map(|key| update(store, key, named("ci")));
    let creations = (0..4).map(|_| {
        let new = new_key(&alice, alice.principal_id, "ci");
        store.api_keys.create(fixture::by_service(), new)
    });
    let (renamed, created) =
        futures_util::future::join(join_all(renames), join_all(creations)).await;
    let outcomes: Vec<_> = renamed.iter().chain(&created).map(outcome).collect();
    let won = outcomes.iter().filter(|outcome| *outcome == "done").count();
    assert_eq!(won, 1, "{outcomes:?}");
    let lost = outcomes.iter().filter(|outcome| *outcome != "done");
    assert!(lost.clone().all(|lost| lost == "duplicate key name"));
    let found = store.keys(&everything()).await;
    assert_eq!(
        found.iter().filter(|key| key.name.as_str() == "ci").count(),
        1
    );
}

pub async fn a_key_that_is_not_as_expected_is_not_changed(store: &TestKeys) {
    let alice = store.user("alice").await;
    let key = store.own_key(&alice, "ci").await;
    let ids = [key.id];
    let used = store.api_keys.record_uses(&ids, after(5));
    used.await.unwrap();
    let expecting = |expected: &ApiKey, is_disabled| ApiKeyChanges {
        expected: Some(Box::new(expected.clone())),
        ..disabled(is_disabled)
    };
    let off = update(store, &key, expecting(&key, true)).await.unwrap();
    let refused = update(store, &key, expecting(&key, false)).await;
    assert_eq!(outcome(&refused), "not as expected");
    assert!(store.stored(key.id).await.unwrap().disabled_at.is_some());
    // Of several who have seen the same one succeeds.
    let attempts = (0..8).map(|_| update(store, &off, expecting(&off, false)));
    let outcomes = join_all(attempts).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
}

pub async fn metadata_and_hints_round_trip_unchanged(store: &TestKeys) {
    let alice = store.user("alice").await;
    let presented = PresentedKey::parse(&Default::default(), "gpustack_0123456789abcdef_secret");
    let new = NewApiKey {
        metadata: noted(&[("team", "search \"x\"\n🦀"), ("é", "")]),
        hint: Some(Hint::of(&presented)),
        ..new_key(&alice, alice.principal_id, "ci")
    };
    let expected = (new.metadata.clone(), new.hint.clone());
    let key = store.api_keys.create(fixture::by_service(), new).await;
    let key = key.unwrap();
    assert_eq!((key.metadata.clone(), key.hint.clone()), expected);
    assert_eq!(store.stored(key.id).await.as_ref(), Some(&key));
    let merge = MetadataChange::Merge(vec![
        ("é".to_owned(), None),
        ("stage".to_owned(), Some("test".to_owned())),
    ]);
    for change in [merge, MetadataChange::Clear] {
        let before = store.stored(key.id).await.unwrap();
        let changes = ApiKeyChanges {
            metadata: Some(change),
            ..ApiKeyChanges::default()
        };
        changed(store, &before, changes).await;
    }
}

/// Creates keys of alice that are active, disabled and revoked, of which several have
/// one name.
async fn some_of_each(store: &TestKeys) -> User {
    let alice = store.user("alice").await;
    for round in 0..6_i64 {
        for name in ["ci", "cd"] {
            let new = NewApiKey {
                created_at: after(100 - round),
                expires_at: Expiry::at(after(1_000 + round % 2)),
                ..new_key(&alice, alice.principal_id, name)
            };
            let key = store.api_keys.create(fixture::by_service(), new).await;
            let changes = match round {
                5 => continue,
                _ if name == "ci" => revoked(),
                _ => ApiKeyChanges {
                    name: named(&format!("{round}")).name,
                    ..disabled(round % 2 == 0)
                },
            };
            update(store, &key.unwrap(), changes).await.unwrap();
        }
    }
    alice
}

pub async fn withdrawn_keys_have_their_place_in_every_order(store: &TestKeys) {
    let alice = some_of_each(store).await;
    let own = [
        everything(),
        filter(Some(alice.id), Some(alice.principal_id), ""),
    ];
    for order in [
        "name",
        "-name",
        "expires_at",
        "-expires_at",
        "created_at",
        "expires_at,-name",
    ] {
        let order = Order::parse(order).unwrap();
        for shown in &own {
            let page = store.api_keys.list(shown, &order, WHOLE).await.unwrap();
            let mut sorted = page.items.clone();
            sorted.sort_by(|one, other| {
                Place::of(one, &order).compare(&Place::of(other, &order), &order)
            });
            assert_eq!(page.items, sorted, "{order:?}");
            let (mut walked, mut place) = (Vec::new(), None);
            loop {
                let batch = store
                    .api_keys
                    .list_after(shown, &order, place.as_ref(), 5)
                    .await
                    .unwrap();
                walked.extend(batch.piece.items);
                place = batch.next;
                if place.is_none() {
                    break;
                }
            }
            assert_eq!(walked, sorted, "{order:?}");
        }
    }
}

pub async fn a_watcher_is_told_that_a_key_has_another_name(store: &TestStore) {
    let alice = store.user("alice").await;
    let key = store.own_key(&alice, "old").await;
    let of_name = |name| filter(Some(alice.id), None, name);
    let mut former = store.watch(&alice, of_name("old")).await;
    let mut latter = store.watch(&alice, of_name("new")).await;
    let renamed = changed(store, &key, named("new")).await;
    let ended = changed(store, &renamed, revoked()).await;
    let last = store.own_key(&alice, "old new").await;
    let keys = |changes: Vec<std::sync::Arc<apikey_domain::change::KeyChange>>| {
        let keys = changes.iter().map(|change| change.event.key().clone());
        keys.collect::<Vec<_>>()
    };
    let received = keys(receive(&mut former, 2).await);
    assert_eq!(received, [renamed.clone(), last.clone()]);
    let received = keys(receive(&mut latter, 3).await);
    assert_eq!(received, [renamed, ended, last]);
}
