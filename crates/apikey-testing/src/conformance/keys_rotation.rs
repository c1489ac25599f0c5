//! Keys that get another secret under the same id.

use super::{
    TestKeys,
    authority_setup::{Setup, own},
    test_store::{ANYWHERE, after, new_key, outcome},
};
use apikey_domain::{
    access::{
        authority::Authority,
        tenant::{CallerKey, Credential},
    },
    error::PortError,
    key::{
        api_key::{ApiKey, NewApiKey},
        changes::ApiKeyChanges,
        credential::{Activation, CredentialNumber, CredentialState, GracePeriod, NewCredential},
        rotation::{KEPT_RETIRED, Step},
        token::AccessKey,
    },
    testing::fixture,
    timestamp::Timestamp,
};
use futures_util::future::join_all;
use std::sync::atomic::{AtomicU64, Ordering};

/// Returns a credential to store, with a unique access key.
fn new_credential(activation: Activation, grace: i64) -> NewCredential {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    NewCredential {
        activation,
        grace: GracePeriod::parse(grace).unwrap(),
        ..fixture::new_credential(&format!("b{number:015x}"))
    }
}

fn step(step: Step) -> ApiKeyChanges {
    ApiKeyChanges {
        step: Some(step),
        ..ApiKeyChanges::default()
    }
}

async fn update(
    store: &TestKeys,
    key: &ApiKey,
    now: Timestamp,
    changes: ApiKeyChanges,
) -> Result<ApiKey, PortError> {
    let by = fixture::by_service_at(now);
    let updated = store.api_keys.update(by, key.id, ANYWHERE, changes).await?;
    Ok(updated.unwrap())
}

/// Takes a step with a key, and checks that it is stored as the reach says, and that each
/// of its credentials is found with its state and its digest.
async fn taken(store: &TestKeys, key: &ApiKey, now: Timestamp, one: Step) -> ApiKey {
    let changes = step(one.clone());
    let expected = ANYWHERE.changed(key, &changes, now).unwrap();
    let updated = update(store, key, now, changes).await.unwrap();
    assert_eq!(Some(&updated), expected.as_ref());
    assert_eq!(store.stored(key.id).await, expected);
    for credential in updated.credentials() {
        let access_key = credential.access_key.as_str();
        let facts = store.facts(access_key).await.unwrap();
        assert_eq!(facts.id, key.id);
        let found = facts.credential();
        assert_eq!(
            (found.number, found.state),
            (credential.number, credential.state)
        );
        let stored = store
            .api_keys
            .credential(access_key)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (&stored.api_key, stored.number),
            (&updated, credential.number)
        );
        assert_eq!(stored.secret_digest, facts.secret_digest);
        if let Step::Rotate(new) = &one
            && new.access_key == credential.access_key
        {
            assert_eq!(facts.secret_digest.keyed(), Some(&new.secret_digest));
        }
    }
    updated
}

pub async fn a_key_keeps_its_id_and_each_secret_its_state(store: &TestKeys) {
    let alice = store.user("alice").await;
    let key = store.own_key(&alice, "ci").await;
    let first = store.facts(key.access_key.as_str()).await.unwrap();
    let rotate = |activation, grace| Step::Rotate(new_credential(activation, grace));
    let steps = [
        rotate(Activation::Now, 60),
        rotate(Activation::FirstUse, 60),
        rotate(Activation::FirstUse, 0),
        Step::Activate(CredentialNumber(4)),
        rotate(Activation::Now, 0),
        rotate(Activation::Now, 3_600),
        Step::End(CredentialNumber(5)),
    ];
    let mut rotated = key.clone();
    for (seconds, one) in (1..).zip(steps) {
        rotated = taken(store, &rotated, after(seconds), one).await;
    }
    assert_eq!((rotated.id, &rotated.name), (key.id, &key.name));
    let again = store.facts(key.access_key.as_str()).await.unwrap();
    assert_eq!(again.secret_digest, first.secret_digest);
    assert!(!again.credential().state.is_usable(after(8)));
}

