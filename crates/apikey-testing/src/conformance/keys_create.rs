//! Creating keys.

use super::{
    TestStore,
    test_store::{ANYWHERE, NOBODYS, events, everything, names, new_key, of_user, outcome},
};
use apikey_domain::{
    change::KeyEvent,
    identifier::{PrincipalId, UserId},
    key::token::AccessKey,
    testing::fixture,
};

pub async fn a_created_key_is_answered_as_it_is_listed(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let acme = subject.organization("acme").await;
    let new = new_key(&alice, acme.id, "ci");
    let key = subject
        .api_keys
        .create(fixture::attribution(), new.clone())
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
    assert_eq!(subject.keys(&everything()).await, [key]);
}

pub async fn key_ids_only_grow(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let mut last = subject.own_key(&alice, "0").await.id;
    for name in ["1", "2", "3"] {
        let id = subject.own_key(&alice, name).await.id;
        assert!(id > last, "{id} after {last}");
        last = id;
    }
}

pub async fn the_id_of_a_deleted_key_is_not_given_again(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let deleted = subject.own_key(&alice, "ci").await;
    subject
        .api_keys
        .delete(fixture::attribution(), deleted.id, ANYWHERE)
        .await
        .unwrap();
    let next = subject.own_key(&alice, "ci").await;
    assert!(next.id > deleted.id);
}

pub async fn a_name_is_taken_for_its_user_and_principal_only(subject: &TestStore) {
    let (alice, bob) = (subject.user("alice").await, subject.user("bob").await);
    let acme = subject.organization("acme").await;
    let create = |user, owner| {
        subject
            .api_keys
            .create(fixture::attribution(), new_key(user, owner, "ci"))
    };
    assert_eq!(outcome(&create(&alice, acme.id).await), "done");
    assert_eq!(outcome(&create(&alice, alice.principal_id).await), "done");
    assert_eq!(outcome(&create(&bob, acme.id).await), "done");
    let again = create(&alice, acme.id).await;
    assert_eq!(outcome(&again), "duplicate key name");
    assert_eq!(subject.keys(&everything()).await.len(), 3);
}

pub async fn names_are_compared_byte_for_byte(subject: &TestStore) {
    let alice = subject.user("alice").await;
    // The last two look alike: one letter, and a letter with its accent.
    let differing = ["ci", "CI", "ci ", " ci", "c\u{e9}", "ce\u{301}"];
    for name in differing {
        subject.own_key(&alice, name).await;
    }
    assert_eq!(names(&subject.keys(&everything()).await), differing);
}

pub async fn an_access_key_is_taken_on_the_whole_platform(subject: &TestStore) {
    let (alice, bob) = (subject.user("alice").await, subject.user("bob").await);
    let first = new_key(&alice, alice.principal_id, "ci");
    let mut second = new_key(&bob, bob.principal_id, "other");
    second.access_key = first.access_key.clone();
    subject
        .api_keys
        .create(fixture::attribution(), first)
        .await
        .unwrap();
    let taken = subject
        .api_keys
        .create(fixture::attribution(), second)
        .await;
    assert_eq!(outcome(&taken), "duplicate access key");
    assert_eq!(subject.keys(&of_user(&bob)).await, []);
}

pub async fn access_keys_are_compared_byte_for_byte(subject: &TestStore) {
    let alice = subject.user("alice").await;
    for access_key in ["abcd", "ABCD", "abcd ", "äbcd", ""] {
        let mut new = new_key(&alice, alice.principal_id, &format!("[{access_key}]"));
        new.access_key = AccessKey::new(access_key);
        let created = subject.api_keys.create(fixture::attribution(), new).await;
        assert_eq!(outcome(&created), "done", "{access_key:?}");
    }
}

