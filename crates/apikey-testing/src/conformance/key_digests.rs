//! Digests of other services, and how ours take their place.

use super::{
    TestKeys, TestStore,
    test_store::{ANYWHERE, UNKNOWN_IDS, after, described, everything, new_key},
};
use apikey_domain::{
    identifier::ApiKeyId,
    identity::user::User,
    key::{
        api_key::{ApiKey, NewApiKey},
        changes::ApiKeyChanges,
        credential::{Activation, CredentialNumber, GracePeriod, NewCredential},
        digest::{ForeignDigest, SecretDigest, StoredDigest},
        rotation::Step,
    },
    testing::fixture,
    verification::renewal_buffer::DigestRenewal,
};
use futures_util::future::{join, join_all, join3};
use std::sync::Arc;

/// How many renewals run concurrently.
const CONCURRENCY: usize = 16;
const FIRST: CredentialNumber = CredentialNumber::FIRST;

/// A digest of each kind.
const KINDS: [&str; 4] = [
    "sha256$a665d3845152354af2a88b2542f8869b$\
     460db70bd5a72868488d8a0c630711b1452bbfd3cbcda95d7ccde206c0121da3",
    "sha256-whole$8c24a8a5533c3d6f21511eed87a34d4bec46aabf8eb5cb6bf4ba5ef990fd2d69",
    "$argon2id$v=19$m=65536,t=3,p=4$0EsUj39xf8SbvCaU+Lwq3g$\
     VGKGe18/LT3LgF2x9TqDkelyNHqE+Ogo2ZxTm9FX69A",
    "$2b$04$abcdefghijklmnopqrstuuvmCvlqyC2IqsiDAREX3h0m37/QhRdUO",
];

fn foreign(text: &str) -> Arc<ForeignDigest> {
    Arc::new(ForeignDigest::parse(text).unwrap())
}

/// Stores a key with a digest of another service. Returns ours, too.
async fn imported(store: &TestKeys, user: &User, digest: &str) -> (ApiKey, SecretDigest) {
    let new = new_key(user, user.principal_id, &format!("imported {digest}"));
    let ours = new.secret_digest.keyed().unwrap().clone();
    let new = NewApiKey {
        secret_digest: StoredDigest::Foreign(foreign(digest)),
        ..new
    };
    let key = store.api_keys.create(fixture::by_service(), new).await;
    (key.unwrap(), ours)
}

fn renewal(id: ApiKeyId, number: CredentialNumber, old: &str, new: &SecretDigest) -> DigestRenewal {
    DigestRenewal {
        id,
        number,
        old: StoredDigest::Foreign(foreign(old)),
        new: new.clone(),
    }
}

async fn renew(store: &TestKeys, key: &ApiKey, old: &str, new: &SecretDigest) -> bool {
    let renewal = renewal(key.id, FIRST, old, new);
    store.api_keys.renew_digest(renewal).await.unwrap()
}

/// Returns the digest of a key, which is the same for whoever asks.
async fn digest(store: &TestKeys, key: &ApiKey) -> Option<StoredDigest> {
    let access_key = key.access_key.as_str();
    let stored = store.api_keys.credential(access_key).await.unwrap();
    let facts = store.facts(access_key).await;
    let facts = facts.map(|facts| facts.secret_digest.clone());
    assert_eq!(stored.map(|stored| stored.secret_digest), facts);
    facts
}

fn rotation(access_key: &str, grace: i64) -> ApiKeyChanges {
    ApiKeyChanges {
        step: Some(Step::Rotate(NewCredential {
            activation: Activation::Now,
            grace: GracePeriod::parse(grace).unwrap(),
            ..fixture::new_credential(access_key)
        })),
        ..ApiKeyChanges::default()
    }
}

pub async fn a_digest_of_each_kind_is_stored(store: &TestKeys) {
    let alice = store.user("alice").await;
    for text in KINDS {
        let (key, _) = imported(store, &alice, text).await;
        let stored = digest(store, &key).await.unwrap();
        assert_eq!(stored.to_text(), text);
        assert_eq!(store.stored(key.id).await, Some(key));
    }
}

pub async fn only_the_digest_that_is_stored_is_renewed(store: &TestKeys) {
    let alice = store.user("alice").await;
    for (text, other) in KINDS.iter().zip(KINDS.iter().cycle().skip(1)) {
        let (key, ours) = imported(store, &alice, text).await;
        assert!(!renew(store, &key, other, &ours).await);
        assert_eq!(digest(store, &key).await.unwrap().to_text(), *text);
        assert!(renew(store, &key, text, &ours).await);
        assert!(!renew(store, &key, text, &ours).await);
        assert_eq!(digest(store, &key).await, Some(ours.clone().into()));
        // As it was, also when it was last changed.
        assert_eq!(store.stored(key.id).await, Some(key.clone()));
        let unknown = CredentialNumber(7);
        let renewal = renewal(key.id, unknown, text, &ours);
        let renewed = store.api_keys.renew_digest(renewal);
        assert!(!renewed.await.unwrap());
    }
    let own = store.own_key(&alice, "own").await;
    let (_, ours) = imported(store, &alice, &format!("sha256$salt${}", "0".repeat(64))).await;
    let before = digest(store, &own).await;
    assert!(!renew(store, &own, KINDS[0], &ours).await);
    assert_eq!(digest(store, &own).await, before);
    for id in UNKNOWN_IDS {
        let renewal = renewal(ApiKeyId(id), FIRST, KINDS[0], &ours);
        let renewed = store.api_keys.renew_digest(renewal);
        assert!(!renewed.await.unwrap());
    }
}