pub async fn a_step_that_changes_nothing_leaves_the_key_alone(store: &TestKeys) {
    let alice = store.user("alice").await;
    let key = store.own_key(&alice, "ci").await;
    let pending = Step::Rotate(new_credential(Activation::FirstUse, 0));
    let key = taken(store, &key, after(1), pending).await;
    let second = CredentialNumber(2);
    let key = taken(store, &key, after(2), Step::Activate(second)).await;
    for one in [Step::Activate(second), Step::End(CredentialNumber::FIRST)] {
        let same = update(store, &key, after(3), step(one)).await.unwrap();
        assert_eq!(same, key);
    }
    let active = update(store, &key, after(3), step(Step::End(second))).await;
    assert_eq!(outcome(&active), "the active credential cannot be ended");
    let unknown = Step::End(CredentialNumber(3));
    let unknown = update(store, &key, after(3), step(unknown)).await;
    assert_eq!(outcome(&unknown), "credential not found");
    assert_eq!(store.stored(key.id).await, Some(key));
}

pub async fn the_last_retired_credentials_are_kept(store: &TestKeys) {
    let alice = store.user("alice").await;
    let mut key = store.own_key(&alice, "ci").await;
    let first = key.access_key.clone();
    for seconds in 0..=KEPT_RETIRED {
        assert!(store.facts(first.as_str()).await.is_some());
        let one = Step::Rotate(new_credential(Activation::Now, 0));
        key = taken(store, &key, after(seconds as i64), one).await;
    }
    assert_eq!(key.credentials().len(), KEPT_RETIRED + 1);
    assert!(store.facts(first.as_str()).await.is_none());
}

pub async fn what_is_forgotten_is_found_no_more(store: &TestKeys) {
    let alice = store.user("alice").await;
    let mut key = store.own_key(&alice, "ci").await;
    // The first one stays, so that those which come after it are forgotten.
    let first = key.access_key.clone();
    let mut pending = Vec::new();
    for seconds in 0..KEPT_RETIRED as i64 + 2 {
        let one = Step::Rotate(new_credential(Activation::FirstUse, 0));
        key = taken(store, &key, after(seconds), one).await;
        pending.push(key.rotated.last().unwrap().access_key.clone());
    }
    assert_eq!(key.access_key, first);
    assert_eq!(key.credentials().len(), KEPT_RETIRED + 2);
    let forgotten = pending.first().unwrap().as_str();
    let stored = store.api_keys.credential(forgotten).await.unwrap();
    assert!(stored.is_none(), "{stored:?}");
    assert!(store.facts(forgotten).await.is_none());
}

pub async fn an_access_key_is_taken_by_any_credential(store: &TestKeys) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let key = store.own_key(&alice, "ci").await;
    let others = store.own_key(&bob, "ci").await;
    let first = key.access_key.clone();
    let key = taken(
        store,
        &key,
        after(1),
        Step::Rotate(new_credential(Activation::Now, 0)),
    )
    .await;
    for access_key in [&first, &key.access_key, &others.access_key] {
        let custom = |access_key: &AccessKey| NewCredential {
            access_key: access_key.clone(),
            origin: apikey_domain::key::mask::Origin::Custom,
            ..new_credential(Activation::Now, 0)
        };
        for one in [&key, &others] {
            let rotate = step(Step::Rotate(custom(access_key)));
            let refused = update(store, one, after(2), rotate).await;
            assert_eq!(outcome(&refused), "duplicate access key");
        }
        let new = NewApiKey {
            access_key: access_key.clone(),
            origin: apikey_domain::key::mask::Origin::Custom,
            ..new_key(&bob, bob.principal_id, "other")
        };
        let refused = store.api_keys.create(fixture::by_service(), new).await;
        assert_eq!(outcome(&refused), "duplicate access key");
    }
    assert_eq!(store.stored(key.id).await, Some(key));
}

