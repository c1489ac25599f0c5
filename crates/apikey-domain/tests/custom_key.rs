//! Bringing one's own key.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use apikey_domain::{
    Error,
    access::tenant::TenantContext,
    error::Taken,
    identity::organization::Role,
    key::{
        api_key::ApiKey, key_name::KeyName, model_names::AllowedModelNames, plain_key::CustomKey,
        scope::ScopeSet,
    },
    use_case::keys::create_api_key::{CreateApiKey, CreatedApiKey, create_api_key},
};
use apikey_testing::{
    TestApp,
    test_app::{acting_for, in_own_principal},
};
use futures_executor::block_on;

const CUSTOM: &str = "sk-0123456789abcdef";

fn request(name: &str, custom: &str) -> CreateApiKey {
    CreateApiKey {
        name: KeyName::parse(name).unwrap(),
        description: None,
        scope: ScopeSet::default(),
        allowed_model_names: AllowedModelNames::default(),
        expires_in: None,
        custom: Some(CustomKey::new(custom)),
    }
}

async fn create(
    world: &TestApp,
    context: &TenantContext,
    request: CreateApiKey,
) -> Result<CreatedApiKey, Error> {
    create_api_key(context, &world.keys, request).await
}

/// What the creation of a key of that name and the custom text meets.
async fn taken(world: &TestApp, context: &TenantContext, name: &str) -> Taken {
    match create(world, context, request(name, CUSTOM)).await {
        Err(Error::AlreadyExists(taken)) => taken,
        other => panic!("{other:?}"),
    }
}

fn told_of(key: &ApiKey) -> Taken {
    Taken::AccessKeyOf {
        name: key.name.as_str().to_owned(),
        id: key.id,
        is_expired: false,
    }
}

#[test]
fn a_taken_custom_key_is_told_only_to_who_may_know_it() {
    block_on(async {
        let world = TestApp::new();
        let (alice, bob) = (world.user("alice").await, world.user("bob").await);
        let root = world.admin("root").await;
        let roles = [(&alice, Role::User), (&bob, Role::User)];
        let acme = world.organization("acme", &roles).await;
        let context = acting_for(&alice, acme.id);
        let created = create(&world, &context, request("secret name", CUSTOM)).await;
        let key = created.unwrap().api_key;

        let told = told_of(&key);
        assert_eq!(taken(&world, &context, "again").await, told);
        assert_eq!(
            taken(&world, &in_own_principal(&alice), "again").await,
            told
        );
        assert_eq!(taken(&world, &in_own_principal(&root), "again").await, told);
        for context in [in_own_principal(&bob), acting_for(&bob, acme.id)] {
            assert_eq!(taken(&world, &context, "mine").await, Taken::AccessKey);
        }
    });
}

#[test]
fn a_taken_custom_key_is_told_to_be_expired() {
    block_on(async {
        let world = TestApp::new();
        let alice = world.user("alice").await;
        let context = in_own_principal(&alice);
        let mut first = request("old", CUSTOM);
        first.expires_in = Some(60);
        create(&world, &context, first).await.unwrap();
        for (seconds, expected) in [(59, false), (1, true)] {
            world.clock.advance_seconds(seconds);
            let Taken::AccessKeyOf { is_expired, .. } = taken(&world, &context, "new").await else {
                panic!("not told");
            };
            assert_eq!(is_expired, expected);
        }
    });
}

#[test]
fn a_custom_key_that_breaks_its_rules_stores_nothing() {
    block_on(async {
        let world = TestApp::new();
        let alice = world.user("alice").await;
        let context = in_own_principal(&alice);
        for custom in [
            "",
            "short",
            "with spaces in it, a lot",
            "gpustack__0123456789",
        ] {
            let refused = create(&world, &context, request("ci", custom)).await;
            let Err(Error::Invalid(invalid)) = refused else {
                panic!("{refused:?}");
            };
            assert_eq!(invalid.field, "custom");
        }
        assert!(
            create(&world, &context, request("ci", CUSTOM))
                .await
                .is_ok()
        );
    });
}
