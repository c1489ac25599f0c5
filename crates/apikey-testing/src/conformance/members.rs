//! Members of organizations.

use super::{
    TestStore,
    test_store::{WHOLE, after, everything, outcome},
};
use apikey_domain::{
    identifier::UserId,
    identity::{
        organization::{Member, Organization, Role},
        user::{FullName, User, UserChanges, Username},
    },
    listing::{Piece, Window},
    testing::fixture,
};

fn refused(organization: &Organization) -> String {
    let id = organization.id;
    format!("the last admin of organization {id} cannot be demoted or removed")
}

async fn members(store: &TestStore, organization: &Organization) -> Vec<Member> {
    let page = store.directory.list_members(organization.id, WHOLE).await;
    let page = page.unwrap();
    assert_eq!(page.total, page.items.len() as u64);
    page.items
}

pub async fn an_added_member_is_returned_as_they_are_listed(store: &TestStore) {
    let full_name = Some(FullName::parse("Alice A.").unwrap());
    let alice = store
        .user_who("alice", |new| new.full_name = full_name.clone())
        .await;
    let acme = store.organization("acme").await;
    let added = store
        .directory
        .add_member(
            fixture::by_service_at(after(3)),
            acme.id,
            alice.id,
            Role::User,
        )
        .await;
    let expected = Member {
        user_id: alice.id,
        username: alice.username,
        full_name,
        role: Role::User,
        created_at: after(3),
    };
    assert_eq!(added.unwrap().as_ref(), Some(&expected));
    assert_eq!(members(store, &acme).await, [expected]);
}

pub async fn a_user_cannot_be_a_member_twice(store: &TestStore) {
    let alice = store.user("alice").await;
    let (acme, umbrella) = (
        store.organization("acme").await,
        store.organization("umbrella").await,
    );
    store.join(&acme, &alice, Role::User).await;
    let before = members(store, &acme).await;
    for role in [Role::User, Role::Admin] {
        let again = store
            .directory
            .add_member(fixture::by_service_at(after(9)), acme.id, alice.id, role)
            .await;
        assert_eq!(outcome(&again), "duplicate member");
    }
    assert_eq!(members(store, &acme).await, before);
    store.join(&umbrella, &alice, Role::Admin).await;
}

pub async fn members_are_listed_by_id_in_pages(store: &TestStore) {
    let acme = store.organization("acme").await;
    let mut users: Vec<User> = Vec::new();
    for name in ["c", "b", "a"] {
        users.push(store.user(name).await);
    }
    for index in [1, 2, 0] {
        store.join(&acme, &users[index], Role::User).await;
    }
    let expected: Vec<_> = users.iter().map(|user| user.id).collect();
    for (offset, limit) in [(0, 2), (2, 2), (3, 2), (0, 1_000), (i64::MAX, 1_000)] {
        let window = Window { offset, limit };
        let page = store.directory.list_members(acme.id, window).await;
        let page = page.unwrap();
        let shown: Vec<_> = page.items.iter().map(|member| member.user_id).collect();
        let from = expected.len().min(usize::try_from(offset).unwrap());
        let to = expected.len().min(from + limit as usize);
        assert_eq!((&shown[..], page.total), (&expected[from..to], 3));
    }
}

pub async fn members_are_listed_after_a_place_that_nobody_moves(store: &TestStore) {
    let acme = store.organization("acme").await;
    let other = store.organization("other").await;
    let mut ids = Vec::new();
    for number in 0..7 {
        let user = store.user(&format!("user{number}")).await;
        store.join(&acme, &user, Role::User).await;
        store.join(&other, &user, Role::User).await;
        ids.push(user.id);
    }
    let directory = &store.directory;
    let after = |after, limit| directory.list_members_after(acme.id, after, limit);
    let shown = |piece: &Piece<Member>| -> Vec<UserId> {
        let read = piece.items.iter().map(|member| member.user_id);
        read.chain(piece.rest.iter().copied()).collect()
    };
    let (piece, next) = after(None, 3).await.unwrap();
    assert_eq!((&shown(&piece)[..], next), (&ids[..3], Some(ids[2])));
    // Who leaves before the place moves nobody, and the place may be that of one who left.
    for gone in [ids[0], ids[2]] {
        let by = fixture::by_service();
        assert!(directory.remove_member(by, acme.id, gone).await.unwrap());
    }
    let (piece, next) = after(next, 3).await.unwrap();
    assert_eq!((&shown(&piece)[..], next), (&ids[3..6], Some(ids[5])));
    let (piece, next) = after(next, 3).await.unwrap();
    assert_eq!((&shown(&piece)[..], next), (&ids[6..], None));
    let (piece, next) = after(Some(ids[6]), 3).await.unwrap();
    assert_eq!((&shown(&piece)[..], next), (&[][..], None));
    let (piece, next) = after(None, 5).await.unwrap();
    assert_eq!((shown(&piece).len(), next), (5, None));
}

