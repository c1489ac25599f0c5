//! A right that ended since the request was checked refuses every write; one that
//! still holds refuses none.

use super::{
    TestStore,
    authority_setup::{Loss, Setup, in_principal, own},
    authority_writes::Targets,
    test_store::everything,
};
use apikey_domain::{
    access::{
        authority::{Authority, CurrentRights},
        tenant::CallerKey,
    },
    gpustack::Scope,
    identity::{
        organization::Role,
        password::PasswordHash,
        user::{UserChanges, Username},
    },
    key::credential::CredentialNumber,
    testing::fixture,
};

pub async fn a_write_with_a_deleted_key_is_refused(store: &TestStore) {
    refuses_every_write(store, store, Loss::KeyDeleted).await;
}

pub async fn a_write_with_a_narrowed_key_is_refused(store: &TestStore) {
    refuses_every_write(store, store, Loss::KeyNarrowed).await;
}

pub async fn a_write_with_an_expired_key_is_refused(store: &TestStore) {
    refuses_every_write(store, store, Loss::KeyExpired).await;
}

pub async fn a_write_of_a_deactivated_user_is_refused(store: &TestStore) {
    refuses_every_write(store, store, Loss::UserDeactivated).await;
}

pub async fn a_write_of_a_demoted_platform_admin_is_refused(store: &TestStore) {
    refuses_every_write(store, store, Loss::UserDemoted).await;
}

pub async fn a_write_with_an_earlier_password_is_refused(store: &TestStore) {
    refuses_every_write(store, store, Loss::NewPassword).await;
}

pub async fn a_write_of_a_deleted_user_is_refused(store: &TestStore) {
    refuses_every_write(store, store, Loss::UserDeleted).await;
}

pub async fn a_write_of_a_deleted_user_with_many_keys_is_refused(store: &TestStore) {
    refuses_every_write(store, store, Loss::UserRemoved).await;
}

pub async fn a_write_of_a_removed_member_is_refused(store: &TestStore) {
    refuses_every_write(store, store, Loss::MemberRemoved).await;
}

pub async fn a_write_of_a_demoted_member_is_refused(store: &TestStore) {
    refuses_every_write(store, store, Loss::MemberDemoted).await;
}

pub async fn a_write_for_a_deleted_organization_is_refused(store: &TestStore) {
    refuses_every_write(store, store, Loss::OrganizationDeleted).await;
}

pub async fn a_write_for_a_deleted_organization_with_many_members_is_refused(store: &TestStore) {
    refuses_every_write(store, store, Loss::OrganizationRemoved).await;
}

pub async fn a_platform_admins_write_for_a_deleted_organization_is_refused(store: &TestStore) {
    let setup = Setup::new(store, "gone", true).await;
    let by = in_principal(setup.with_password(), setup.acme.id, None);
    setup.lose(store, Loss::OrganizationDeleted).await;
    let refused = format!("organization {} not found", setup.acme.id.0);
    assert_refused(store, &by, &refused).await;
}

pub async fn a_write_with_any_lost_scope_is_refused(store: &TestStore) {
    let setup = Setup::new(store, "scopes", false).await;
    let by = own(&setup.with_key());
    setup.scope(store, &["management", "inference"]).await;
    assert_refused(store, &by, "the key does not grant management").await;
}

pub async fn a_key_gives_no_right_to_another_user(store: &TestStore) {
    let setup = Setup::new(store, "hers", false).await;
    let bob = store.user("bob").await;
    let caller = fixture::caller_of(bob, setup.with_key().credential().clone());
    assert_refused(store, &own(&caller), "the key is no longer valid").await;
}

pub async fn a_write_whose_right_still_holds_is_accepted(store: &TestStore) {
    for is_admin in [false, true] {
        let setup = Setup::new(store, &format!("holds-{is_admin}"), is_admin).await;
        for by in setup.authorities() {
            assert_accepted(store, &by).await;
        }
    }
}

