//! Keys are written only by those who may when the write takes place.

use super::{
    TestKeys,
    authority_setup::{Loss, Setup, own},
    authority_writes::Targets,
    test_store::{ANYWHERE, after, everything, new_key, outcome},
};
use apikey_domain::{
    access::authority::Authority,
    gpustack::ScopeSet,
    key::{changes::ApiKeyChanges, expiry::Expiry},
    testing::fixture,
};

/// Those after which nothing is left to be deleted in pieces.
const LOSSES: [Loss; 13] = [
    Loss::KeyDeleted,
    Loss::KeyDisabled,
    Loss::KeyRevoked,
    Loss::KeyNarrowed,
    Loss::KeyLimited,
    Loss::KeyExpired,
    Loss::UserDeactivated,
    Loss::UserDemoted,
    Loss::NewPassword,
    Loss::UserDeleted,
    Loss::MemberRemoved,
    Loss::MemberDemoted,
    Loss::OrganizationDeleted,
];

pub async fn a_write_of_keys_without_its_right_is_refused(store: &TestKeys) {
    for loss in LOSSES {
        let is_admin = matches!(loss, Loss::UserDemoted);
        let setup = Setup::new(store, &format!("{loss:?}"), is_admin).await;
        setup.lose(store, loss).await;
        for (by, refused) in setup.ended_by(loss) {
            assert_writes(store, &by, &refused).await;
        }
    }
}

pub async fn a_write_of_keys_with_its_right_is_accepted(store: &TestKeys) {
    for is_admin in [false, true] {
        let setup = Setup::new(store, &format!("holds-{is_admin}"), is_admin).await;
        for by in setup.authorities() {
            assert_writes(store, &by, "done").await;
        }
    }
}

pub async fn a_key_that_ended_writes_no_keys(store: &TestKeys) {
    let setup = Setup::new(store, "ends", false).await;
    let by = own(&setup.with_key());
    let write = |name: &'static str| {
        let new = new_key(&setup.alice, setup.alice.principal_id, name);
        store.api_keys.create(by.clone(), new)
    };
    assert_eq!(outcome(&write("before").await), "done");
    let (id, ended) = (setup.key.id, "the key is no longer valid");
    let narrowed = ApiKeyChanges {
        scope: Some(ScopeSet::parse(["inference"]).unwrap()),
        ..ApiKeyChanges::default()
    };
    let narrowed = store
        .api_keys
        .update(fixture::by_service(), id, ANYWHERE, narrowed);
    narrowed.await.unwrap();
    let lacking = "the key does not grant management";
    assert_eq!(outcome(&write("narrowed").await), lacking);
    let deleted = store.api_keys.delete(fixture::by_service(), id, ANYWHERE);
    assert!(deleted.await.unwrap().is_some());
    assert_eq!(outcome(&write("deleted").await), ended);

    // What has the name of the key is another one.
    let mut again = new_key(&setup.alice, setup.alice.principal_id, "hers");
    again.expires_at = Expiry::at(after(8));
    store
        .api_keys
        .create(fixture::by_service(), again)
        .await
        .unwrap();
    assert_eq!(outcome(&write("again").await), ended);
}

/// Checks that every write of a key ends so, and that one which is refused changes
/// nothing.
async fn assert_writes(store: &TestKeys, by: &Authority, expected: &str) {
    let targets = Targets::new(store).await;
    let keys = store.keys(&everything()).await;
    for (write, outcome) in targets.write_keys(store, by).await {
        assert_eq!(outcome, expected, "{write}: {by:?}");
    }
    if expected != "done" {
        assert_eq!(store.keys(&everything()).await, keys, "{by:?}");
    }
}
