//! What is deleted with a user, and what is kept.

use super::{
    TestStore,
    test_store::{WHOLE, by_creation, events, everything, named, outcome},
};
use apikey_domain::{change::KeyEvent, identity::organization::Role, testing::fixture};

pub async fn deleting_a_user_deletes_their_keys_everywhere(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let acme = store.organization("acme").await;
    let mut stream = store.watch(&bob, everything()).await;
    let own = store.own_key(&alice, "own").await;
    let in_acme = store.key(&alice, acme.id, "ci").await;
    // Another user's key that acts for alice loses its owner, too.
    let for_alice = store.key(&bob, alice.principal_id, "ci").await;
    let bobs_own = store.own_key(&bob, "own").await;
    let bobs = store.key(&bob, acme.id, "ci").await;
    assert!(
        store
            .directory
            .delete_user(fixture::by_service(), alice.id)
            .await
            .unwrap()
    );

    let kept = [bobs_own, bobs];
    assert_eq!(store.keys(&everything()).await, kept);
    let deleted = [own, in_acme, for_alice];
    for key in &deleted {
        let found = store.api_keys.credential(key.access_key.as_str()).await;
        assert!(found.unwrap().is_none(), "{}", key.name.as_str());
    }
    events(&mut stream, 5).await;
    let mut delivered = events(&mut stream, 3).await;
    delivered.sort_by_key(|event| event.key().id);
    assert_eq!(delivered, deleted.map(KeyEvent::Deleted));
}

pub async fn a_deleted_user_no_longer_exists_and_frees_their_name(store: &TestStore) {
    let alice = store.user("alice").await;
    store.own_key(&alice, "ci").await;
    assert!(
        store
            .directory
            .delete_user(fixture::by_service(), alice.id)
            .await
            .unwrap()
    );
    assert!(
        !store
            .directory
            .delete_user(fixture::by_service(), alice.id)
            .await
            .unwrap()
    );
    assert_eq!(store.directory.user(alice.id).await.unwrap(), None);
    let found = store.directory.user_credential("alice").await.unwrap();
    assert!(found.is_none());
    let page = store
        .directory
        .list_users(&named(None), &by_creation(), WHOLE)
        .await
        .unwrap();
    assert_eq!(page.total, 0);

    // The next user with this name inherits nothing.
    let alice = store.user("alice").await;
    assert_eq!(store.keys(&everything()).await, []);
    store.own_key(&alice, "ci").await;
}

pub async fn deleting_a_user_ends_their_memberships(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let acme = store.organization("acme").await;
    store.join(&acme, &alice, Role::Admin).await;
    store.join(&acme, &bob, Role::User).await;
    assert!(
        store
            .directory
            .delete_user(fixture::by_service(), bob.id)
            .await
            .unwrap()
    );

    let members = store.directory.list_members(acme.id, WHOLE).await;
    let members = members.unwrap();
    assert_eq!((members.items.len(), members.total), (1, 1));
    assert_eq!(members.items[0].user_id, alice.id);
    let standing = store.directory.standing(bob.id, acme.id).await.unwrap();
    assert_eq!((standing.is_organization, standing.role), (true, None));
    let theirs = store
        .directory
        .list_organizations(None, Some(bob.id), WHOLE)
        .await;
    assert_eq!(theirs.unwrap().total, 0);
}

pub async fn the_last_admin_of_an_organization_cannot_be_deleted(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let (acme, umbrella) = (
        store.organization("acme").await,
        store.organization("umbrella").await,
    );
    store.join(&acme, &alice, Role::Admin).await;
    store.join(&acme, &bob, Role::Admin).await;
    store.join(&umbrella, &alice, Role::Admin).await;
    store.join(&umbrella, &bob, Role::User).await;
    let key = store.own_key(&alice, "ci").await;

    let refused = store
        .directory
        .delete_user(fixture::by_service(), alice.id)
        .await;
    let id = umbrella.id;
    let expected = format!("the last admin of organization {id} cannot be demoted or removed");
    assert_eq!(outcome(&refused), expected);
    let found = store.directory.user(alice.id).await.unwrap();
    assert_eq!(found.as_ref(), Some(&alice));
    assert_eq!(store.keys(&everything()).await, [key]);
    for organization in [&acme, &umbrella] {
        let standing = store.directory.standing(alice.id, organization.id).await;
        assert_eq!(standing.unwrap().role, Some(Role::Admin));
    }

    let promoted = store
        .directory
        .update_member(fixture::by_service(), umbrella.id, bob.id, Role::Admin)
        .await;
    assert!(promoted.unwrap().is_some());
    assert!(
        store
            .directory
            .delete_user(fixture::by_service(), alice.id)
            .await
            .unwrap()
    );
}
