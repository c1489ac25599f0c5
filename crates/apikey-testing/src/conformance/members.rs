//! Members of organizations.

use super::{
    TestStore,
    test_store::{WHOLE, after, everything, outcome},
};
use apikey_domain::{
    identity::{
        organization::{Member, Organization, Role},
        user::{FullName, User, UserChanges, Username},
    },
    listing::Window,
    testing::fixture,
};

fn refused(organization: &Organization) -> String {
    let id = organization.id;
    format!("the last admin of organization {id} cannot be demoted or removed")
}

async fn members(subject: &TestStore, organization: &Organization) -> Vec<Member> {
    let page = subject.directory.list_members(organization.id, WHOLE).await;
    let page = page.unwrap();
    assert_eq!(page.total, page.items.len() as u64);
    page.items
}

pub async fn an_added_member_is_answered_as_they_are_listed(subject: &TestStore) {
    let full_name = Some(FullName::parse("Alice A.").unwrap());
    let alice = subject
        .user_who("alice", |new| new.full_name = full_name.clone())
        .await;
    let acme = subject.organization("acme").await;
    let added = subject
        .directory
        .add_member(
            fixture::attribution_at(after(3)),
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
    assert_eq!(members(subject, &acme).await, [expected]);
}

pub async fn nobody_is_a_member_twice(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let (acme, umbrella) = (
        subject.organization("acme").await,
        subject.organization("umbrella").await,
    );
    subject.join(&acme, &alice, Role::User).await;
    let before = members(subject, &acme).await;
    for role in [Role::User, Role::Admin] {
        let again = subject
            .directory
            .add_member(fixture::attribution_at(after(9)), acme.id, alice.id, role)
            .await;
        assert_eq!(outcome(&again), "duplicate member");
    }
    assert_eq!(members(subject, &acme).await, before);
    subject.join(&umbrella, &alice, Role::Admin).await;
}

pub async fn members_are_listed_by_id_in_pages(subject: &TestStore) {
    let acme = subject.organization("acme").await;
    let mut users: Vec<User> = Vec::new();
    for name in ["c", "b", "a"] {
        users.push(subject.user(name).await);
    }
    for index in [1, 2, 0] {
        subject.join(&acme, &users[index], Role::User).await;
    }
    let expected: Vec<_> = users.iter().map(|user| user.id).collect();
    for (offset, limit) in [(0, 2), (2, 2), (3, 2), (0, 1_000), (i64::MAX, 1_000)] {
        let window = Window { offset, limit };
        let page = subject.directory.list_members(acme.id, window).await;
        let page = page.unwrap();
        let shown: Vec<_> = page.items.iter().map(|member| member.user_id).collect();
        let from = expected.len().min(usize::try_from(offset).unwrap());
        let to = expected.len().min(from + limit as usize);
        assert_eq!((&shown[..], page.total), (&expected[from..to], 3));
    }
}

pub async fn a_member_is_listed_as_the_user_is_now(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let acme = subject.organization("acme").await;
    subject.join(&acme, &alice, Role::User).await;
    let changes = UserChanges {
        username: Some(Username::parse("alicia").unwrap()),
        full_name: Some(Some(FullName::parse("Alicia").unwrap())),
        is_active: Some(false),
        ..UserChanges::default()
    };
    let changed =
        subject
            .directory
            .update_user(fixture::attribution_at(after(1)), alice.id, changes);
    let changed = changed.await.unwrap().unwrap();
    let members = members(subject, &acme).await;
    assert_eq!(members[0].username, changed.username);
    assert_eq!(members[0].full_name, changed.full_name);
}

pub async fn a_role_changes_and_nothing_else(subject: &TestStore) {
    let (alice, bob) = (subject.user("alice").await, subject.user("bob").await);
    let acme = subject.organization("acme").await;
    subject.join(&acme, &alice, Role::Admin).await;
    subject.join(&acme, &bob, Role::User).await;
    let mut expected = members(subject, &acme).await;
    for role in [Role::Admin, Role::Admin, Role::User, Role::User] {
        expected[1].role = role;
        let updated = subject
            .directory
            .update_member(fixture::attribution(), acme.id, bob.id, role)
            .await;
        assert_eq!(updated.unwrap().as_ref(), Some(&expected[1]));
        assert_eq!(members(subject, &acme).await, expected);
        let standing = subject.directory.standing(bob.id, acme.id).await;
        assert_eq!(standing.unwrap().role, Some(role));
    }
}

pub async fn the_last_admin_of_an_organization_keeps_their_role(subject: &TestStore) {
    let (alice, bob) = (subject.user("alice").await, subject.user("bob").await);
    let (acme, umbrella) = (
        subject.organization("acme").await,
        subject.organization("umbrella").await,
    );
    subject.join(&acme, &alice, Role::Admin).await;
    subject.join(&acme, &bob, Role::User).await;
    // An admin elsewhere does not count.
    subject.join(&umbrella, &bob, Role::Admin).await;
    let before = members(subject, &acme).await;
    let update = |user: &User, role| {
        subject
            .directory
            .update_member(fixture::attribution(), acme.id, user.id, role)
    };

    assert_eq!(outcome(&update(&alice, Role::User).await), refused(&acme));
    let removed = subject
        .directory
        .remove_member(fixture::attribution(), acme.id, alice.id)
        .await;
    assert_eq!(outcome(&removed), refused(&acme));
    assert_eq!(members(subject, &acme).await, before);
    assert_eq!(outcome(&update(&alice, Role::Admin).await), "done");

    assert_eq!(outcome(&update(&bob, Role::Admin).await), "done");
    assert_eq!(outcome(&update(&alice, Role::User).await), "done");
    let removed = subject
        .directory
        .remove_member(fixture::attribution(), acme.id, bob.id)
        .await;
    assert_eq!(outcome(&removed), refused(&acme));
}

pub async fn a_removed_member_is_gone_and_can_come_back(subject: &TestStore) {
    let (alice, bob) = (subject.user("alice").await, subject.user("bob").await);
    let acme = subject.organization("acme").await;
    subject.join(&acme, &alice, Role::Admin).await;
    subject.join(&acme, &bob, Role::User).await;
    let key = subject.key(&bob, acme.id, "ci").await;
    let remove = || {
        subject
            .directory
            .remove_member(fixture::attribution(), acme.id, bob.id)
    };
    assert!(remove().await.unwrap());
    assert!(!remove().await.unwrap());
    let standing = subject.directory.standing(bob.id, acme.id).await.unwrap();
    assert_eq!((standing.is_organization, standing.role), (true, None));
    assert_eq!(members(subject, &acme).await.len(), 1);
    // Their keys stay; whether they still act is decided when they come.
    assert_eq!(subject.keys(&everything()).await, [key]);
    subject.join(&acme, &bob, Role::Admin).await;
}

pub async fn a_stranger_is_neither_changed_nor_removed(subject: &TestStore) {
    let (alice, bob) = (subject.user("alice").await, subject.user("bob").await);
    let acme = subject.organization("acme").await;
    subject.join(&acme, &alice, Role::Admin).await;
    for role in [Role::Admin, Role::User] {
        let updated = subject
            .directory
            .update_member(fixture::attribution(), acme.id, bob.id, role)
            .await;
        assert_eq!(updated.unwrap(), None);
    }
    let removed = subject
        .directory
        .remove_member(fixture::attribution(), acme.id, bob.id)
        .await;
    assert!(!removed.unwrap());
    assert_eq!(members(subject, &acme).await.len(), 1);
}
