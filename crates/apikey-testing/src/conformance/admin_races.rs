//! The rules over several users and members, when writes run at once.

use super::{
    TestStore,
    test_store::{WHOLE, after, outcome},
};
use apikey_domain::{
    identity::{
        organization::{Organization, Role},
        user::{User, UserChanges},
    },
    testing::fixture,
};
use futures_util::future::{join, join_all};

/// How many run at once.
const MANY: usize = 16;

/// How often a race between two is run.
const ROUNDS: usize = 8;

/// Exactly one of two was refused for being the last.
fn assert_one_refused(one: &str, other: &str) {
    let refused = |outcome: &str| outcome.starts_with("the last");
    assert!(refused(one) != refused(other), "{one:?} and {other:?}");
    assert!([one, other].contains(&"done"), "{one:?} and {other:?}");
}

pub async fn of_many_first_users_one_is_stored(subject: &TestStore) {
    let creations = (0..MANY).map(|number| {
        let new = fixture::new_user(&format!("admin {number}"));
        subject
            .directory
            .create_first_user(fixture::attribution(), new)
    });
    let answers = join_all(creations).await;
    let created: Vec<User> = answers.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(created.len(), 1);
    let page = subject.directory.list_users(None, WHOLE).await.unwrap();
    assert_eq!(page.items, created);
}

pub async fn of_many_creations_of_one_username_one_wins(subject: &TestStore) {
    let new = || {
        subject
            .directory
            .create_user(fixture::attribution(), fixture::new_user("alice"))
    };
    let answers = join_all((0..MANY).map(|_| new())).await;
    let outcomes: Vec<_> = answers.iter().map(outcome).collect();
    let refused = outcomes.iter().filter(|text| *text == "duplicate username");
    assert_eq!(refused.count(), MANY - 1, "{outcomes:?}");
    let page = subject.directory.list_users(None, WHOLE).await.unwrap();
    assert_eq!(page.total, 1);
}

pub async fn of_many_changes_to_one_username_one_wins(subject: &TestStore) {
    let names: Vec<_> = (0..MANY).map(|number| format!("user {number}")).collect();
    let users = join_all(names.iter().map(|name| subject.user(name))).await;
    let renamings = users.iter().map(|user| {
        let changes = UserChanges {
            username: Some(fixture::new_user("alice").username),
            ..UserChanges::default()
        };
        subject
            .directory
            .update_user(fixture::attribution_at(after(1)), user.id, changes)
    });
    let answers = join_all(renamings).await;
    let outcomes: Vec<_> = answers.iter().map(outcome).collect();
    let refused = outcomes.iter().filter(|text| *text == "duplicate username");
    assert_eq!(refused.count(), MANY - 1, "{outcomes:?}");
}

pub async fn two_platform_admins_cannot_unseat_each_other(subject: &TestStore) {
    let mut survivor = subject.admin("root").await;
    for round in 0..ROUNDS {
        let rival = subject.admin(&format!("rival {round}")).await;
        let (one, other) = join(
            unseat(subject, &survivor, round),
            unseat(subject, &rival, round / 3),
        )
        .await;
        assert_one_refused(&one, &other);
        if other != "done" {
            survivor = rival;
        }
        let found = subject.directory.user(survivor.id).await.unwrap().unwrap();
        assert!(found.is_admin && found.is_active);
    }
}

/// Demotes, deactivates or deletes.
async fn unseat(subject: &TestStore, user: &User, way: usize) -> String {
    let mut changes = UserChanges::default();
    match way % 3 {
        0 => changes.is_admin = Some(false),
        1 => changes.is_active = Some(false),
        _ => {
            return outcome(
                &subject
                    .directory
                    .delete_user(fixture::attribution(), user.id)
                    .await,
            );
        }
    }
    let changed =
        subject
            .directory
            .update_user(fixture::attribution_at(after(1)), user.id, changes);
    outcome(&changed.await)
}

pub async fn two_organization_admins_cannot_remove_each_other(subject: &TestStore) {
    let acme = subject.organization("acme").await;
    let mut survivor = subject.user("root").await;
    subject.join(&acme, &survivor, Role::Admin).await;
    for round in 0..ROUNDS {
        let rival = subject.user(&format!("rival {round}")).await;
        subject.join(&acme, &rival, Role::Admin).await;
        let (one, other) = join(
            remove(subject, &acme, &survivor, round),
            remove(subject, &acme, &rival, round / 3),
        )
        .await;
        assert_one_refused(&one, &other);
        if other != "done" {
            survivor = rival;
        }
        let standing = subject.directory.standing(survivor.id, acme.id).await;
        assert_eq!(standing.unwrap().role, Some(Role::Admin));
    }
}

/// Demotes, removes or deletes as a user.
async fn remove(subject: &TestStore, acme: &Organization, user: &User, way: usize) -> String {
    let directory = &subject.directory;
    match way % 3 {
        0 => {
            let demoted =
                directory.update_member(fixture::attribution(), acme.id, user.id, Role::User);
            outcome(&demoted.await)
        }
        1 => outcome(
            &directory
                .remove_member(fixture::attribution(), acme.id, user.id)
                .await,
        ),
        _ => outcome(&directory.delete_user(fixture::attribution(), user.id).await),
    }
}
