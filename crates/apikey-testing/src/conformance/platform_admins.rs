//! The last active platform admin.

use super::{
    TestStore,
    test_store::{after, outcome},
};
use apikey_domain::{
    identity::{
        password::PasswordHash,
        user::{FullName, User, UserChanges, Username},
    },
    testing::fixture,
};

const REFUSED: &str = "the last active platform admin cannot be demoted, deactivated or deleted";

fn demoted() -> UserChanges {
    UserChanges {
        is_admin: Some(false),
        ..UserChanges::default()
    }
}

fn deactivated() -> UserChanges {
    UserChanges {
        is_active: Some(false),
        ..UserChanges::default()
    }
}

async fn change(subject: &TestStore, user: &User, changes: UserChanges) -> String {
    let changed =
        subject
            .directory
            .update_user(fixture::attribution_at(after(1)), user.id, changes);
    outcome(&changed.await)
}

async fn delete(subject: &TestStore, user: &User) -> String {
    outcome(
        &subject
            .directory
            .delete_user(fixture::attribution(), user.id)
            .await,
    )
}

pub async fn the_last_platform_admin_cannot_go(subject: &TestStore) {
    let root = subject.admin("root").await;
    subject.user("alice").await;
    let mut with_more = demoted();
    with_more.username = Some(Username::parse("fallen").unwrap());
    with_more.password_hash = Some(PasswordHash::new("plain:changed"));
    for changes in [demoted(), deactivated(), with_more] {
        assert_eq!(change(subject, &root, changes).await, REFUSED);
    }
    assert_eq!(delete(subject, &root).await, REFUSED);
    let found = subject.directory.user_credential("root").await.unwrap();
    let found = found.unwrap();
    assert_eq!(found.user, root);
    assert_eq!(found.password_hash.as_str(), "plain:Passw0rd_1");
}

pub async fn the_last_platform_admin_can_change_otherwise(subject: &TestStore) {
    let root = subject.admin("root").await;
    let changes = UserChanges {
        username: Some(Username::parse("boss").unwrap()),
        full_name: Some(Some(FullName::parse("The Boss").unwrap())),
        password_hash: Some(PasswordHash::new("plain:changed")),
        is_admin: Some(true),
        is_active: Some(true),
    };
    assert_eq!(change(subject, &root, changes).await, "done");
}

pub async fn one_of_two_platform_admins_can_go(subject: &TestStore) {
    let mut staying = subject.admin("root").await;
    for (number, changes) in [Some(demoted()), Some(deactivated()), None]
        .into_iter()
        .enumerate()
    {
        let leaving = staying;
        staying = subject.admin(&format!("admin {number}")).await;
        let gone = match changes {
            Some(changes) => change(subject, &leaving, changes).await,
            None => delete(subject, &leaving).await,
        };
        assert_eq!(gone, "done");
        assert_eq!(delete(subject, &staying).await, REFUSED);
    }
}

pub async fn an_inactive_platform_admin_does_not_count(subject: &TestStore) {
    let root = subject.admin("root").await;
    let inactive = subject
        .user_who("inactive", |new| {
            new.is_admin = true;
            new.is_active = false;
        })
        .await;
    assert_eq!(change(subject, &root, demoted()).await, REFUSED);
    assert_eq!(change(subject, &root, deactivated()).await, REFUSED);
    assert_eq!(delete(subject, &root).await, REFUSED);

    // They are not missed, either.
    assert_eq!(change(subject, &inactive, deactivated()).await, "done");
    assert_eq!(change(subject, &inactive, demoted()).await, "done");
    assert_eq!(delete(subject, &inactive).await, "done");
}

pub async fn an_admin_made_or_activated_later_counts(subject: &TestStore) {
    let root = subject.admin("root").await;
    let alice = subject.user("alice").await;
    let promoted = UserChanges {
        is_admin: Some(true),
        ..UserChanges::default()
    };
    assert_eq!(change(subject, &alice, promoted).await, "done");
    assert_eq!(change(subject, &root, deactivated()).await, "done");
    assert_eq!(delete(subject, &alice).await, REFUSED);
    let activated = UserChanges {
        is_active: Some(true),
        ..UserChanges::default()
    };
    assert_eq!(change(subject, &root, activated).await, "done");
    assert_eq!(delete(subject, &alice).await, "done");
}

pub async fn where_there_is_no_platform_admin_anyone_can_go(subject: &TestStore) {
    let mut people = vec![subject.user("alice").await];
    // An inactive admin is not the last active one, either.
    for username in ["bob", "carol"] {
        let inactive = subject.user_who(username, |new| {
            new.is_admin = true;
            new.is_active = false;
        });
        people.push(inactive.await);
    }
    assert_eq!(change(subject, &people[1], deactivated()).await, "done");
    assert_eq!(change(subject, &people[1], demoted()).await, "done");
    assert_eq!(change(subject, &people[0], demoted()).await, "done");
    assert_eq!(change(subject, &people[0], deactivated()).await, "done");
    for user in &people {
        assert_eq!(delete(subject, user).await, "done");
    }
}
