//! Creating keys.

use super::{
    TestKeys, TestStore,
    test_store::{ANYWHERE, UNKNOWN_IDS, events, everything, names, new_key, of_user, outcome},
};
use apikey_domain::{
    change::KeyEvent,
    identifier::{PrincipalId, UserId},
    identity::user::User,
    key::{api_key::NewApiKey, token::AccessKey},
    testing::fixture,
};

pub async fn a_created_key_is_returned_as_it_is_listed(store: &TestKeys) {
    let alice = store.user("alice").await;
    let acme = store.organization("acme").await;
    let new = new_key(&alice, acme.id, "ci");
    let key = store
        .api_keys
        .create(fixture::by_service(), new.clone())
        .await
        .unwrap();

    assert_eq!(key.name, new.name);
    assert_eq!(key.description, new.description);
    assert_eq!((key.user_id, key.owner_principal_id), (alice.id, acme.id));
    assert_eq!(key.user_name, "alice");
    assert!(!key.user_is_system);
    assert_eq!(key.access_key, new.access_key);
    assert_eq!(key.scope, new.scope);
    assert_eq!(key.allowed_model_names, new.allowed_model_names);
    assert_eq!((key.origin, key.expires_at), (new.origin, new.expires_at));
    assert_eq!(key.created_at, new.created_at);
    assert_eq!(key.updated_at, new.created_at);
    assert_eq!(store.keys(&everything()).await, [key]);
}

pub async fn key_ids_only_grow(store: &TestKeys) {
    let alice = store.user("alice").await;
    let mut last = store.own_key(&alice, "0").await.id;
    for name in ["1", "2", "3"] {
        let id = store.own_key(&alice, name).await.id;
        assert!(id > last, "{id} after {last}");
        last = id;
    }
}

pub async fn the_id_of_a_deleted_key_is_not_reused(store: &TestKeys) {
    let alice = store.user("alice").await;
    let deleted = store.own_key(&alice, "ci").await;
    store
        .api_keys
        .delete(fixture::by_service(), deleted.id, ANYWHERE)
        .await
        .unwrap();
    let next = store.own_key(&alice, "ci").await;
    assert!(next.id > deleted.id);
}

pub async fn a_name_is_taken_for_its_user_and_principal_only(store: &TestKeys) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let acme = store.organization("acme").await;
    let create = |user, owner| {
        store
            .api_keys
            .create(fixture::by_service(), new_key(user, owner, "ci"))
    };
    assert_eq!(outcome(&create(&alice, acme.id).await), "done");
    assert_eq!(outcome(&create(&alice, alice.principal_id).await), "done");
    assert_eq!(outcome(&create(&bob, acme.id).await), "done");
    let again = create(&alice, acme.id).await;
    assert_eq!(outcome(&again), "duplicate key name");
    assert_eq!(store.keys(&everything()).await.len(), 3);
}

pub async fn names_are_compared_bytewise(store: &TestKeys) {
    let alice = store.user("alice").await;
    // The last two look alike: a precomposed letter, and a letter with a
    // combining accent.
    let differing = ["ci", "CI", "ci ", " ci", "c\u{e9}", "ce\u{301}"];
    for name in differing {
        store.own_key(&alice, name).await;
    }
    assert_eq!(names(&store.keys(&everything()).await), differing);
}

pub async fn an_access_key_is_taken_on_the_whole_platform(store: &TestKeys) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let first = new_key(&alice, alice.principal_id, "ci");
    let mut second = new_key(&bob, bob.principal_id, "other");
    second.access_key = first.access_key.clone();
    store
        .api_keys
        .create(fixture::by_service(), first)
        .await
        .unwrap();
    let taken = store.api_keys.create(fixture::by_service(), second).await;
    assert_eq!(outcome(&taken), "duplicate access key");
    assert_eq!(store.keys(&of_user(&bob)).await, []);
}

pub async fn access_keys_are_compared_bytewise(store: &TestKeys) {
    let alice = store.user("alice").await;
    for access_key in ["abcd", "ABCD", "abcd ", "äbcd", ""] {
        let mut new = new_key(&alice, alice.principal_id, &format!("[{access_key}]"));
        new.access_key = AccessKey::new(access_key);
        let created = store.api_keys.create(fixture::by_service(), new).await;
        assert_eq!(outcome(&created), "done", "{access_key:?}");
    }
}

