//! A right that is lost between the check of a request and the start of
//! its watch.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use apikey_domain::{
    Error,
    access::{
        policy::{ApiKeyFilter, KeyReach, UserSelection},
        tenant::{Caller, CallerKey, TenantContext},
    },
    error::{Forbidden, Missing},
    identity::{
        organization::{Organization, Role},
        user::{User, UserChanges},
    },
    key::{
        api_key::{ApiKey, ApiKeyChanges, NewApiKey},
        scope::ScopeSet,
    },
    testing::fixture,
    use_case::keys::watch_api_keys::watch_api_keys,
};
use apikey_testing::{
    TestApp,
    test_app::{acting_for, in_own_principal, signed_in},
};
use futures_executor::block_on;

const ANYWHERE: KeyReach = KeyReach {
    user_id: None,
    owner_principal_id: None,
};

/// The world, alice, who is a platform admin and a member of acme, and her key
/// there.
async fn stage() -> (TestApp, User, Organization, ApiKey) {
    let world = TestApp::new();
    let (alice, carol) = (world.admin("alice").await, world.admin("carol").await);
    let members = [(&alice, Role::User), (&carol, Role::Admin)];
    let acme = world.organization("acme", &members).await;
    let key = create_key(&world, &alice, &acme).await;
    (world, alice, acme, key)
}

async fn create_key(world: &TestApp, user: &User, acme: &Organization) -> ApiKey {
    let new = NewApiKey {
        user_id: user.id,
        owner_principal_id: acme.id,
        ..fixture::new_api_key("ci", "0123456789abcdef")
    };
    world
        .keys
        .api_keys
        .create(fixture::attribution(), new)
        .await
        .unwrap()
}

fn everywhere(user: &User) -> TenantContext {
    TenantContext {
        caller: signed_in(user),
        current_principal_id: None,
    }
}

fn with_key(user: &User, key: &ApiKey) -> TenantContext {
    TenantContext {
        caller: Caller {
            key: Some(CallerKey::of(key.clone())),
            ..signed_in(user)
        },
        current_principal_id: Some(key.owner_principal_id),
    }
}

/// What starting a watch of everyone's keys comes to, in a word.
async fn start(world: &TestApp, context: &TenantContext) -> &'static str {
    let filter = ApiKeyFilter::new(context, UserSelection::Everyone, None);
    match watch_api_keys(context, &world.keys, filter, None).await {
        Ok(_) => "watches",
        Err(Error::Unauthenticated) => "unauthenticated",
        Err(Error::Deactivated) => "deactivated",
        Err(Error::Forbidden(Forbidden::ManagementScope)) => "scope",
        Err(Error::Forbidden(Forbidden::NotAMember(_))) => "no member",
        Err(Error::Forbidden(Forbidden::PlatformAdminsOnly)) => "no admin",
        Err(Error::NotFound(Missing::Organization(_))) => "no organization",
        Err(error) => panic!("{error:?}"),
    }
}

async fn change(world: &TestApp, user: &User, changes: UserChanges) {
    let now = world.keys.verify.clock.now();
    let changed =
        world
            .identity
            .directory
            .update_user(fixture::attribution_at(now), user.id, changes);
    assert!(changed.await.unwrap().is_some());
}

#[test]
fn a_right_that_still_holds_starts_a_watch() {
    block_on(async {
        let (world, alice, acme, key) = stage().await;
        for context in [
            everywhere(&alice),
            in_own_principal(&alice),
            acting_for(&alice, acme.id),
            with_key(&alice, &key),
        ] {
            assert_eq!(start(&world, &context).await, "watches");
        }
    });
}

#[test]
fn a_user_who_was_deactivated_or_deleted_watches_nothing() {
    block_on(async {
        let (world, alice, acme, key) = stage().await;
        let contexts = [
            everywhere(&alice),
            acting_for(&alice, acme.id),
            with_key(&alice, &key),
        ];
        let deactivated = UserChanges {
            is_active: Some(false),
            ..UserChanges::default()
        };
        change(&world, &alice, deactivated).await;
        for context in &contexts {
            assert_eq!(start(&world, context).await, "deactivated");
        }
        let deleted = world
            .identity
            .directory
            .delete_user(fixture::attribution(), alice.id)
            .await;
        assert!(deleted.unwrap());
        for context in &contexts {
            assert_eq!(start(&world, context).await, "unauthenticated");
        }
        assert!(world.memory.hub().is_empty());
    });
}

#[test]
fn a_demoted_admin_watches_nobody_elses_keys_anywhere() {
    block_on(async {
        let (world, alice, acme, key) = stage().await;
        let demoted = UserChanges {
            is_admin: Some(false),
            ..UserChanges::default()
        };
        change(&world, &alice, demoted).await;
        for context in [
            everywhere(&alice),
            in_own_principal(&alice),
            acting_for(&alice, acme.id),
            with_key(&alice, &key),
        ] {
            assert_eq!(start(&world, &context).await, "no admin");
        }
    });
}

#[test]
fn a_removed_member_watches_nothing_for_the_organization() {
    block_on(async {
        let (world, _, acme, _) = stage().await;
        let bob = world.user("bob").await;
        let directory = &world.identity.directory;
        let now = world.keys.verify.clock.now();
        let added = directory
            .add_member(fixture::attribution_at(now), acme.id, bob.id, Role::User)
            .await;
        assert!(added.unwrap().is_some());
        let context = acting_for(&bob, acme.id);
        assert_eq!(start(&world, &context).await, "watches");
        assert!(
            directory
                .remove_member(fixture::attribution(), acme.id, bob.id)
                .await
                .unwrap()
        );
        assert_eq!(start(&world, &context).await, "no member");
    });
}

#[test]
fn nobody_watches_for_a_deleted_organization() {
    block_on(async {
        let (world, alice, acme, key) = stage().await;
        let deleted = world
            .keys
            .api_keys
            .delete(fixture::attribution(), key.id, ANYWHERE)
            .await;
        assert!(deleted.unwrap().is_some());
        let deleted = world
            .identity
            .directory
            .delete_organization(fixture::attribution(), acme.id)
            .await;
        assert!(deleted.unwrap());
        let context = acting_for(&alice, acme.id);
        assert_eq!(start(&world, &context).await, "no organization");
    });
}

#[test]
fn a_key_that_is_gone_or_lost_management_watches_nothing() {
    block_on(async {
        let (world, alice, acme, key) = stage().await;
        let context = with_key(&alice, &key);
        let changes = ApiKeyChanges {
            scope: Some(ScopeSet::parse(["inference"]).unwrap()),
            ..ApiKeyChanges::default()
        };
        let now = world.keys.verify.clock.now();
        let keys = &world.keys.api_keys;
        let updated = keys
            .update(fixture::attribution_at(now), key.id, ANYWHERE, changes)
            .await;
        assert!(updated.unwrap().is_some());
        assert_eq!(start(&world, &context).await, "scope");

        assert!(
            keys.delete(fixture::attribution(), key.id, ANYWHERE)
                .await
                .unwrap()
                .is_some()
        );
        assert_eq!(start(&world, &context).await, "unauthenticated");
        // Another key under the same access key is not the one they came with.
        create_key(&world, &alice, &acme).await;
        assert_eq!(start(&world, &context).await, "unauthenticated");
    });
}
