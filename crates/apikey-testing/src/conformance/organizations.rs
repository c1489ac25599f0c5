//! Organizations.

use super::{
    TestStore,
    test_store::{ANYWHERE, WHOLE, after, outcome},
};
use apikey_domain::{
    identifier::{PrincipalId, UserId},
    identity::organization::{
        Organization, OrganizationChanges, OrganizationName, Role, Slug, Standing,
    },
    key::key_name::Description,
    listing::{SearchTerm, Window},
    testing::fixture,
};

pub async fn a_created_organization_is_answered_as_it_is_found(subject: &TestStore) {
    let mut new = fixture::new_organization("acme");
    new.name = OrganizationName::parse("ACME, Inc.").unwrap();
    new.description = Some(Description::parse("makes\neverything").unwrap());
    let created = subject
        .directory
        .create_organization(fixture::attribution(), new.clone())
        .await;
    let created = created.unwrap();
    assert_eq!((&created.name, &created.slug), (&new.name, &new.slug));
    assert_eq!(created.description, new.description);
    assert_eq!(
        (created.created_at, created.updated_at),
        (new.created_at, new.created_at)
    );
    let found = subject.directory.organization(created.id).await.unwrap();
    assert_eq!(found, Some(created));
}

pub async fn a_slug_is_taken_once_and_a_name_is_not(subject: &TestStore) {
    let acme = subject.organization("acme").await;
    let mut again = fixture::new_organization("acme");
    again.name = OrganizationName::parse("Other").unwrap();
    let refused = subject
        .directory
        .create_organization(fixture::attribution(), again)
        .await;
    assert_eq!(outcome(&refused), "duplicate slug");
    let mut namesake = fixture::new_organization("other");
    namesake.name = acme.name.clone();
    let created = subject
        .directory
        .create_organization(fixture::attribution(), namesake)
        .await;
    assert_eq!(outcome(&created), "done");
}

pub async fn organizations_are_listed_by_id_name_and_member(subject: &TestStore) {
    let (alice, bob) = (subject.user("alice").await, subject.user("bob").await);
    let mut organizations = Vec::new();
    for (number, name) in ["Zeta ÄG", "alpha", "100%", "a_b", "Alpha 2"]
        .into_iter()
        .enumerate()
    {
        let mut new = fixture::new_organization(&format!("org-{number}"));
        new.name = OrganizationName::parse(name).unwrap();
        let created = subject
            .directory
            .create_organization(fixture::attribution(), new)
            .await
            .unwrap();
        organizations.push(created);
    }
    for index in [0, 1, 3] {
        subject
            .join(&organizations[index], &alice, Role::User)
            .await;
    }
    let (alice, bob) = (Some(alice.id), Some(bob.id));
    let table: [(&str, Option<UserId>, &[usize]); 9] = [
        ("", None, &[0, 1, 2, 3, 4]),
        ("ALPHA", None, &[1, 4]),
        ("äg", None, &[0]),
        ("%", None, &[2]),
        ("_", None, &[3]),
        ("org", None, &[]),
        ("", alice, &[0, 1, 3]),
        ("alpha", alice, &[1]),
        ("", bob, &[]),
    ];
    for (search, member, expected) in table {
        let term = SearchTerm::parse(search).unwrap();
        let page = subject
            .directory
            .list_organizations(term.as_ref(), member, WHOLE)
            .await
            .unwrap();
        let shown: Vec<_> = page.items.iter().collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|index| &organizations[*index])
            .collect();
        assert_eq!(shown, expected, "{search:?} {member:?}");
        assert_eq!(page.total, expected.len() as u64);
    }
    for (offset, shown) in [(0, 2), (2, 1), (3, 0), (i64::MAX, 0)] {
        let window = Window { offset, limit: 2 };
        let page = subject.directory.list_organizations(None, alice, window);
        let page = page.await.unwrap();
        assert_eq!((page.items.len(), page.total), (shown, 3), "{window:?}");
    }
}

pub async fn an_update_of_an_organization_changes_what_it_names_only(subject: &TestStore) {
    let mut expected = subject.organization("acme").await;
    let mut steps = vec![OrganizationChanges::default(); 4];
    steps[0].name = Some(OrganizationName::parse("ACME").unwrap());
    steps[1].slug = Some(Slug::parse("acme-2").unwrap());
    steps[2].description = Some(Some(Description::parse("makes everything").unwrap()));
    steps[3].description = Some(None);
    for (seconds, changes) in (1..).zip(steps) {
        let id = expected.id;
        expected = Organization {
            name: changes.name.clone().unwrap_or(expected.name),
            slug: changes.slug.clone().unwrap_or(expected.slug),
            description: changes.description.clone().unwrap_or(expected.description),
            updated_at: after(seconds),
            ..expected
        };
        let updated = subject
            .directory
            .update_organization(fixture::attribution_at(after(seconds)), id, changes)
            .await;
        assert_eq!(updated.unwrap().as_ref(), Some(&expected));
        let found = subject.directory.organization(id).await.unwrap();
        assert_eq!(found.as_ref(), Some(&expected));
    }
}

