//! The rules over several users and members, under concurrent writes.

use super::{
    TestStore,
    test_store::{WHOLE, after, by_creation, named, outcome},
};
use apikey_domain::{
    identity::{
        organization::{Organization, Role},
        user::{User, UserChanges},
    },
    testing::fixture,
};
use futures_util::future::{join, join_all};

/// How many writes run concurrently.
const CONCURRENCY: usize = 16;

/// How often a race between two writes is run.
const ROUNDS: usize = 8;

/// Checks that exactly one of two was refused for being the last admin.
fn assert_one_refused(one: &str, other: &str) {
    let refused = |outcome: &str| outcome.starts_with("the last");
    assert!(refused(one) != refused(other), "{one:?} and {other:?}");
    assert!([one, other].contains(&"done"), "{one:?} and {other:?}");
}

pub async fn of_many_first_users_one_is_stored(store: &TestStore) {
    let creations = (0..CONCURRENCY).map(|number| {
        let new = fixture::new_user(&format!("admin {number}"));
        store
            .directory
            .create_first_user(fixture::by_service(), new)
    });
    let results = join_all(creations).await;
    let created: Vec<User> = results.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(created.len(), 1);
    let page = store
        .directory
        .list_users(&named(None), &by_creation(), WHOLE)
        .await
        .unwrap();
    assert_eq!(page.items, created);
}

pub async fn of_many_creations_of_one_username_one_wins(store: &TestStore) {
    let new = || {
        store
            .directory
            .create_user(fixture::by_service(), fixture::new_user("alice"))
    };
    let results = join_all((0..CONCURRENCY).map(|_| new())).await;
    let outcomes: Vec<_> = results.iter().map(outcome).collect();
    let refused = outcomes.iter().filter(|text| *text == "duplicate username");
    assert_eq!(refused.count(), CONCURRENCY - 1, "{outcomes:?}");
    let page = store
        .directory
        .list_users(&named(None), &by_creation(), WHOLE)
        .await
        .unwrap();
    assert_eq!(page.total, 1);
}

pub async fn of_many_changes_to_one_username_one_wins(store: &TestStore) {
    let names: Vec<_> = (0..CONCURRENCY)
        .map(|number| format!("user {number}"))
        .collect();
    let users = join_all(names.iter().map(|name| store.user(name))).await;
    let renamings = users.iter().map(|user| {
        let changes = UserChanges {
            username: Some(fixture::new_user("alice").username),
            ..UserChanges::default()
        };
        store
            .directory
            .update_user(fixture::by_service_at(after(1)), user.id, changes)
    });
    let results = join_all(renamings).await;
    let outcomes: Vec<_> = results.iter().map(outcome).collect();
    let refused = outcomes.iter().filter(|text| *text == "duplicate username");
    assert_eq!(refused.count(), CONCURRENCY - 1, "{outcomes:?}");
}

pub async fn two_platform_admins_cannot_remove_each_other(store: &TestStore) {
    let mut survivor = store.admin("root").await;
    for round in 0..ROUNDS {
        let rival = store.admin(&format!("rival {round}")).await;
        let (one, other) = join(
            revoke_admin(store, &survivor, round),
            revoke_admin(store, &rival, round / 3),
        )
        .await;
        assert_one_refused(&one, &other);
        if other != "done" {
            survivor = rival;
        }
        let found = store.directory.user(survivor.id).await.unwrap().unwrap();
        assert!(found.is_admin && found.is_active);
    }
}

/// Demotes, deactivates or deletes the user, depending on `way`.
async fn revoke_admin(store: &TestStore, user: &User, way: usize) -> String {
    let mut changes = UserChanges::default();
    match way % 3 {
        0 => changes.is_admin = Some(false),
        1 => changes.is_active = Some(false),
        _ => {
            return outcome(
                &store
                    .directory
                    .delete_user(fixture::by_service(), user.id)
                    .await,
            );
        }
    }
    let changed = store
        .directory
        .update_user(fixture::by_service_at(after(1)), user.id, changes);
    outcome(&changed.await)
}

pub async fn two_organization_admins_cannot_remove_each_other(store: &TestStore) {
    let acme = store.organization("acme").await;
    let mut survivor = store.user("root").await;
    store.join(&acme, &survivor, Role::Admin).await;
    for round in 0..ROUNDS {
        let rival = store.user(&format!("rival {round}")).await;
        store.join(&acme, &rival, Role::Admin).await;
        let (one, other) = join(
            remove(store, &acme, &survivor, round),
            remove(store, &acme, &rival, round / 3),
        )
        .await;
        assert_one_refused(&one, &other);
        if other != "done" {
            survivor = rival;
        }
        let standing = store.directory.standing(survivor.id, acme.id).await;
        assert_eq!(standing.unwrap().role, Some(Role::Admin));
    }
}

/// Demotes, removes or deletes the user, depending on `way`.
async fn remove(store: &TestStore, acme: &Organization, user: &User, way: usize) -> String {
    let directory = &store.directory;
    match way % 3 {
        0 => {
            let demoted =
                directory.update_member(fixture::by_service(), acme.id, user.id, Role::User);
            outcome(&demoted.await)
        }
        1 => outcome(
            &directory
                .remove_member(fixture::by_service(), acme.id, user.id)
                .await,
        ),
        _ => outcome(&directory.delete_user(fixture::by_service(), user.id).await),
    }
}