pub async fn the_digest_of_a_rotated_key_is_renewed(store: &TestKeys) {
    let alice = store.user("alice").await;
    for (number, text) in KINDS.iter().enumerate() {
        let (key, ours) = imported(store, &alice, text).await;
        let (by, access_key) = (fixture::by_service_at(after(9)), format!("c{number:015}"));
        let updated = store
            .api_keys
            .update(by, key.id, ANYWHERE, rotation(&access_key, 3_600));
        let rotated = updated.await.unwrap().unwrap();
        assert_eq!(digest(store, &key).await.unwrap().to_text(), *text);
        let newest = digest(store, &rotated).await;
        assert!(renew(store, &key, text, &ours).await);
        assert!(!renew(store, &key, text, &ours).await);
        let of_first = store.facts(key.access_key.as_str()).await.unwrap();
        assert_eq!(of_first.secret_digest, ours.into());
        assert_eq!(digest(store, &rotated).await, newest);
        assert_eq!(store.stored(key.id).await, Some(rotated));
    }
}

pub async fn of_many_renewals_at_once_one_is_told_so(store: &TestKeys) {
    let alice = store.user("alice").await;
    one_renews(&[store], &alice).await;
}

/// Renews digests at once through several nodes.
pub(super) async fn one_renews(nodes: &[&TestKeys], user: &User) {
    for text in KINDS {
        let (key, ours) = imported(nodes[0], user, text).await;
        let renewals =
            (0..CONCURRENCY).map(|number| renew(nodes[number % nodes.len()], &key, text, &ours));
        let renewed = join_all(renewals).await;
        assert_eq!(renewed.iter().filter(|is_renewed| **is_renewed).count(), 1);
        for store in nodes {
            assert_eq!(digest(store, &key).await, Some(ours.clone().into()));
        }
    }
}

pub async fn a_renewal_beside_a_change_leaves_both(store: &TestKeys) {
    let alice = store.user("alice").await;
    renewals_race_with_changes(&[store, store], &alice).await;
}

/// Renews digests through one node while the keys are deleted, changed and rotated through
/// another.
pub(super) async fn renewals_race_with_changes(nodes: &[&TestKeys; 2], user: &User) {
    let [one, other] = *nodes;
    for round in 0..8 {
        let text = |what: &str| format!("sha256${what}-{round}${}", "0".repeat(64));
        let texts = ["deleted", "described", "rotated"].map(text);
        let [of_deleted, of_described, of_rotated] = &texts;
        let (deleted, ours) = imported(one, user, of_deleted).await;
        let (described_key, _) = imported(one, user, of_described).await;
        let (rotated, _) = imported(one, user, of_rotated).await;
        let by = || fixture::by_service_at(after(9));
        let new_access_key = format!("d{round:015}");
        let changes = join3(
            other.api_keys.delete(by(), deleted.id, ANYWHERE),
            other
                .api_keys
                .update(by(), described_key.id, ANYWHERE, described("changed")),
            other
                .api_keys
                .update(by(), rotated.id, ANYWHERE, rotation(&new_access_key, 3_600)),
        );
        let renewals = join3(
            renew(one, &deleted, of_deleted, &ours),
            renew(one, &described_key, of_described, &ours),
            renew(one, &rotated, of_rotated, &ours),
        );
        let ((deletion, description, rotation), renewed) = join(changes, renewals).await;
        assert!(deletion.unwrap().is_some());
        assert_eq!(digest(one, &deleted).await, None);
        let changed = [(&described_key, description), (&rotated, rotation)];
        for (key, changed) in changed {
            assert_eq!(one.stored(key.id).await, changed.unwrap());
            assert_eq!(digest(one, key).await, Some(ours.clone().into()));
        }
        // Neither kept the other from taking place.
        assert!(renewed.1 && renewed.2, "{renewed:?}");
    }
}

pub async fn a_renewed_digest_is_no_change(store: &TestStore) {
    let alice = store.user("alice").await;
    let (key, ours) = imported(store, &alice, KINDS[0]).await;
    let mut stream = store.watch(&alice, everything()).await;
    let before = store.all_events(10).await.len();
    assert!(renew(store, &key, KINDS[0], &ours).await);
    let next: ApiKey = store.own_key(&alice, "afterwards").await;
    let received = stream.next().await.unwrap();
    assert_eq!(received.event.key(), &next);
    assert_eq!(store.all_events(10).await.len(), before + 1);
}
