//! Keys that take the name of one that has expired.

use super::{
    TestKeys, TestStore,
    test_store::{ANYWHERE, after, events, everything, new_key, of_user, outcome},
};
use apikey_domain::{
    change::KeyEvent,
    identifier::ApiKeyId,
    identity::user::User,
    key::{
        api_key::{ApiKey, NewApiKey},
        changes::ApiKeyChanges,
        expiry::Expiry,
        mask::Origin,
        revocation::{NewRevocation, RevocationReason},
    },
    testing::fixture,
};
use futures_util::future::join_all;

/// Creates a key that expires after so many seconds.
async fn expiring(store: &TestKeys, user: &User, name: &str, seconds: i64) -> ApiKey {
    let new = NewApiKey {
        expires_at: Expiry::at(after(seconds)),
        ..new_key(user, user.principal_id, name)
    };
    let created = store.api_keys.create(fixture::by_service(), new).await;
    created.unwrap()
}

/// Returns a key that is made after a minute, and may take the name of another.
fn replacing(user: &User, name: &str, replaced: ApiKeyId) -> NewApiKey {
    NewApiKey {
        replaces: Some(replaced),
        created_at: after(60),
        ..new_key(user, user.principal_id, name)
    }
}

pub async fn an_expired_key_leaves_its_name_to_one_that_replaces_it(store: &TestKeys) {
    let alice = store.user("alice").await;
    let expired = expiring(store, &alice, "ci", 60).await;
    let by = fixture::by_service_at(after(60));
    let new = replacing(&alice, "ci", expired.id);
    let made = store.api_keys.create(by, new).await.unwrap();
    let superseded = store.stored(expired.id).await.unwrap();
    let revocation = superseded.revocation.clone().unwrap();
    assert_eq!(
        (revocation.reason, revocation.at),
        (RevocationReason::Superseded, after(60))
    );
    assert_eq!(superseded.expires_at, expired.expires_at);
    let named = store
        .api_keys
        .find_named(alice.id, alice.principal_id, &made.name);
    assert_eq!(named.await.unwrap(), Some(made.id));
    let facts = store.facts(expired.access_key.as_str()).await.unwrap();
    assert_eq!(facts.withdrawal().revoked_at, Some(after(60)));
}

pub async fn a_replacement_is_watched_as_an_end_and_a_creation(store: &TestStore) {
    let alice = store.user("alice").await;
    let before = expiring(store, &alice, "ci", 60).await;
    let mut watch = store.watch(&alice, of_user(&alice)).await;
    let by = fixture::by_service_at(after(60));
    let new = replacing(&alice, "ci", before.id);
    let made = store.api_keys.create(by, new).await.unwrap();
    let after = store.stored(before.id).await.unwrap();
    let expected = [KeyEvent::Updated { before, after }, KeyEvent::Created(made)];
    assert_eq!(events(&mut watch, 2).await, expected);
}

pub async fn a_key_that_has_not_expired_is_not_replaced(store: &TestKeys) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let lasting = expiring(store, &alice, "lasting", 61).await;
    let of_bob = expiring(store, &bob, "ci", 1).await;
    let other = expiring(store, &alice, "other", 1).await;
    let named = expiring(store, &alice, "ci", 61).await;
    let before = store.keys(&everything()).await;
    for (name, replaced) in [
        ("lasting", lasting.id),
        // One of another user, and one of another name: neither holds the name.
        ("ci", of_bob.id),
        ("ci", other.id),
        ("ci", ApiKeyId(987_654_321)),
    ] {
        let by = fixture::by_service_at(after(60));
        let new = replacing(&alice, name, replaced);
        let refused = store.api_keys.create(by, new).await;
        assert_eq!(outcome(&refused), "duplicate key name", "{replaced:?}");
    }
    assert_eq!(store.keys(&everything()).await, before);
    // A name that nobody holds is simply taken.
    let revoked = ApiKeyChanges {
        revocation: Some(NewRevocation {
            reason: RevocationReason::Other,
            comment: None,
        }),
        ..ApiKeyChanges::default()
    };
    let by = fixture::by_service_at(after(2));
    let revoked = store.api_keys.update(by, named.id, ANYWHERE, revoked).await;
    let revoked = revoked.unwrap();
    let by = fixture::by_service_at(after(120));
    let new = replacing(&alice, "ci", named.id);
    assert!(store.api_keys.create(by, new).await.is_ok());
    assert_eq!(store.stored(named.id).await, revoked);
}

pub async fn a_replacement_that_is_refused_leaves_the_expired_key_alone(store: &TestKeys) {
    let alice = store.user("alice").await;
    let expired = expiring(store, &alice, "ci", 60).await;
    let other = expiring(store, &alice, "other", 3_600).await;
    for access_key in [&expired.access_key, &other.access_key] {
        let new = NewApiKey {
            access_key: access_key.clone(),
            origin: Origin::Custom,
            ..replacing(&alice, "ci", expired.id)
        };
        let by = fixture::by_service_at(after(60));
        let refused = store.api_keys.create(by, new).await;
        assert_eq!(outcome(&refused), "duplicate access key");
    }
    assert_eq!(store.keys(&everything()).await, [expired, other]);
}

pub async fn of_many_replacements_one_takes_place(store: &TestKeys) {
    let alice = store.user("alice").await;
    for round in 0..4 {
        let name = format!("ci-{round}");
        let expired = expiring(store, &alice, &name, 60).await;
        let moved = ApiKeyChanges {
            lifetime: Some(apikey_domain::key::expiry::Lifetime::Until(after(3_600))),
            ..ApiKeyChanges::default()
        };
        let by = fixture::by_service_at(after(59));
        let extending = store.api_keys.update(by, expired.id, ANYWHERE, moved);
        let creations = (0..8).map(|_| {
            let by = fixture::by_service_at(after(60));
            store
                .api_keys
                .create(by, replacing(&alice, &name, expired.id))
        });
        let (extended, created) = futures_util::future::join(extending, join_all(creations)).await;
        let outcomes: Vec<_> = created.iter().map(outcome).collect();
        let made = outcomes.iter().filter(|outcome| *outcome == "done").count();
        // Who got the key first, whether it lives on or gives its name.
        let lives_on = extended.is_ok();
        assert_eq!(made, usize::from(!lives_on), "{extended:?} {outcomes:?}");
        let lost = outcomes.iter().filter(|outcome| *outcome != "done");
        assert!(lost.clone().all(|lost| lost == "duplicate key name"));
        let stored = store.stored(expired.id).await.unwrap();
        assert_eq!(stored.revocation.is_none(), lives_on);
    }
}
