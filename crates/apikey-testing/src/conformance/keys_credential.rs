//! Looking up a key by its access key.

use super::{
    TestKeys,
    test_store::{ANYWHERE, after, described, new_key},
};
use apikey_domain::{
    identity::user::{UserChanges, Username},
    key::token::{AccessKey, KeyPrefix, PresentedKey},
    testing::fixture,
};

pub async fn a_key_is_found_with_its_digest_and_user(store: &TestKeys) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let new = new_key(&alice, alice.principal_id, "ci");
    let key = store
        .api_keys
        .create(fixture::by_service(), new.clone())
        .await
        .unwrap();
    store.own_key(&bob, "ci").await;

    let access_key = key.access_key.as_str();
    let found = store.api_keys.credential(access_key).await.unwrap();
    let found = found.unwrap();
    assert_eq!((&found.api_key, &found.user), (&key, &alice));
    assert_eq!(found.secret_digest, new.secret_digest);

    let whole = format!("gpustack_{access_key}_secret");
    let presented = PresentedKey::parse(&KeyPrefix::default(), &whole);
    let is_right = fixture::peppers().verify(&presented, found.secret_digest.keyed());
    assert!(is_right);
}

pub async fn an_access_key_is_looked_up_bytewise(store: &TestKeys) {
    let alice = store.user("alice").await;
    let mut new = new_key(&alice, alice.principal_id, "ci");
    new.access_key = AccessKey::new("0123abcdEF%_'é");
    store
        .api_keys
        .create(fixture::by_service(), new)
        .await
        .unwrap();
    let overlong = "0".repeat(60_000);
    for text in [
        "0123abcdef%_'é",
        "0123ABCDEF%_'É",
        "0123abcdEF%_'e\u{301}",
        "0123abcdEF%_'é ",
        "0123abcdEF",
        "%",
        "",
        "' OR 1=1 --",
        "0123abcdEF%_'é\0",
        "\0",
        &overlong,
    ] {
        let found = store.api_keys.credential(text).await;
        assert!(found.unwrap().is_none(), "{text:?}");
    }
    let found = store.api_keys.credential("0123abcdEF%_'é").await;
    assert!(found.unwrap().is_some());
}

pub async fn a_credential_has_the_current_user(store: &TestKeys) {
    let alice = store.user("alice").await;
    let key = store.own_key(&alice, "ci").await;
    let changes = UserChanges {
        username: Some(Username::parse("alicia").unwrap()),
        is_admin: Some(true),
        is_active: Some(false),
        ..UserChanges::default()
    };
    let changed = store
        .directory
        .update_user(fixture::by_service_at(after(5)), alice.id, changes);
    let changed = changed.await.unwrap().unwrap();
    assert!(changed.is_admin && !changed.is_active);

    let found = store.api_keys.credential(key.access_key.as_str()).await;
    let found = found.unwrap().unwrap();
    assert_eq!(found.user, changed);
    assert_eq!(found.api_key.user_name, "alicia");
}

pub async fn a_credential_has_the_current_key(store: &TestKeys) {
    let alice = store.user("alice").await;
    let key = store.own_key(&alice, "ci").await;
    let changes = described("for CI");
    let updated = store
        .api_keys
        .update(fixture::by_service_at(after(1)), key.id, ANYWHERE, changes)
        .await;
    let find = || store.api_keys.credential(key.access_key.as_str());
    let found = find().await.unwrap().unwrap();
    assert_eq!(Some(found.api_key), updated.unwrap());

    store
        .api_keys
        .delete(fixture::by_service(), key.id, ANYWHERE)
        .await
        .unwrap();
    assert!(find().await.unwrap().is_none());
}

pub async fn the_key_of_a_system_user_is_found(store: &TestKeys) {
    let robot = store.system_user("robot").await;
    let key = store.own_key(&robot, "ci").await;
    assert!(key.user_is_system);
    let found = store.api_keys.credential(key.access_key.as_str()).await;
    let found = found.unwrap().unwrap();
    assert_eq!((found.api_key, found.user), (key, robot));
}
