//! Which pepper is the newest, and how many digests are under which.

use super::{
    TestStore,
    test_store::{ANYWHERE, after, new_key},
};
use apikey_domain::{
    identity::user::User,
    key::{
        api_key::{ApiKey, NewApiKey},
        changes::ApiKeyChanges,
        credential::{Activation, CredentialNumber, GracePeriod, NewCredential},
        digest::{ForeignDigest, PepperId, Peppers, SecretDigest},
        pepper_order::{PepperJudgment, Proposal},
        rotation::Step,
        token::{KeyPrefix, PresentedKey},
    },
    port::pepper_registry::PepperUse,
    testing::fixture,
    verification::renewal_buffer::DigestRenewal,
};
use futures_util::future::join;

/// Returns peppers, of which each number stands for one, and their ids.
fn peppers<const N: usize>(numbers: [u8; N]) -> (Peppers, [PepperId; N]) {
    let hex = numbers.map(|number| format!("{number:02x}").repeat(32));
    let peppers = Peppers::from_hex(&hex.join(",")).unwrap();
    let ids = peppers.ids().try_into().unwrap();
    (peppers, ids)
}

async fn propose<const N: usize>(store: &TestStore, ids: [PepperId; N]) -> PepperJudgment {
    let proposal = Proposal::new(ids.to_vec()).unwrap();
    let judgment = store.peppers.propose_peppers(proposal, fixture::instant());
    judgment.await.unwrap()
}

/// Returns the digest of a key under the current one of these peppers.
fn digest(peppers: &Peppers, key: &str) -> SecretDigest {
    let text = format!("gpustack_{key}_secret");
    peppers.digest(&PresentedKey::parse(&KeyPrefix::default(), &text))
}

/// Stores a key whose digest is under the current one of these peppers.
async fn key_under(store: &TestStore, user: &User, name: &str, peppers: &Peppers) -> ApiKey {
    let new = new_key(user, user.principal_id, name);
    let new = NewApiKey {
        secret_digest: digest(peppers, new.access_key.as_str()).into(),
        ..new
    };
    let created = store.api_keys.create(fixture::by_service(), new);
    created.await.unwrap()
}

async fn renew(store: &TestStore, key: &ApiKey, old: &Peppers, new: &Peppers) -> bool {
    let access_key = key.access_key.as_str();
    let renewal = DigestRenewal {
        id: key.id,
        number: CredentialNumber::FIRST,
        old: digest(old, access_key).into(),
        new: digest(new, access_key),
    };
    store.api_keys.renew_digest(renewal).await.unwrap()
}

/// Returns the peppers, and whether each was registered and has how many digests.
async fn uses(store: &TestStore) -> Vec<(PepperId, bool, u64)> {
    let all = store.peppers.peppers().await.unwrap();
    let all = all.into_iter();
    all.map(
        |PepperUse {
             id,
             registered_at,
             digests,
         }| (id, registered_at.is_some(), digests),
    )
    .collect()
}

pub async fn the_first_pepper_is_registered(store: &TestStore) {
    let (_, [old, other]) = peppers([1, 2]);
    assert_eq!(store.peppers.newest_pepper().await.unwrap(), None);
    assert_eq!(uses(store).await, []);
    assert_eq!(
        propose(store, [old, other]).await,
        PepperJudgment::Newest(old)
    );
    assert_eq!(propose(store, [old]).await, PepperJudgment::Newest(old));
    assert_eq!(store.peppers.newest_pepper().await.unwrap(), Some(old));
    let registered = store.peppers.peppers().await.unwrap();
    assert_eq!(registered[0].registered_at, Some(fixture::instant()));
    assert_eq!(uses(store).await, [(old, true, 0)]);
}

pub async fn an_older_pepper_does_not_come_back(store: &TestStore) {
    let (_, [old, new]) = peppers([1, 2]);
    propose(store, [old]).await;
    assert_eq!(
        propose(store, [new, old]).await,
        PepperJudgment::Newest(new)
    );
    assert_eq!(
        propose(store, [old, new]).await,
        PepperJudgment::Newest(new)
    );
    assert_eq!(uses(store).await, [(new, true, 0), (old, true, 0)]);
}