pub async fn a_right_that_grew_refuses_nothing(store: &TestStore) {
    let setup = Setup::new(store, "grew", false).await;
    setup.scope(store, &["management"]).await;
    setup.lose(store, Loss::MemberDemoted).await;
    let mut key = CallerKey::of(setup.key.clone(), CredentialNumber::FIRST);
    key.rights.scope = Scope::Management.into();
    let with_key = fixture::with_key(setup.with_key(), key);
    let as_user = in_principal(setup.with_password(), setup.acme.id, Some(Role::User));
    let grown = [own(&with_key), own(&setup.with_password()), as_user];

    setup.scope(store, &["*"]).await;
    let (id, acme) = (setup.alice.id, setup.acme.id);
    let promoted = store
        .directory
        .update_member(fixture::by_service(), acme, id, Role::Admin)
        .await;
    assert!(promoted.unwrap().is_some());
    let changes = UserChanges {
        username: Some(Username::parse("alicia").unwrap()),
        is_admin: Some(true),
        ..UserChanges::default()
    };
    let changed = store
        .directory
        .update_user(fixture::by_service(), id, changes);
    assert!(changed.await.unwrap().is_some());
    for by in grown {
        assert_accepted(store, &by).await;
    }
}

pub async fn a_key_outlives_its_users_password(store: &TestStore) {
    let setup = Setup::new(store, "password", false).await;
    setup.lose(store, Loss::NewPassword).await;
    assert_accepted(store, &own(&setup.with_key())).await;
}

pub async fn current_rights_follow_every_change(store: &TestStore) {
    let setup = Setup::new(store, "now", false).await;
    let of_key = own(&setup.with_key()).grounds().unwrap();
    let in_acme = setup.in_acme().grounds().unwrap();
    let read = |grounds| async move { store.directory.current_rights(grounds).await.unwrap() };

    let rights = read(of_key).await;
    assert_eq!(rights.key.unwrap().rights.scope, setup.key.scope);
    assert_eq!(rights.standing.role, None);
    let rights = read(in_acme).await;
    assert_eq!(rights.standing.role, Some(Role::Admin));
    assert!(rights.standing.is_organization && rights.key.is_none());
    setup.scope(store, &["inference"]).await;
    let key = read(of_key).await.key.unwrap();
    assert!(!key.rights.scope.grants(Scope::Management));
    setup.lose(store, Loss::NewPassword).await;
    let user = read(of_key).await.user.unwrap();
    assert_eq!(user.password_hash, PasswordHash::new("plain:Changed_2"));
    setup.lose(store, Loss::UserDeactivated).await;
    assert!(!read(in_acme).await.user.unwrap().is_active);
    setup.lose(store, Loss::MemberRemoved).await;
    assert_eq!(read(in_acme).await.standing.role, None);
    setup.lose(store, Loss::KeyDeleted).await;
    assert_eq!(read(of_key).await.key, None);
    setup.lose(store, Loss::UserDeleted).await;
    let gone = read(of_key).await;
    assert_eq!(gone, CurrentRights::default());
}

/// Checks that every write through `store` is refused after a loss through `through`,
/// which may be another node.
pub(super) async fn refuses_every_write(store: &TestStore, through: &TestStore, loss: Loss) {
    let is_admin = matches!(loss, Loss::UserDemoted);
    let setup = Setup::new(store, &format!("{loss:?}"), is_admin).await;
    setup.grow(store, loss).await;
    setup.lose(through, loss).await;
    for (by, refused) in setup.ended_by(loss) {
        assert_refused(store, &by, &refused).await;
    }
}

/// Checks that every write is refused, changes nothing and is not recorded.
async fn assert_refused(store: &TestStore, by: &Authority, refused: &str) {
    let targets = Targets::new(store).await;
    let (keys, last) = (store.keys(&everything()).await, store.last_event().await);
    for (write, outcome) in targets.write_all(store, by).await {
        assert_eq!(outcome, refused, "{write}: {by:?}");
    }
    assert_eq!(store.last_event().await, last, "{by:?}");
    assert_eq!(store.keys(&everything()).await, keys, "{by:?}");
}

async fn assert_accepted(store: &TestStore, by: &Authority) {
    let targets = Targets::new(store).await;
    for (write, outcome) in targets.write_all(store, by).await {
        assert_eq!(outcome, "done", "{write}: {by:?}");
    }
}
