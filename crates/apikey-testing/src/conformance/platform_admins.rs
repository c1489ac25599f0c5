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

async fn change(store: &TestStore, user: &User, changes: UserChanges) -> String {
    let changed = store
        .directory
        .update_user(fixture::by_service_at(after(1)), user.id, changes);
    outcome(&changed.await)
}

async fn delete(store: &TestStore, user: &User) -> String {
    outcome(
        &store
            .directory
            .delete_user(fixture::by_service(), user.id)
            .await,
    )
}

pub async fn the_last_platform_admin_cannot_be_removed(store: &TestStore) {
    let root = store.admin("root").await;
    store.user("alice").await;
    let mut with_more = demoted();
    with_more.username = Some(Username::parse("fallen").unwrap());
    with_more.password_hash = Some(PasswordHash::new("plain:changed"));
    for changes in [demoted(), deactivated(), with_more] {
        assert_eq!(change(store, &root, changes).await, REFUSED);
    }
    assert_eq!(delete(store, &root).await, REFUSED);
    let found = store.directory.user_credential("root").await.unwrap();
    let found = found.unwrap();
    assert_eq!(found.user, root);
    assert_eq!(found.password_hash.as_str(), "plain:Passw0rd_1");
}

pub async fn the_last_platform_admin_can_be_updated_otherwise(store: &TestStore) {
    let root = store.admin("root").await;
    let changes = UserChanges {
        username: Some(Username::parse("boss").unwrap()),
        full_name: Some(Some(FullName::parse("The Boss").unwrap())),
        password_hash: Some(PasswordHash::new("plain:changed")),
        is_admin: Some(true),
        is_active: Some(true),
        require_password_change: Some(true),
    };
    assert_eq!(change(store, &root, changes).await, "done");
}

pub async fn one_of_two_platform_admins_can_be_removed(store: &TestStore) {
    let mut staying = store.admin("root").await;
    for (number, changes) in [Some(demoted()), Some(deactivated()), None]
        .into_iter()
        .enumerate()
    {
        let leaving = staying;
        staying = store.admin(&format!("admin {number}")).await;
        let gone = match changes {
            Some(changes) => change(store, &leaving, changes).await,
            None => delete(store, &leaving).await,
        };
        assert_eq!(gone, "done");
        assert_eq!(delete(store, &staying).await, REFUSED);
    }
}

pub async fn an_inactive_platform_admin_is_not_counted(store: &TestStore) {
    let root = store.admin("root").await;
    let inactive = store
        .user_who("inactive", |new| {
            new.is_admin = true;
            new.is_active = false;
        })
        .await;
    assert_eq!(change(store, &root, demoted()).await, REFUSED);
    assert_eq!(change(store, &root, deactivated()).await, REFUSED);
    assert_eq!(delete(store, &root).await, REFUSED);

    // Nor are they protected themselves.
    assert_eq!(change(store, &inactive, deactivated()).await, "done");
    assert_eq!(change(store, &inactive, demoted()).await, "done");
    assert_eq!(delete(store, &inactive).await, "done");
}

pub async fn an_admin_promoted_or_activated_later_is_counted(store: &TestStore) {
    let root = store.admin("root").await;
    let alice = store.user("alice").await;
    let promoted = UserChanges {
        is_admin: Some(true),
        ..UserChanges::default()
    };
    assert_eq!(change(store, &alice, promoted).await, "done");
    assert_eq!(change(store, &root, deactivated()).await, "done");
    assert_eq!(delete(store, &alice).await, REFUSED);
    let activated = UserChanges {
        is_active: Some(true),
        ..UserChanges::default()
    };
    assert_eq!(change(store, &root, activated).await, "done");
    assert_eq!(delete(store, &alice).await, "done");
}

pub async fn without_a_platform_admin_any_user_can_be_deleted(store: &TestStore) {
    let mut users = vec![store.user("alice").await];
    // An inactive admin is not the last active admin.
    for username in ["bob", "carol"] {
        let inactive = store.user_who(username, |new| {
            new.is_admin = true;
            new.is_active = false;
        });
        users.push(inactive.await);
    }
    assert_eq!(change(store, &users[1], deactivated()).await, "done");
    assert_eq!(change(store, &users[1], demoted()).await, "done");
    assert_eq!(change(store, &users[0], demoted()).await, "done");
    assert_eq!(change(store, &users[0], deactivated()).await, "done");
    for user in &users {
        assert_eq!(delete(store, user).await, "done");
    }
}