pub async fn a_slug_cannot_be_changed_to_a_taken_one(subject: &TestStore) {
    let acme = subject.organization("acme").await;
    subject.organization("umbrella").await;
    let to = |slug| OrganizationChanges {
        name: Some(OrganizationName::parse("changed").unwrap()),
        slug: Some(Slug::parse(slug).unwrap()),
        description: None,
    };
    let update = |changes| {
        let now = after(1);
        subject
            .directory
            .update_organization(fixture::attribution_at(now), acme.id, changes)
    };
    assert_eq!(outcome(&update(to("umbrella")).await), "duplicate slug");
    let found = subject.directory.organization(acme.id).await.unwrap();
    assert_eq!(found.as_ref(), Some(&acme));
    assert_eq!(outcome(&update(to("acme")).await), "done");
}

pub async fn a_deleted_organization_is_gone_with_its_memberships(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let acme = subject.organization("acme").await;
    subject.join(&acme, &alice, Role::Admin).await;
    let delete = || {
        subject
            .directory
            .delete_organization(fixture::attribution(), acme.id)
    };
    assert!(delete().await.unwrap());
    assert!(!delete().await.unwrap());
    assert_eq!(subject.directory.organization(acme.id).await.unwrap(), None);
    let theirs = subject
        .directory
        .list_organizations(None, Some(alice.id), WHOLE)
        .await;
    assert_eq!(theirs.unwrap().total, 0);
    let members = subject.directory.list_members(acme.id, WHOLE).await;
    assert_eq!(members.unwrap().total, 0);
    // The slug is free, and the user was not the last admin of anything.
    subject.organization("acme").await;
    assert!(
        subject
            .directory
            .delete_user(fixture::attribution(), alice.id)
            .await
            .unwrap()
    );
}

pub async fn an_organization_that_owns_keys_stays(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let robot = subject.system_user("robot").await;
    let acme = subject.organization("acme").await;
    subject.join(&acme, &alice, Role::Admin).await;
    let mut keys = Vec::new();
    for (user, name) in [(&alice, "1"), (&alice, "2"), (&robot, "3")] {
        keys.push(subject.key(user, acme.id, name).await);
    }
    let delete = || {
        subject
            .directory
            .delete_organization(fixture::attribution(), acme.id)
    };
    while let Some(key) = keys.pop() {
        let count = keys.len() + 1;
        let expected = format!("the organization still owns {count} api keys");
        assert_eq!(outcome(&delete().await), expected);
        let standing = subject.directory.standing(alice.id, acme.id).await;
        assert_eq!(standing.unwrap().role, Some(Role::Admin));
        subject
            .api_keys
            .delete(fixture::attribution(), key.id, ANYWHERE)
            .await
            .unwrap();
    }
    assert!(delete().await.unwrap());
}

pub async fn a_users_own_principal_is_no_organization(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let id = alice.principal_id;
    let directory = &subject.directory;
    assert_eq!(directory.organization(id).await.unwrap(), None);
    let changes = OrganizationChanges::default();
    let updated = directory
        .update_organization(fixture::attribution_at(after(1)), id, changes)
        .await;
    assert_eq!(updated.unwrap(), None);
    assert!(
        !directory
            .delete_organization(fixture::attribution(), id)
            .await
            .unwrap()
    );
    let added = directory.add_member(fixture::attribution_at(after(1)), id, alice.id, Role::Admin);
    assert_eq!(added.await.unwrap(), None);
    assert_eq!(directory.user(alice.id).await.unwrap(), Some(alice));
}

pub async fn standing_is_what_the_table_says(subject: &TestStore) {
    let (alice, bob) = (subject.user("alice").await, subject.user("bob").await);
    let root = subject.admin("root").await;
    let acme = subject.organization("acme").await;
    subject.join(&acme, &alice, Role::Admin).await;
    subject.join(&acme, &bob, Role::User).await;
    let nobody = UserId(i64::MAX);
    let table: [(UserId, PrincipalId, bool, Option<Role>); 8] = [
        (alice.id, acme.id, true, Some(Role::Admin)),
        (bob.id, acme.id, true, Some(Role::User)),
        (root.id, acme.id, true, None),
        (nobody, acme.id, true, None),
        (alice.id, PrincipalId(i64::MAX), false, None),
        (alice.id, alice.principal_id, false, None),
        (alice.id, bob.principal_id, false, None),
        (UserId(acme.id.0), PrincipalId(alice.id.0), false, None),
    ];
    for (user_id, principal_id, is_organization, role) in table {
        let standing = subject.directory.standing(user_id, principal_id).await;
        let expected = Standing {
            is_organization,
            role,
        };
        assert_eq!(standing.unwrap(), expected, "{user_id} {principal_id}");
    }
}
