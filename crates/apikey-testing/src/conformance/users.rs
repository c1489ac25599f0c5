//! Users.

use super::{
    TestStore,
    test_store::{UNKNOWN_IDS, WHOLE, after, by_creation, named, outcome},
};
use apikey_domain::{
    identifier::UserId,
    identity::{
        password::PasswordHash,
        user::{FullName, User, UserChanges, Username},
    },
    listing::{Page, SearchTerm, Window},
    testing::fixture,
};

fn renamed(username: &str) -> UserChanges {
    UserChanges {
        username: Some(Username::parse(username).unwrap()),
        ..UserChanges::default()
    }
}

pub async fn a_created_user_is_returned_as_they_are_found(store: &TestStore) {
    let mut new = fixture::new_user("alice");
    new.full_name = Some(FullName::parse("Alice A.").unwrap());
    new.is_admin = true;
    new.is_active = false;
    new.is_system = true;
    let user = store
        .directory
        .create_user(fixture::by_service(), new.clone())
        .await
        .unwrap();
    assert_eq!(
        (&user.username, &user.full_name),
        (&new.username, &new.full_name)
    );
    assert!(user.is_admin && !user.is_active && user.is_system);
    assert_eq!(
        (user.created_at, user.updated_at),
        (new.created_at, new.created_at)
    );

    let found = store.directory.user(user.id).await.unwrap();
    assert_eq!(found.as_ref(), Some(&user));
    let found = store.directory.user_credential("alice").await.unwrap();
    let found = found.unwrap();
    assert_eq!(
        (found.user, found.password_hash),
        (user.clone(), new.password_hash)
    );
    let page = store
        .directory
        .list_users(&named(None), &by_creation(), WHOLE)
        .await
        .unwrap();
    assert_eq!((page.items, page.total), (vec![user], 1));
}

pub async fn every_user_and_organization_has_its_own_principal(store: &TestStore) {
    let mut principals = Vec::new();
    for number in 0..4 {
        let user = store.user(&format!("user-{number}")).await;
        principals.push(user.principal_id);
        principals.push(store.organization(&format!("org-{number}")).await.id);
    }
    let mut distinct = principals.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), principals.len());
}

pub async fn ids_of_deleted_users_and_organizations_are_not_reused(store: &TestStore) {
    let bob = store.user("bob").await;
    assert!(
        store
            .directory
            .delete_user(fixture::by_service(), bob.id)
            .await
            .unwrap()
    );
    let bob_again = store.user("bob").await;
    assert!(bob_again.id > bob.id);
    assert_ne!(bob_again.principal_id, bob.principal_id);

    let acme = store.organization("acme").await;
    let deleted = store
        .directory
        .delete_organization(fixture::by_service(), acme.id)
        .await;
    assert!(deleted.unwrap());
    assert_ne!(store.organization("acme").await.id, acme.id);
}

pub async fn usernames_are_looked_up_bytewise(store: &TestStore) {
    let alice = store.user("alice").await;
    let again = fixture::new_user("alice");
    let refused = store
        .directory
        .create_user(fixture::by_service(), again)
        .await;
    assert_eq!(outcome(&refused), "duplicate username");
    let page = store
        .directory
        .list_users(&named(None), &by_creation(), WHOLE)
        .await
        .unwrap();
    assert_eq!(page.items, [alice]);
    for other in ["Alice", "ALICE", "alice ", "\u{430}lice", "alic", "%", ""] {
        let found = store.directory.user_credential(other).await.unwrap();
        assert!(found.is_none(), "{other:?}");
    }
}

pub async fn the_first_user_is_stored_only_if_there_is_none(store: &TestStore) {
    assert!(!store.directory.has_users().await.unwrap());
    let first = fixture::new_user("admin");
    let created = store
        .directory
        .create_first_user(fixture::by_service(), first)
        .await
        .unwrap();
    assert!(store.directory.has_users().await.unwrap());
    let second = fixture::new_user("second");
    let refused = store
        .directory
        .create_first_user(fixture::by_service(), second)
        .await;
    assert_eq!(refused.unwrap(), None);
    let page = store
        .directory
        .list_users(&named(None), &by_creation(), WHOLE)
        .await
        .unwrap();
    assert_eq!(page.items, [created.unwrap()]);
}

pub async fn a_first_user_after_an_ordinary_one_is_not_stored(store: &TestStore) {
    let alice = store.user("alice").await;
    let first = fixture::new_user("alice");
    let refused = store
        .directory
        .create_first_user(fixture::by_service(), first)
        .await;
    assert_eq!(refused.unwrap(), None);
    let page = store
        .directory
        .list_users(&named(None), &by_creation(), WHOLE)
        .await
        .unwrap();
    assert_eq!(page.items, [alice]);
}

