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

pub async fn a_created_organization_is_returned_as_it_is_found(store: &TestStore) {
    let mut new = fixture::new_organization("acme");
    new.name = OrganizationName::parse("ACME, Inc.").unwrap();
    new.description = Some(Description::parse("makes\neverything").unwrap());
    let created = store
        .directory
        .create_organization(fixture::by_service(), new.clone())
        .await;
    let created = created.unwrap();
    assert_eq!((&created.name, &created.slug), (&new.name, &new.slug));
    assert_eq!(created.description, new.description);
    assert_eq!(
        (created.created_at, created.updated_at),
        (new.created_at, new.created_at)
    );
    let found = store.directory.organization(created.id).await.unwrap();
    assert_eq!(found, Some(created));
}

pub async fn a_slug_is_taken_once_and_a_name_is_not(store: &TestStore) {
    let acme = store.organization("acme").await;
    let mut again = fixture::new_organization("acme");
    again.name = OrganizationName::parse("Other").unwrap();
    let refused = store
        .directory
        .create_organization(fixture::by_service(), again)
        .await;
    assert_eq!(outcome(&refused), "duplicate slug");
    let mut same_name = fixture::new_organization("other");
    same_name.name = acme.name.clone();
    let created = store
        .directory
        .create_organization(fixture::by_service(), same_name)
        .await;
    assert_eq!(outcome(&created), "done");
}

pub async fn organizations_are_listed_by_id_name_and_member(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let mut organizations = Vec::new();
    for (number, name) in ["Zeta ÄG", "alpha", "100%", "a_b", "Alpha 2"]
        .into_iter()
        .enumerate()
    {
        let mut new = fixture::new_organization(&format!("org-{number}"));
        new.name = OrganizationName::parse(name).unwrap();
        let created = store
            .directory
            .create_organization(fixture::by_service(), new)
            .await
            .unwrap();
        organizations.push(created);
    }
    for index in [0, 1, 3] {
        store.join(&organizations[index], &alice, Role::User).await;
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
        let page = store
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
        let page = store.directory.list_organizations(None, alice, window);
        let page = page.await.unwrap();
        assert_eq!((page.items.len(), page.total), (shown, 3), "{window:?}");
    }
}

pub async fn an_update_of_an_organization_changes_what_it_names_only(store: &TestStore) {
    let mut expected = store.organization("acme").await;
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
        let updated = store
            .directory
            .update_organization(fixture::by_service_at(after(seconds)), id, changes)
            .await;
        assert_eq!(updated.unwrap().as_ref(), Some(&expected));
        let found = store.directory.organization(id).await.unwrap();
        assert_eq!(found.as_ref(), Some(&expected));
    }
}

pub async fn a_slug_cannot_be_changed_to_a_taken_one(store: &TestStore) {
    let acme = store.organization("acme").await;
    store.organization("umbrella").await;
    let to = |slug| OrganizationChanges {
        name: Some(OrganizationName::parse("changed").unwrap()),
        slug: Some(Slug::parse(slug).unwrap()),
        description: None,
    };
    let update = |changes| {
        let now = after(1);
        store
            .directory
            .update_organization(fixture::by_service_at(now), acme.id, changes)
    };
    assert_eq!(outcome(&update(to("umbrella")).await), "duplicate slug");
    let found = store.directory.organization(acme.id).await.unwrap();
    assert_eq!(found.as_ref(), Some(&acme));
    assert_eq!(outcome(&update(to("acme")).await), "done");
}

pub async fn a_deleted_organization_no_longer_exists_nor_do_its_memberships(store: &TestStore) {
    let alice = store.user("alice").await;
    let acme = store.organization("acme").await;
    store.join(&acme, &alice, Role::Admin).await;
    let delete = || {
        store
            .directory
            .delete_organization(fixture::by_service(), acme.id)
    };
    assert!(delete().await.unwrap());
    assert!(!delete().await.unwrap());
    assert_eq!(store.directory.organization(acme.id).await.unwrap(), None);
    let theirs = store
        .directory
        .list_organizations(None, Some(alice.id), WHOLE)
        .await;
    assert_eq!(theirs.unwrap().total, 0);
    let members = store.directory.list_members(acme.id, WHOLE).await;
    assert_eq!(members.unwrap().total, 0);
    // The slug is free, and the user was not the last admin of anything.
    store.organization("acme").await;
    assert!(
        store
            .directory
            .delete_user(fixture::by_service(), alice.id)
            .await
            .unwrap()
    );
}

pub async fn an_organization_that_owns_keys_cannot_be_deleted(store: &TestStore) {
    let alice = store.user("alice").await;
    let robot = store.system_user("robot").await;
    let acme = store.organization("acme").await;
    store.join(&acme, &alice, Role::Admin).await;
    let mut keys = Vec::new();
    for (user, name) in [(&alice, "1"), (&alice, "2"), (&robot, "3")] {
        keys.push(store.key(user, acme.id, name).await);
    }
    let delete = || {
        store
            .directory
            .delete_organization(fixture::by_service(), acme.id)
    };
    while let Some(key) = keys.pop() {
        let count = keys.len() + 1;
        let expected = format!("the organization still owns {count} api keys");
        assert_eq!(outcome(&delete().await), expected);
        let standing = store.directory.standing(alice.id, acme.id).await;
        assert_eq!(standing.unwrap().role, Some(Role::Admin));
        store
            .api_keys
            .delete(fixture::by_service(), key.id, ANYWHERE)
            .await
            .unwrap();
    }
    assert!(delete().await.unwrap());
}

pub async fn a_users_own_principal_is_not_an_organization(store: &TestStore) {
    let alice = store.user("alice").await;
    let id = alice.principal_id;
    let directory = &store.directory;
    assert_eq!(directory.organization(id).await.unwrap(), None);
    let changes = OrganizationChanges::default();
    let updated = directory
        .update_organization(fixture::by_service_at(after(1)), id, changes)
        .await;
    assert_eq!(updated.unwrap(), None);
    assert!(
        !directory
            .delete_organization(fixture::by_service(), id)
            .await
            .unwrap()
    );
    let added = directory.add_member(fixture::by_service_at(after(1)), id, alice.id, Role::Admin);
    assert_eq!(added.await.unwrap(), None);
    assert_eq!(directory.user(alice.id).await.unwrap(), Some(alice));
}

pub async fn standing_is_what_the_table_says(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let root = store.admin("root").await;
    let acme = store.organization("acme").await;
    store.join(&acme, &alice, Role::Admin).await;
    store.join(&acme, &bob, Role::User).await;
    let unknown_user = UserId(i64::MAX);
    let table: [(UserId, PrincipalId, bool, Option<Role>); 8] = [
        (alice.id, acme.id, true, Some(Role::Admin)),
        (bob.id, acme.id, true, Some(Role::User)),
        (root.id, acme.id, true, None),
        (unknown_user, acme.id, true, None),
        (alice.id, PrincipalId(i64::MAX), false, None),
        (alice.id, alice.principal_id, false, None),
        (alice.id, bob.principal_id, false, None),
        (UserId(acme.id.0), PrincipalId(alice.id.0), false, None),
    ];
    for (user_id, principal_id, is_organization, role) in table {
        let standing = store.directory.standing(user_id, principal_id).await;
        let expected = Standing {
            is_organization,
            role,
        };
        assert_eq!(standing.unwrap(), expected, "{user_id} {principal_id}");
    }
}