pub async fn who_does_not_know_the_newest_pepper_is_refused(store: &TestStore) {
    let (new_peppers, [new, old]) = peppers([2, 1]);
    let (_, [third]) = peppers([3]);
    propose(store, [old]).await;
    propose(store, [new, old]).await;
    let alice = store.user("alice").await;
    let key = key_under(store, &alice, "ci", &new_peppers).await;
    for given in [[old, third], [third, old]] {
        assert_eq!(propose(store, given).await, PepperJudgment::Unknown(new));
    }
    assert_eq!(uses(store).await, [(new, true, 1), (old, true, 0)]);
    let deleted = store
        .api_keys
        .delete(fixture::by_service(), key.id, ANYWHERE);
    assert!(deleted.await.unwrap().is_some());
    assert_eq!(
        propose(store, [old, third]).await,
        PepperJudgment::Newest(old)
    );
}

pub async fn a_pepper_without_digests_that_nobody_knows_is_forgotten(store: &TestStore) {
    let (_, [old, new, other]) = peppers([1, 2, 3]);
    propose(store, [old]).await;
    propose(store, [new, old]).await;
    assert_eq!(propose(store, [old]).await, PepperJudgment::Newest(old));
    assert_eq!(uses(store).await, [(old, true, 0)]);
    assert_eq!(propose(store, [other]).await, PepperJudgment::Newest(other));
    assert_eq!(uses(store).await, [(other, true, 0)]);
}

pub async fn a_digest_moves_to_the_newest_pepper_alone(store: &TestStore) {
    let ((old_peppers, [old]), (new_peppers, [new, _])) = (peppers([1]), peppers([2, 1]));
    let alice = store.user("alice").await;
    let key = key_under(store, &alice, "ci", &old_peppers).await;
    propose(store, [old]).await;
    assert!(!renew(store, &key, &old_peppers, &new_peppers).await);
    propose(store, [new, old]).await;
    let before = store.stored(key.id).await;
    assert!(renew(store, &key, &old_peppers, &new_peppers).await);
    assert!(
        !renew(store, &key, &new_peppers, &old_peppers).await,
        "it would move back"
    );
    assert_eq!(store.stored(key.id).await, before);
    let facts = store.facts(key.access_key.as_str()).await.unwrap();
    let expected = digest(&new_peppers, key.access_key.as_str());
    assert_eq!(facts.secret_digest, expected.into());
}

pub async fn digests_are_counted_by_their_pepper(store: &TestStore) {
    let ((old_peppers, [old]), (new_peppers, [new, _])) = (peppers([1]), peppers([2, 1]));
    let alice = store.user("alice").await;
    let outdated = |most| store.peppers.outdated_digests(new, most);
    assert_eq!(outdated(10).await.unwrap(), 0);
    propose(store, [new, old]).await;
    let one = key_under(store, &alice, "one", &old_peppers).await;
    key_under(store, &alice, "two", &old_peppers).await;
    key_under(store, &alice, "three", &new_peppers).await;
    let foreign = format!("sha256$salt${}", "0".repeat(64));
    let imported = NewApiKey {
        secret_digest: ForeignDigest::parse(&foreign).unwrap().into(),
        ..new_key(&alice, alice.principal_id, "imported")
    };
    let imported = store.api_keys.create(fixture::by_service(), imported);
    imported.await.unwrap();
    assert_eq!(uses(store).await, [(new, true, 1), (old, false, 2)]);
    assert_eq!(outdated(10).await.unwrap(), 2);
    assert_eq!(outdated(1).await.unwrap(), 1);
    // Both secrets of a key that is rotated count, and nothing else does.
    let rotation = ApiKeyChanges {
        step: Some(Step::Rotate(NewCredential {
            secret_digest: digest(&new_peppers, "fedcba9876543210"),
            activation: Activation::Now,
            grace: GracePeriod::parse(3_600).unwrap(),
            ..fixture::new_credential("fedcba9876543210")
        })),
        ..ApiKeyChanges::default()
    };
    let by = fixture::by_service_at(after(9));
    let rotated = store.api_keys.update(by, one.id, ANYWHERE, rotation);
    assert!(rotated.await.unwrap().is_some());
    assert_eq!(uses(store).await, [(new, true, 2), (old, false, 2)]);
    assert_eq!(outdated(10).await.unwrap(), 2);
    assert!(renew(store, &one, &old_peppers, &new_peppers).await);
    assert_eq!(uses(store).await, [(new, true, 3), (old, false, 1)]);
}