pub async fn users_are_listed_in_pages(store: &TestStore) {
    let mut users = Vec::new();
    for name in ["e", "d", "c", "b", "a"] {
        users.push(store.user(name).await);
    }
    for (offset, limit) in [
        (0, 2),
        (2, 2),
        (4, 2),
        (0, 1_000),
        (5, 1),
        (i64::MAX, 1_000),
    ] {
        let window = Window { offset, limit };
        let page = store
            .directory
            .list_users(&named(None), &by_creation(), window)
            .await
            .unwrap();
        let from = users.len().min(usize::try_from(offset).unwrap());
        let to = users.len().min(from + limit as usize);
        let expected = Page {
            items: users[from..to].to_vec(),
            rest: Vec::new(),
            total: 5,
        };
        assert_eq!(page, expected, "{window:?}");
    }
}

pub async fn a_search_of_users_ignores_case_and_has_no_wildcards(store: &TestStore) {
    let mut users: Vec<User> = Vec::new();
    for name in ["Älice", "bob_1", "bob%1", r"b\ob", "БОРИС", "o'neil"] {
        users.push(store.user(name).await);
    }
    for text in ["äL", "BOB", "_", "%", r"\", "борис", "'", "nobody", "user"] {
        let term = SearchTerm::parse(text).unwrap().unwrap();
        let page = store
            .directory
            .list_users(&named(Some(&term)), &by_creation(), WHOLE)
            .await;
        let mut expected = users.clone();
        expected.retain(|user| term.is_in(user.username.as_str()));
        let page = page.unwrap();
        assert_eq!(page.total, expected.len() as u64, "{text:?}");
        assert_eq!(page.items, expected, "{text:?}");
    }
}

pub async fn an_update_of_a_user_changes_what_it_names_only(store: &TestStore) {
    store.admin("root").await;
    let mut expected = store.user("alice").await;
    let mut hash = PasswordHash::new("plain:Passw0rd_1");
    let mut steps = vec![UserChanges::default(); 6];
    steps[0].username = Some(Username::parse("alicia").unwrap());
    steps[1].full_name = Some(Some(FullName::parse("Alice A.").unwrap()));
    steps[2].password_hash = Some(PasswordHash::new("plain:changed"));
    steps[3].is_admin = Some(true);
    steps[4].is_active = Some(false);
    steps[5].full_name = Some(None);
    for (seconds, changes) in (1..).zip(steps) {
        expected.username = changes.username.clone().unwrap_or(expected.username);
        expected.full_name = changes.full_name.clone().unwrap_or(expected.full_name);
        expected.is_admin = changes.is_admin.unwrap_or(expected.is_admin);
        expected.is_active = changes.is_active.unwrap_or(expected.is_active);
        expected.updated_at = after(seconds);
        hash = changes.password_hash.clone().unwrap_or(hash);
        let updated = store.directory.update_user(
            fixture::by_service_at(after(seconds)),
            expected.id,
            changes,
        );
        assert_eq!(updated.await.unwrap().as_ref(), Some(&expected));
        let username = expected.username.as_str();
        let stored = store.directory.user_credential(username).await.unwrap();
        let stored = stored.unwrap();
        assert_eq!((&stored.user, &stored.password_hash), (&expected, &hash));
    }
}

pub async fn a_username_cannot_be_changed_to_a_taken_one(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let mut changes = renamed("bob");
    changes.full_name = Some(Some(FullName::parse("Not kept").unwrap()));
    let refused = store
        .directory
        .update_user(fixture::by_service_at(after(1)), alice.id, changes);
    assert_eq!(outcome(&refused.await), "duplicate username");
    let found = store.directory.user(alice.id).await.unwrap();
    assert_eq!(found, Some(alice.clone()));

    for (user, username) in [(&alice, "alice"), (&alice, "alicia"), (&bob, "alice")] {
        let changes = renamed(username);
        let changed =
            store
                .directory
                .update_user(fixture::by_service_at(after(2)), user.id, changes);
        assert_eq!(outcome(&changed.await), "done", "{username}");
    }
}

pub async fn an_unknown_user_is_neither_updated_nor_deleted(store: &TestStore) {
    let alice = store.user("alice").await;
    let principals = [alice.principal_id.0];
    for number in UNKNOWN_IDS.into_iter().chain(principals) {
        if UserId(number) == alice.id {
            continue;
        }
        let id = UserId(number);
        let changed =
            store
                .directory
                .update_user(fixture::by_service_at(after(1)), id, renamed("eve"));
        assert_eq!(changed.await.unwrap(), None, "{id}");
        assert!(
            !store
                .directory
                .delete_user(fixture::by_service(), id)
                .await
                .unwrap(),
            "{id}"
        );
    }
    let page = store
        .directory
        .list_users(&named(None), &by_creation(), WHOLE)
        .await
        .unwrap();
    assert_eq!(page.items, [alice]);
}
