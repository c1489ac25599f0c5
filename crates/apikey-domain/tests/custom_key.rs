//! Custom keys.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use apikey_domain::{
    Error,
    access::tenant::TenantContext,
    error::Taken,
    gpustack::{AllowedModelNames, ScopeSet},
    identity::organization::Role,
    key::{api_key::ApiKey, expiry::Lifetime, key_name::KeyName, plain_key::CustomKey},
    use_case::keys::create_api_key::{CreateApiKey, CreatedApiKey, create_api_key},
};
use apikey_testing::{
    TestApp,
    test_app::{acting_for, in_own_principal},
};
use futures_executor::block_on;
use std::time::Duration;

const CUSTOM: &str = "sk-0123456789abcdef";

fn request(name: &str, custom: &str) -> CreateApiKey {
    CreateApiKey {
        name: KeyName::parse(name).unwrap(),
        description: None,
        scope: ScopeSet::default(),
        allowed_model_names: AllowedModelNames::default(),
        metadata: Default::default(),
        self_rotation: false,
        lifetime: Lifetime::Unlimited,
        custom: Some(CustomKey::new(custom)),
        user_id: None,
        replaces_expired: false,
    }
}

async fn create(
    app: &TestApp,
    context: &TenantContext,
    request: CreateApiKey,
) -> Result<CreatedApiKey, Error> {
    create_api_key(context, &app.keys, request).await
}

/// Returns the error of creating a key with this name and the custom text.
async fn taken(app: &TestApp, context: &TenantContext, name: &str) -> Taken {
    match create(app, context, request(name, CUSTOM)).await {
        Err(Error::AlreadyExists(taken)) => taken,
        other => panic!("{other:?}"),
    }
}

fn disclosed(key: &ApiKey) -> Taken {
    Taken::AccessKeyOf {
        name: key.name.as_str().to_owned(),
        id: key.id,
        is_expired: false,
    }
}

#[test]
fn a_taken_custom_key_is_disclosed_only_to_callers_who_may_know_it() {
    block_on(async {
        let app = TestApp::new();
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let root = app.admin("root").await;
        let roles = [(&alice, Role::User), (&bob, Role::User)];
        let acme = app.organization("acme", &roles).await;
        let context = acting_for(&alice, acme.id);
        let created = create(&app, &context, request("secret name", CUSTOM)).await;
        let key = created.unwrap().api_key;

        let disclosed = disclosed(&key);
        assert_eq!(taken(&app, &context, "again").await, disclosed);
        assert_eq!(
            taken(&app, &in_own_principal(&alice), "again").await,
            disclosed
        );
        assert_eq!(
            taken(&app, &in_own_principal(&root), "again").await,
            disclosed
        );
        for context in [in_own_principal(&bob), acting_for(&bob, acme.id)] {
            assert_eq!(taken(&app, &context, "mine").await, Taken::AccessKey);
        }
    });
}

#[test]
fn a_taken_custom_key_is_reported_as_expired() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        let context = in_own_principal(&alice);
        let mut first = request("old", CUSTOM);
        first.lifetime = Lifetime::For(Duration::from_secs(60));
        create(&app, &context, first).await.unwrap();
        for (seconds, expected) in [(59, false), (1, true)] {
            app.clock.advance_seconds(seconds);
            let Taken::AccessKeyOf { is_expired, .. } = taken(&app, &context, "new").await else {
                panic!("not disclosed");
            };
            assert_eq!(is_expired, expected);
        }
    });
}

#[test]
fn a_custom_key_that_breaks_its_rules_stores_nothing() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        let context = in_own_principal(&alice);
        for custom in [
            "",
            "short",
            "with spaces in it, a lot",
            "gpustack__0123456789",
        ] {
            let refused = create(&app, &context, request("ci", custom)).await;
            let Err(Error::Invalid(invalid)) = refused else {
                panic!("{refused:?}");
            };
            assert_eq!(invalid.field, "custom");
        }
        assert!(create(&app, &context, request("ci", CUSTOM)).await.is_ok());
    });
}
