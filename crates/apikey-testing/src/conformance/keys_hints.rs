//! Keys that are found by the ends of their secrets.

use super::{
    TestKeys,
    test_store::{ANYWHERE, after, filter, new_key},
};
use apikey_domain::{
    identifier::{ApiKeyId, PrincipalId},
    identity::user::User,
    key::{
        api_key::{ApiKey, NewApiKey},
        changes::ApiKeyChanges,
        credential::NewCredential,
        hint::Hint,
        rotation::{KEPT_RETIRED, Step},
        token::PresentedKey,
    },
    testing::fixture,
};

fn hint(end: &str) -> Option<Hint> {
    let text = format!("gpustack_0123456789abcdef_{end}");
    Some(Hint::of(&PresentedKey::parse(&Default::default(), &text)))
}

async fn key(store: &TestKeys, user: &User, owner: PrincipalId, name: &str, end: &str) -> ApiKey {
    let new = NewApiKey {
        hint: hint(end),
        ..new_key(user, owner, name)
    };
    let created = store.api_keys.create(fixture::by_service(), new).await;
    created.unwrap()
}

async fn rotate(store: &TestKeys, id: ApiKeyId, seconds: i64, end: &str) {
    let changes = ApiKeyChanges {
        step: Some(Step::Rotate(NewCredential {
            hint: hint(end),
            ..fixture::new_credential(&format!("c{seconds:015x}"))
        })),
        ..ApiKeyChanges::default()
    };
    let by = fixture::by_service_at(after(seconds));
    let rotated = store.api_keys.update(by, id, ANYWHERE, changes).await;
    assert!(rotated.unwrap().is_some());
}

pub async fn a_search_finds_the_end_of_a_secret(store: &TestKeys) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let acme = store.organization("acme").await;
    let own = key(store, &alice, alice.principal_id, "own", "00a3f9").await;
    let in_acme = key(store, &alice, acme.id, "in acme", "11a3f9").await;
    let of_bob = key(store, &bob, acme.id, "bob's", "22a3f9").await;
    let named = key(store, &bob, acme.id, "release A3F9", "00beef").await;
    store.own_key(&alice, "no hint").await;
    let (a, b) = (Some(alice.id), Some(bob.id));
    for (filter, expected) in [
        (filter(a, None, "a3f9"), vec![own.id, in_acme.id]),
        (filter(a, Some(alice.principal_id), "A3F9"), vec![own.id]),
        (filter(b, None, "a3f9"), vec![of_bob.id, named.id]),
        (
            filter(None, Some(acme.id), "a3f9"),
            vec![in_acme.id, of_bob.id, named.id],
        ),
        (
            filter(None, None, "a3f9"),
            vec![own.id, in_acme.id, of_bob.id, named.id],
        ),
        (filter(b, None, "beef"), vec![named.id]),
        (filter(None, None, "3f9"), vec![named.id]),
        (filter(None, None, "0a3f9"), vec![]),
    ] {
        let found = store.keys(&filter).await;
        let ids: Vec<ApiKeyId> = found.iter().map(|key| key.id).collect();
        assert_eq!(ids, expected, "{filter:?}");
        assert_eq!(
            store.api_keys.total(&filter).await.unwrap(),
            expected.len() as u64
        );
    }
}

/// As long as a credential is shown, it is found, whatever has become of it.
pub async fn a_search_finds_the_ends_of_former_secrets(store: &TestKeys) {
    let alice = store.user("alice").await;
    let key = key(store, &alice, alice.principal_id, "ci", "0000").await;
    let own = |search: &str| filter(Some(alice.id), Some(alice.principal_id), search);
    let rounds = i64::try_from(KEPT_RETIRED).unwrap() + 3;
    for round in 1..rounds {
        rotate(store, key.id, round, &format!("{round:04x}")).await;
        let stored = store.stored(key.id).await.unwrap();
        for earlier in 0..=rounds {
            let search = format!("{earlier:04x}");
            let found = store.keys(&own(&search)).await;
            let is_shown = own(&search).admits(&stored);
            assert_eq!(!found.is_empty(), is_shown, "{round} {search}");
        }
        assert!(own(&format!("{round:04x}")).admits(&stored));
    }
    assert_eq!(store.keys(&own("0000")).await, []);
}