pub async fn a_taken_name_is_decided_before_a_taken_access_key(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let new = new_key(&alice, alice.principal_id, "ci");
    subject
        .api_keys
        .create(fixture::attribution(), new.clone())
        .await
        .unwrap();
    let again = subject
        .api_keys
        .create(fixture::attribution(), new.clone())
        .await;
    assert_eq!(outcome(&again), "duplicate key name");

    // Also when the two are held by different keys, the access key's the older.
    let mut both = new_key(&alice, alice.principal_id, "deploy");
    subject
        .api_keys
        .create(fixture::attribution(), both.clone())
        .await
        .unwrap();
    both.access_key = new.access_key;
    let again = subject.api_keys.create(fixture::attribution(), both).await;
    assert_eq!(outcome(&again), "duplicate key name");
}

pub async fn a_deleted_key_frees_its_name_and_access_key(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let new = new_key(&alice, alice.principal_id, "ci");
    let key = subject
        .api_keys
        .create(fixture::attribution(), new.clone())
        .await
        .unwrap();
    subject
        .api_keys
        .delete(fixture::attribution(), key.id, ANYWHERE)
        .await
        .unwrap();
    assert_eq!(
        outcome(&subject.api_keys.create(fixture::attribution(), new).await),
        "done"
    );
}

pub async fn a_key_of_nobody_is_not_stored(subject: &TestStore) {
    let alice = subject.user("alice").await;
    // Numbers of the other kind are nobody's, too.
    let strangers = NOBODYS.map(UserId);
    for user_id in strangers.into_iter().chain([UserId(alice.principal_id.0)]) {
        if user_id == alice.id {
            continue;
        }
        let mut new = new_key(&alice, alice.principal_id, "ci");
        new.user_id = user_id;
        let refused = subject.api_keys.create(fixture::attribution(), new).await;
        assert_eq!(outcome(&refused), "the owner does not exist", "{user_id}");
    }
    for owner in NOBODYS.map(PrincipalId) {
        let refused = subject
            .api_keys
            .create(fixture::attribution(), new_key(&alice, owner, "ci"))
            .await;
        assert_eq!(outcome(&refused), "the owner does not exist", "{owner}");
    }
    assert_eq!(subject.keys(&everything()).await, []);
}

pub async fn a_key_of_someone_deleted_is_not_stored(subject: &TestStore) {
    let (alice, bob) = (subject.user("alice").await, subject.user("bob").await);
    let acme = subject.organization("acme").await;
    assert!(
        subject
            .directory
            .delete_user(fixture::attribution(), bob.id)
            .await
            .unwrap()
    );
    let deleted = subject
        .directory
        .delete_organization(fixture::attribution(), acme.id)
        .await;
    assert!(deleted.unwrap());
    for new in [
        new_key(&bob, alice.principal_id, "ci"),
        new_key(&alice, bob.principal_id, "ci"),
        new_key(&alice, acme.id, "ci"),
    ] {
        let refused = subject.api_keys.create(fixture::attribution(), new).await;
        assert_eq!(outcome(&refused), "the owner does not exist");
    }
}

pub async fn a_refused_creation_stores_and_tells_nothing(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let mut stream = subject.watch(&alice, everything()).await;
    let first = new_key(&alice, alice.principal_id, "ci");
    let mut same_access_key = new_key(&alice, alice.principal_id, "deploy");
    same_access_key.access_key = first.access_key.clone();
    let key = subject
        .api_keys
        .create(fixture::attribution(), first)
        .await
        .unwrap();

    let same_name = new_key(&alice, alice.principal_id, "ci");
    let nobodys = new_key(&alice, fixture::principal_id(i64::MAX), "nobodys");
    for new in [same_name, same_access_key, nobodys] {
        assert!(
            subject
                .api_keys
                .create(fixture::attribution(), new)
                .await
                .is_err()
        );
    }
    let last = subject.own_key(&alice, "last").await;
    let told = [key.clone(), last.clone()].map(KeyEvent::Created);
    assert_eq!(events(&mut stream, 2).await, told);
    assert_eq!(subject.keys(&everything()).await, [key, last]);
}