pub async fn the_peppers_of_digests_are_told(store: &TestStore) {
    let ((old_peppers, [old]), (new_peppers, [new, _])) = (peppers([1]), peppers([2, 1]));
    let alice = store.user("alice").await;
    let in_use = |most| store.peppers.peppers_in_use(most);
    propose(store, [new, old]).await;
    assert_eq!(in_use(10).await.unwrap(), []);
    let one = key_under(store, &alice, "one", &old_peppers).await;
    key_under(store, &alice, "two", &old_peppers).await;
    assert_eq!(in_use(10).await.unwrap(), [old]);
    let foreign = format!("sha256$salt${}", "0".repeat(64));
    let imported = NewApiKey {
        secret_digest: ForeignDigest::parse(&foreign).unwrap().into(),
        ..new_key(&alice, alice.principal_id, "imported")
    };
    let imported = store.api_keys.create(fixture::by_service(), imported);
    imported.await.unwrap();
    // A key that has two secrets, each under another pepper.
    let rotation = ApiKeyChanges {
        step: Some(Step::Rotate(NewCredential {
            secret_digest: digest(&new_peppers, "fedcba9876543210"),
            activation: Activation::Now,
            grace: GracePeriod::parse(3_600).unwrap(),
            ..fixture::new_credential("fedcba9876543210")
        })),
        ..ApiKeyChanges::default()
    };
    let by = fixture::by_service_at(after(9));
    let rotated = store.api_keys.update(by, one.id, ANYWHERE, rotation);
    assert!(rotated.await.unwrap().is_some());
    let mut both = vec![old, new];
    both.sort_unstable();
    assert_eq!(in_use(10).await.unwrap(), both);
    assert_eq!(in_use(1).await.unwrap(), both[..1]);
}

/// Proposes different peppers at once through two nodes of a store without any.
pub(super) async fn one_first_pepper_is_registered(one: &TestStore, other: &TestStore) {
    let (_, [red, blue]) = peppers([1, 2]);
    let proposed = join(propose(one, [red]), propose(other, [blue])).await;
    let (winner, loser, newest) = match proposed.0 {
        PepperJudgment::Newest(_) => (proposed.0, proposed.1, red),
        _ => (proposed.1, proposed.0, blue),
    };
    assert_eq!(winner, PepperJudgment::Newest(newest));
    assert_eq!(loser, PepperJudgment::Unknown(newest));
    assert_eq!(one.peppers.newest_pepper().await.unwrap(), Some(newest));
}

/// Proposes another pepper through one node before the other one knows it.
pub(super) async fn a_new_pepper_waits(one: &TestStore, other: &TestStore) {
    let (_, [new, old]) = peppers([2, 1]);
    assert_eq!(propose(one, [old]).await, PepperJudgment::Newest(old));
    assert_eq!(propose(other, [old]).await, PepperJudgment::Newest(old));
    assert_eq!(propose(one, [new, old]).await, PepperJudgment::Waits(old));
    assert_eq!(propose(one, [new, old]).await, PepperJudgment::Waits(old));
    assert_eq!(other.peppers.newest_pepper().await.unwrap(), Some(old));
    assert_eq!(
        propose(other, [new, old]).await,
        PepperJudgment::Newest(new)
    );
    assert_eq!(propose(one, [new, old]).await, PepperJudgment::Newest(new));
    // A node that forgets what the others use is told so, also before the first digest.
    assert_eq!(propose(one, [old]).await, PepperJudgment::Unknown(new));
}
