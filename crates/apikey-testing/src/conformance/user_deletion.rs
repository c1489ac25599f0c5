//! What goes with a user, and what stays.

use super::{
    TestStore,
    test_store::{WHOLE, events, everything, outcome},
};
use apikey_domain::{change::KeyEvent, identity::organization::Role, testing::fixture};

pub async fn deleting_a_user_deletes_their_keys_everywhere(subject: &TestStore) {
    let (alice, bob) = (subject.user("alice").await, subject.user("bob").await);
    let acme = subject.organization("acme").await;
    let mut stream = subject.watch(&bob, everything()).await;
    let own = subject.own_key(&alice, "own").await;
    let in_acme = subject.key(&alice, acme.id, "ci").await;
    // Someone else's key that acts for alice has lost its owner, too.
    let for_alice = subject.key(&bob, alice.principal_id, "ci").await;
    let bobs_own = subject.own_key(&bob, "own").await;
    let bobs = subject.key(&bob, acme.id, "ci").await;
    assert!(
        subject
            .directory
            .delete_user(fixture::attribution(), alice.id)
            .await
            .unwrap()
    );

    let kept = [bobs_own, bobs];
    assert_eq!(subject.keys(&everything()).await, kept);
    let doomed = [own, in_acme, for_alice];
    for key in &doomed {
        let found = subject.api_keys.credential(key.access_key.as_str()).await;
        assert!(found.unwrap().is_none(), "{}", key.name.as_str());
    }
    events(&mut stream, 5).await;
    let mut told = events(&mut stream, 3).await;
    told.sort_by_key(|event| event.key().id);
    assert_eq!(told, doomed.map(KeyEvent::Deleted));
}

pub async fn a_deleted_user_is_gone_and_frees_their_name(subject: &TestStore) {
    let alice = subject.user("alice").await;
    subject.own_key(&alice, "ci").await;
    assert!(
        subject
            .directory
            .delete_user(fixture::attribution(), alice.id)
            .await
            .unwrap()
    );
    assert!(
        !subject
            .directory
            .delete_user(fixture::attribution(), alice.id)
            .await
            .unwrap()
    );
    assert_eq!(subject.directory.user(alice.id).await.unwrap(), None);
    let found = subject.directory.user_credential("alice").await.unwrap();
    assert!(found.is_none());
    let page = subject.directory.list_users(None, WHOLE).await.unwrap();
    assert_eq!(page.total, 0);

    // Whoever comes next under that name inherits nothing.
    let alice = subject.user("alice").await;
    assert_eq!(subject.keys(&everything()).await, []);
    subject.own_key(&alice, "ci").await;
}

pub async fn deleting_a_user_ends_their_memberships(subject: &TestStore) {
    let (alice, bob) = (subject.user("alice").await, subject.user("bob").await);
    let acme = subject.organization("acme").await;
    subject.join(&acme, &alice, Role::Admin).await;
    subject.join(&acme, &bob, Role::User).await;
    assert!(
        subject
            .directory
            .delete_user(fixture::attribution(), bob.id)
            .await
            .unwrap()
    );

    let members = subject.directory.list_members(acme.id, WHOLE).await;
    let members = members.unwrap();
    assert_eq!((members.items.len(), members.total), (1, 1));
    assert_eq!(members.items[0].user_id, alice.id);
    let standing = subject.directory.standing(bob.id, acme.id).await.unwrap();
    assert_eq!((standing.is_organization, standing.role), (true, None));
    let theirs = subject
        .directory
        .list_organizations(None, Some(bob.id), WHOLE)
        .await;
    assert_eq!(theirs.unwrap().total, 0);
}

pub async fn the_last_admin_of_an_organization_cannot_be_deleted(subject: &TestStore) {
    let (alice, bob) = (subject.user("alice").await, subject.user("bob").await);
    let (acme, umbrella) = (
        subject.organization("acme").await,
        subject.organization("umbrella").await,
    );
    subject.join(&acme, &alice, Role::Admin).await;
    subject.join(&acme, &bob, Role::Admin).await;
    subject.join(&umbrella, &alice, Role::Admin).await;
    subject.join(&umbrella, &bob, Role::User).await;
    let key = subject.own_key(&alice, "ci").await;

    let refused = subject
        .directory
        .delete_user(fixture::attribution(), alice.id)
        .await;
    let id = umbrella.id;
    let expected = format!("the last admin of organization {id} cannot be demoted or removed");
    assert_eq!(outcome(&refused), expected);
    let found = subject.directory.user(alice.id).await.unwrap();
    assert_eq!(found.as_ref(), Some(&alice));
    assert_eq!(subject.keys(&everything()).await, [key]);
    for organization in [&acme, &umbrella] {
        let standing = subject.directory.standing(alice.id, organization.id).await;
        assert_eq!(standing.unwrap().role, Some(Role::Admin));
    }

    let promoted = subject
        .directory
        .update_member(fixture::attribution(), umbrella.id, bob.id, Role::Admin)
        .await;
    assert!(promoted.unwrap().is_some());
    assert!(
        subject
            .directory
            .delete_user(fixture::attribution(), alice.id)
            .await
            .unwrap()
    );
}
