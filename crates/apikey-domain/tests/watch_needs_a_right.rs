//! A right that is lost between the check of a request and the start of its
//! watch.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use apikey_domain::{
    Error,
    access::{
        policy::{KeyReach, KeySelection, UserSelection},
        tenant::{CallerKey, TenantContext},
    },
    error::{Forbidden, Missing},
    gpustack::ScopeSet,
    identity::{
        organization::{Organization, Role},
        user::{User, UserChanges},
        user_list::UserFilter,
    },
    key::{
        api_key::{ApiKey, NewApiKey},
        changes::ApiKeyChanges,
        conditions::KeyConditions,
        credential::CredentialNumber,
    },
    testing::fixture,
    use_case::{identity::watch_users::watch_users, keys::watch_api_keys::watch_api_keys},
};
use apikey_testing::{
    TestApp,
    test_app::{acting_for, in_own_principal, signed_in},
};
use futures_executor::block_on;

const ANYWHERE: KeyReach = fixture::reach(None, None);

/// Returns the app, alice, who is a platform admin and a member of acme, acme, and
/// her key there.
async fn app_with_alice() -> (TestApp, User, Organization, ApiKey) {
    let app = TestApp::new();
    let (alice, carol) = (app.admin("alice").await, app.admin("carol").await);
    let members = [(&alice, Role::User), (&carol, Role::Admin)];
    let acme = app.organization("acme", &members).await;
    let key = create_key(&app, &alice, &acme).await;
    (app, alice, acme, key)
}

async fn create_key(app: &TestApp, user: &User, acme: &Organization) -> ApiKey {
    let new = NewApiKey {
        user_id: user.id,
        owner_principal_id: acme.id,
        ..fixture::new_api_key("ci", "0123456789abcdef")
    };
    app.keys
        .api_keys
        .create(fixture::by_service(), new)
        .await
        .unwrap()
}

fn everywhere(user: &User) -> TenantContext {
    fixture::test_context(signed_in(user), None, None)
}

fn with_key(user: &User, key: &ApiKey) -> TenantContext {
    let caller = fixture::with_key(
        signed_in(user),
        CallerKey::of(key.clone(), CredentialNumber::FIRST),
    );
    fixture::test_context(caller, Some(key.owner_principal_id), None)
}

/// Starts a watch of all users' keys, and returns the outcome.
async fn start(app: &TestApp, context: &TenantContext) -> &'static str {
    let everyone = KeySelection {
        users: UserSelection::Everyone,
        search: None,
        conditions: KeyConditions::NONE,
    };
    match watch_api_keys(context, &app.keys, &everyone, None).await {
        Ok(_) => "watches",
        Err(Error::Unauthenticated | Error::KeyEnded) => "unauthenticated",
        Err(Error::Deactivated | Error::KeyDeactivated) => "deactivated",
        Err(Error::Forbidden(Forbidden::ManagementScope)) => "scope",
        Err(Error::Forbidden(Forbidden::NotAMember(_))) => "no member",
        Err(Error::Forbidden(Forbidden::PlatformAdminsOnly)) => "no admin",
        Err(Error::NotFound(Missing::Organization(_))) => "no organization",
        Err(error) => panic!("{error:?}"),
    }
}

/// Starts a watch of users, and returns the outcome.
async fn start_of_users(app: &TestApp, context: &TenantContext) -> &'static str {
    match watch_users(context.caller(), &app.keys, UserFilter::ALL, None).await {
        Ok(_) => "watches",
        Err(Error::Unauthenticated | Error::KeyEnded) => "unauthenticated",
        Err(Error::Deactivated | Error::KeyDeactivated) => "deactivated",
        Err(Error::Forbidden(Forbidden::PlatformAdminsOnly)) => "no admin",
        Err(error) => panic!("{error:?}"),
    }
}

#[test]
fn a_watch_of_users_begins_only_while_its_right_holds() {
    block_on(async {
        let (app, alice, ..) = app_with_alice().await;
        let context = everywhere(&alice);
        assert_eq!(start_of_users(&app, &context).await, "watches");
        let demoted = UserChanges {
            is_admin: Some(false),
            ..UserChanges::default()
        };
        change(&app, &alice, demoted).await;
        assert_eq!(start_of_users(&app, &context).await, "no admin");
        let deactivated = UserChanges {
            is_active: Some(false),
            ..UserChanges::default()
        };
        change(&app, &alice, deactivated).await;
        assert_eq!(start_of_users(&app, &context).await, "deactivated");
        let by = fixture::by_service();
        let deleted = app.identity.directory.delete_user(by, alice.id).await;
        assert!(deleted.unwrap());
        assert_eq!(start_of_users(&app, &context).await, "unauthenticated");
    });
}