pub async fn a_member_is_listed_with_the_current_user(store: &TestStore) {
    let alice = store.user("alice").await;
    let acme = store.organization("acme").await;
    store.join(&acme, &alice, Role::User).await;
    let changes = UserChanges {
        username: Some(Username::parse("alicia").unwrap()),
        full_name: Some(Some(FullName::parse("Alicia").unwrap())),
        is_active: Some(false),
        ..UserChanges::default()
    };
    let changed = store
        .directory
        .update_user(fixture::by_service_at(after(1)), alice.id, changes);
    let changed = changed.await.unwrap().unwrap();
    let members = members(store, &acme).await;
    assert_eq!(members[0].username, changed.username);
    assert_eq!(members[0].full_name, changed.full_name);
}

pub async fn updating_a_member_changes_only_the_role(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let acme = store.organization("acme").await;
    store.join(&acme, &alice, Role::Admin).await;
    store.join(&acme, &bob, Role::User).await;
    let mut expected = members(store, &acme).await;
    for role in [Role::Admin, Role::Admin, Role::User, Role::User] {
        expected[1].role = role;
        let updated = store
            .directory
            .update_member(fixture::by_service(), acme.id, bob.id, role)
            .await;
        assert_eq!(updated.unwrap().as_ref(), Some(&expected[1]));
        assert_eq!(members(store, &acme).await, expected);
        let standing = store.directory.standing(bob.id, acme.id).await;
        assert_eq!(standing.unwrap().role, Some(role));
    }
}

pub async fn the_last_admin_of_an_organization_keeps_their_role(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let (acme, umbrella) = (
        store.organization("acme").await,
        store.organization("umbrella").await,
    );
    store.join(&acme, &alice, Role::Admin).await;
    store.join(&acme, &bob, Role::User).await;
    // Being an admin elsewhere makes no difference.
    store.join(&umbrella, &bob, Role::Admin).await;
    let before = members(store, &acme).await;
    let update = |user: &User, role| {
        store
            .directory
            .update_member(fixture::by_service(), acme.id, user.id, role)
    };

    assert_eq!(outcome(&update(&alice, Role::User).await), refused(&acme));
    let removed = store
        .directory
        .remove_member(fixture::by_service(), acme.id, alice.id)
        .await;
    assert_eq!(outcome(&removed), refused(&acme));
    assert_eq!(members(store, &acme).await, before);
    assert_eq!(outcome(&update(&alice, Role::Admin).await), "done");

    assert_eq!(outcome(&update(&bob, Role::Admin).await), "done");
    assert_eq!(outcome(&update(&alice, Role::User).await), "done");
    let removed = store
        .directory
        .remove_member(fixture::by_service(), acme.id, bob.id)
        .await;
    assert_eq!(outcome(&removed), refused(&acme));
}

pub async fn a_removed_member_can_be_added_again(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let acme = store.organization("acme").await;
    store.join(&acme, &alice, Role::Admin).await;
    store.join(&acme, &bob, Role::User).await;
    let key = store.key(&bob, acme.id, "ci").await;
    let remove = || {
        store
            .directory
            .remove_member(fixture::by_service(), acme.id, bob.id)
    };
    assert!(remove().await.unwrap());
    assert!(!remove().await.unwrap());
    let standing = store.directory.standing(bob.id, acme.id).await.unwrap();
    assert_eq!((standing.is_organization, standing.role), (true, None));
    assert_eq!(members(store, &acme).await.len(), 1);
    // Their keys are kept; whether they may still be used is decided when they
    // are verified.
    assert_eq!(store.keys(&everything()).await, [key]);
    store.join(&acme, &bob, Role::Admin).await;
}

pub async fn a_user_who_is_not_a_member_is_neither_updated_nor_removed(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let acme = store.organization("acme").await;
    store.join(&acme, &alice, Role::Admin).await;
    for role in [Role::Admin, Role::User] {
        let updated = store
            .directory
            .update_member(fixture::by_service(), acme.id, bob.id, role)
            .await;
        assert_eq!(updated.unwrap(), None);
    }
    let removed = store
        .directory
        .remove_member(fixture::by_service(), acme.id, bob.id)
        .await;
    assert!(!removed.unwrap());
    assert_eq!(members(store, &acme).await.len(), 1);
}