pub async fn of_many_first_uses_one_takes_place(store: &TestKeys) {
    let alice = store.user("alice").await;
    let key = store.own_key(&alice, "ci").await;
    let pending = Step::Rotate(new_credential(Activation::FirstUse, 60));
    let key = taken(store, &key, after(1), pending).await;
    let uses = (2..18).map(|seconds| {
        let one = step(Step::Activate(CredentialNumber(2)));
        update(store, &key, after(seconds), one)
    });
    let outcomes = join_all(uses).await;
    let stored = store.stored(key.id).await.unwrap();
    for used in outcomes {
        assert_eq!(used.unwrap(), stored);
    }
    let states: Vec<_> = stored.credentials().iter().map(|one| one.state).collect();
    assert!(matches!(states[0], CredentialState::Retiring { .. }));
    assert_eq!(states[1], CredentialState::Active);
}

pub async fn of_many_rotations_each_takes_the_place_of_one(store: &TestKeys) {
    let alice = store.user("alice").await;
    let key = store.own_key(&alice, "ci").await;
    let rotations = (0..8).map(|seconds| {
        let one = step(Step::Rotate(new_credential(Activation::Now, 60)));
        update(store, &key, after(seconds), one)
    });
    for rotated in join_all(rotations).await {
        assert!(rotated.is_ok());
    }
    let credentials = store.stored(key.id).await.unwrap().credentials();
    let numbers: Vec<_> = credentials.iter().map(|one| one.number.0).collect();
    assert_eq!(numbers, (1..=9).collect::<Vec<_>>());
    let count = |wanted: fn(CredentialState) -> bool| {
        let states = credentials.iter().map(|one| one.state);
        states.filter(|state| wanted(*state)).count()
    };
    assert_eq!(count(|state| state == CredentialState::Active), 1);
    assert_eq!(
        count(|state| matches!(state, CredentialState::Retiring { .. })),
        1
    );
}

pub async fn each_credential_has_its_last_use(store: &TestKeys) {
    let alice = store.user("alice").await;
    let key = store.own_key(&alice, "ci").await;
    let one = Step::Rotate(new_credential(Activation::Now, 60));
    let key = taken(store, &key, after(1), one).await;
    let (first, second) = (CredentialNumber::FIRST, CredentialNumber(2));
    let unknown = (fixture::api_key(987_654_321, "ci").id, first);
    for (number, used_at) in [(first, 10), (second, 20), (first, 5)] {
        let used = [(key.id, number), unknown, (key.id, CredentialNumber(9))];
        let recorded = store.api_keys.record_credential_uses(&used, after(used_at));
        recorded.await.unwrap();
    }
    let stored = store.stored(key.id).await.unwrap();
    let uses: Vec<_> = stored.rotated.iter().map(|one| one.last_used_at).collect();
    assert_eq!(uses, [Some(after(10)), Some(after(20))]);
    assert!(stored.is_same_but_for_use(&key));
    let facts = store.facts(stored.access_key.as_str()).await.unwrap();
    assert_eq!(facts.last_use.at(), Some(after(20)));
}

pub async fn a_credential_that_ended_writes_no_keys(store: &TestKeys) {
    let setup = Setup::new(store, "rotated", false).await;
    let write = |by: Authority, name: &'static str| {
        let new = new_key(&setup.alice, setup.alice.principal_id, name);
        async move { outcome(&store.api_keys.create(by, new).await) }
    };
    let with = |key: &ApiKey, number| {
        own(&setup.with(Credential::Key(CallerKey::of(key.clone(), number))))
    };
    let first = with(&setup.key, CredentialNumber::FIRST);
    let one = Step::Rotate(new_credential(Activation::Now, 3_600));
    let key = taken(store, &setup.key, after(1), one).await;
    let second = with(&key, CredentialNumber(2));
    assert_eq!(write(first.clone(), "in grace").await, "done");
    assert_eq!(write(second.clone(), "second").await, "done");
    taken(store, &key, after(2), Step::End(CredentialNumber::FIRST)).await;
    let ended = "the key is no longer valid";
    assert_eq!(write(first, "ended").await, ended);
    assert_eq!(write(second.clone(), "still").await, "done");
    let key = store.stored(key.id).await.unwrap();
    let one = Step::Rotate(new_credential(Activation::Now, 0));
    taken(store, &key, after(3), one).await;
    assert_eq!(write(second, "rotated").await, ended);
}