async fn change(app: &TestApp, user: &User, changes: UserChanges) {
    let now = app.keys.verify.clock.now();
    let changed = app
        .identity
        .directory
        .update_user(fixture::by_service_at(now), user.id, changes);
    assert!(changed.await.unwrap().is_some());
}

#[test]
fn a_right_that_still_holds_starts_a_watch() {
    block_on(async {
        let (app, alice, acme, key) = app_with_alice().await;
        for context in [
            everywhere(&alice),
            in_own_principal(&alice),
            acting_for(&alice, acme.id),
            with_key(&alice, &key),
        ] {
            assert_eq!(start(&app, &context).await, "watches");
        }
    });
}

#[test]
fn a_user_who_was_deactivated_or_deleted_cannot_watch() {
    block_on(async {
        let (app, alice, acme, key) = app_with_alice().await;
        let contexts = [
            everywhere(&alice),
            acting_for(&alice, acme.id),
            with_key(&alice, &key),
        ];
        let deactivated = UserChanges {
            is_active: Some(false),
            ..UserChanges::default()
        };
        change(&app, &alice, deactivated).await;
        for context in &contexts {
            assert_eq!(start(&app, context).await, "deactivated");
        }
        let deleted = app
            .identity
            .directory
            .delete_user(fixture::by_service(), alice.id)
            .await;
        assert!(deleted.unwrap());
        for context in &contexts {
            assert_eq!(start(&app, context).await, "unauthenticated");
        }
        assert!(app.memory.hub().is_empty());
    });
}

#[test]
fn a_demoted_admin_cannot_watch_the_keys_of_others() {
    block_on(async {
        let (app, alice, acme, key) = app_with_alice().await;
        let demoted = UserChanges {
            is_admin: Some(false),
            ..UserChanges::default()
        };
        change(&app, &alice, demoted).await;
        for context in [
            everywhere(&alice),
            in_own_principal(&alice),
            acting_for(&alice, acme.id),
            with_key(&alice, &key),
        ] {
            assert_eq!(start(&app, &context).await, "no admin");
        }
    });
}

#[test]
fn a_removed_member_cannot_watch_for_the_organization() {
    block_on(async {
        let (app, _, acme, _) = app_with_alice().await;
        let bob = app.user("bob").await;
        let directory = &app.identity.directory;
        let now = app.keys.verify.clock.now();
        let added = directory
            .add_member(fixture::by_service_at(now), acme.id, bob.id, Role::User)
            .await;
        assert!(added.unwrap().is_some());
        let context = acting_for(&bob, acme.id);
        assert_eq!(start(&app, &context).await, "watches");
        assert!(
            directory
                .remove_member(fixture::by_service(), acme.id, bob.id)
                .await
                .unwrap()
        );
        assert_eq!(start(&app, &context).await, "no member");
    });
}

#[test]
fn a_deleted_organization_cannot_be_watched() {
    block_on(async {
        let (app, alice, acme, key) = app_with_alice().await;
        let deleted = app
            .keys
            .api_keys
            .delete(fixture::by_service(), key.id, ANYWHERE)
            .await;
        assert!(deleted.unwrap().is_some());
        let deleted = app
            .identity
            .directory
            .delete_organization(fixture::by_service(), acme.id)
            .await;
        assert!(deleted.unwrap());
        let context = acting_for(&alice, acme.id);
        assert_eq!(start(&app, &context).await, "no organization");
    });
}

#[test]
fn a_key_that_was_deleted_or_lost_management_cannot_watch() {
    block_on(async {
        let (app, alice, acme, key) = app_with_alice().await;
        let context = with_key(&alice, &key);
        let changes = ApiKeyChanges {
            scope: Some(ScopeSet::parse(["inference"]).unwrap()),
            ..ApiKeyChanges::default()
        };
        let now = app.keys.verify.clock.now();
        let keys = &app.keys.api_keys;
        let updated = keys
            .update(fixture::by_service_at(now), key.id, ANYWHERE, changes)
            .await;
        assert!(updated.unwrap().is_some());
        assert_eq!(start(&app, &context).await, "scope");

        assert!(
            keys.delete(fixture::by_service(), key.id, ANYWHERE)
                .await
                .unwrap()
                .is_some()
        );
        assert_eq!(start(&app, &context).await, "unauthenticated");
        // Another key with the same access key is not the caller's key.
        create_key(&app, &alice, &acme).await;
        assert_eq!(start(&app, &context).await, "unauthenticated");
    });
}
