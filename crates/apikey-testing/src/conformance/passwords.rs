//! The hashes of passwords, where the passwords stay the same.

use super::{
    TestStore,
    test_store::{UNKNOWN_IDS, after, everything},
};
use apikey_domain::{
    change::Change,
    identifier::UserId,
    identity::{password::PasswordHash, user::UserCredential},
    key::api_key::ApiKey,
    testing::fixture,
};

fn hash(text: &str) -> PasswordHash {
    PasswordHash::new(format!("plain:{text}"))
}

async fn renew(store: &TestStore, id: UserId, old: &str, new: &str) -> bool {
    let by = fixture::by_service_at(after(9));
    let renewed = store
        .directory
        .renew_password_hash(by, id, hash(old), hash(new));
    renewed.await.unwrap()
}

async fn stored(store: &TestStore, username: &str) -> UserCredential {
    let stored = store.directory.user_credential(username).await;
    stored.unwrap().unwrap()
}

pub async fn only_the_hash_that_is_stored_is_renewed(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    assert!(renew(store, alice.id, "Passw0rd_1", "renewed").await);
    assert!(!renew(store, alice.id, "Passw0rd_1", "again").await);
    for id in UNKNOWN_IDS {
        assert!(!renew(store, UserId(id), "Passw0rd_1", "renewed").await);
    }
    let renewed = stored(store, "alice").await;
    assert_eq!(renewed.password_hash, hash("renewed"));
    // As it was, also when it was last updated.
    assert_eq!(renewed.user, alice);
    let other = stored(store, "bob").await;
    assert_eq!(other.password_hash, hash("Passw0rd_1"));
    assert_eq!(other.user, bob);
}

pub async fn a_renewed_hash_is_no_change(store: &TestStore) {
    let alice = store.user("alice").await;
    let mut stream = store.watch(&alice, everything()).await;
    assert!(renew(store, alice.id, "Passw0rd_1", "renewed").await);
    let key: ApiKey = store.own_key(&alice, "afterwards").await;
    let received = stream.next().await.unwrap();
    assert_eq!(received.event.key(), &key);
    let recorded = store.all_events(2).await;
    let is_of_alice = matches!(recorded[0].change, Change::User(_));
    assert!(is_of_alice && matches!(recorded[1].change, Change::Key(_)));
    assert_eq!(recorded.len(), 2);
}