pub async fn a_taken_name_is_checked_before_a_taken_access_key(store: &TestKeys) {
    let alice = store.user("alice").await;
    let new = new_key(&alice, alice.principal_id, "ci");
    store
        .api_keys
        .create(fixture::by_service(), new.clone())
        .await
        .unwrap();
    let again = store
        .api_keys
        .create(fixture::by_service(), new.clone())
        .await;
    assert_eq!(outcome(&again), "duplicate key name");

    // The same holds if two different keys have them, the access key's key being
    // the older one.
    let mut both = new_key(&alice, alice.principal_id, "deploy");
    store
        .api_keys
        .create(fixture::by_service(), both.clone())
        .await
        .unwrap();
    both.access_key = new.access_key;
    let again = store.api_keys.create(fixture::by_service(), both).await;
    assert_eq!(outcome(&again), "duplicate key name");
}

pub async fn a_deleted_key_frees_its_name_and_access_key(store: &TestKeys) {
    let alice = store.user("alice").await;
    let new = new_key(&alice, alice.principal_id, "ci");
    let key = store
        .api_keys
        .create(fixture::by_service(), new.clone())
        .await
        .unwrap();
    store
        .api_keys
        .delete(fixture::by_service(), key.id, ANYWHERE)
        .await
        .unwrap();
    assert_eq!(
        outcome(&store.api_keys.create(fixture::by_service(), new).await),
        "done"
    );
}

pub async fn a_key_of_an_unknown_owner_is_not_stored(store: &TestKeys) {
    let alice = store.user("alice").await;
    // The id of a principal is not the id of a user.
    let strangers = UNKNOWN_IDS.map(UserId);
    for user_id in strangers.into_iter().chain([UserId(alice.principal_id.0)]) {
        if user_id == alice.id {
            continue;
        }
        let mut new = new_key(&alice, alice.principal_id, "ci");
        new.user_id = user_id;
        let refused = store.api_keys.create(fixture::by_service(), new).await;
        assert_eq!(outcome(&refused), "the owner does not exist", "{user_id}");
    }
    for owner in UNKNOWN_IDS.map(PrincipalId) {
        let refused = store
            .api_keys
            .create(fixture::by_service(), new_key(&alice, owner, "ci"))
            .await;
        assert_eq!(outcome(&refused), "the owner does not exist", "{owner}");
    }
    assert_eq!(store.keys(&everything()).await, []);
}

pub async fn a_key_of_a_deleted_owner_is_not_stored(store: &TestKeys) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let acme = store.organization("acme").await;
    assert!(
        store
            .directory
            .delete_user(fixture::by_service(), bob.id)
            .await
            .unwrap()
    );
    let deleted = store
        .directory
        .delete_organization(fixture::by_service(), acme.id)
        .await;
    assert!(deleted.unwrap());
    for new in [
        new_key(&bob, alice.principal_id, "ci"),
        new_key(&alice, bob.principal_id, "ci"),
        new_key(&alice, acme.id, "ci"),
    ] {
        let refused = store.api_keys.create(fixture::by_service(), new).await;
        assert_eq!(outcome(&refused), "the owner does not exist");
    }
}

pub async fn a_refused_creation_stores_nothing(store: &TestKeys) {
    let alice = store.user("alice").await;
    let first = new_key(&alice, alice.principal_id, "ci");
    let refused = refused_beside(&alice, &first);
    let key = store.api_keys.create(fixture::by_service(), first).await;
    for new in refused {
        let access_key = new.access_key.clone();
        let created = store.api_keys.create(fixture::by_service(), new).await;
        assert!(created.is_err());
        let found = store.api_keys.credential(access_key.as_str()).await;
        let found = found.unwrap().map(|found| found.api_key.name);
        assert!(found.is_none_or(|name| name.as_str() == "ci"));
    }
    assert_eq!(store.keys(&everything()).await, [key.unwrap()]);
}

pub async fn a_refused_creation_stores_and_delivers_nothing(store: &TestStore) {
    let alice = store.user("alice").await;
    let mut stream = store.watch(&alice, everything()).await;
    let first = new_key(&alice, alice.principal_id, "ci");
    let refused = refused_beside(&alice, &first);
    let key = store
        .api_keys
        .create(fixture::by_service(), first)
        .await
        .unwrap();
    for new in refused {
        assert!(
            store
                .api_keys
                .create(fixture::by_service(), new)
                .await
                .is_err()
        );
    }
    let last = store.own_key(&alice, "last").await;
    let delivered = [key.clone(), last.clone()].map(KeyEvent::Created);
    assert_eq!(events(&mut stream, 2).await, delivered);
    assert_eq!(store.keys(&everything()).await, [key, last]);
}

/// Returns keys that are refused once `first` is stored, each for another reason.
fn refused_beside(user: &User, first: &NewApiKey) -> [NewApiKey; 3] {
    let mut same_access_key = new_key(user, user.principal_id, "deploy");
    same_access_key.access_key = first.access_key.clone();
    let same_name = new_key(user, user.principal_id, first.name.as_str());
    let ownerless = new_key(user, fixture::principal_id(i64::MAX), "ownerless");
    [same_name, same_access_key, ownerless]
}
