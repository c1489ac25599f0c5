//! Authenticating with a key.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use apikey_domain::{
    Error,
    access::tenant::TenantContext,
    gpustack::{AllowedModelNames, Scope, ScopeSet},
    identity::{organization::Role, user::UserChanges},
    key::{
        changes::ApiKeyChanges,
        expiry::Lifetime,
        key_name::KeyName,
        plain_key::CustomKey,
        revocation::{NewRevocation, RevocationReason},
    },
    testing::fixture,
    use_case::{
        keys::{
            authenticate::with_key,
            change_api_keys::{delete_api_key, update_api_key},
            create_api_key::{CreateApiKey, CreatedApiKey, create_api_key},
            revoke_api_key::revoke_api_key,
        },
        resolve_tenant::resolve_tenant,
    },
};
use apikey_testing::{
    TestApp,
    test_app::{acting_for, in_own_principal},
};
use futures_executor::block_on;
use std::time::Duration;

fn request(name: &str) -> CreateApiKey {
    CreateApiKey {
        name: KeyName::parse(name).unwrap(),
        description: None,
        scope: ScopeSet::default(),
        allowed_model_names: AllowedModelNames::default(),
        metadata: Default::default(),
        self_rotation: false,
        lifetime: Lifetime::Unlimited,
        custom: None,
        user_id: None,
        replaces_expired: false,
    }
}

async fn create(app: &TestApp, context: &TenantContext, request: CreateApiKey) -> CreatedApiKey {
    create_api_key(context, &app.keys, request).await.unwrap()
}

async fn is_refused(app: &TestApp, text: &str) -> bool {
    matches!(with_key(&app.keys, text).await, Err(Error::Unauthenticated))
}

#[test]
fn a_key_authenticates_its_user_for_its_owner() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        let acme = app.organization("acme", &[(&alice, Role::User)]).await;
        let context = acting_for(&alice, acme.id);
        let mut request = request("ci");
        request.scope = ScopeSet::parse(["inference"]).unwrap();
        let created = create(&app, &context, request).await;

        let caller = with_key(&app.keys, created.value.expose()).await.unwrap();
        assert_eq!(*caller.user(), alice);
        assert!(caller.require_scope(Scope::Management).is_err());
        let key = caller.key().unwrap();
        assert_eq!(
            (key.id, key.owner_principal_id),
            (created.api_key.id, acme.id)
        );
    });
}

#[test]
fn any_text_that_is_not_the_key_is_refused_alike() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        let context = in_own_principal(&alice);
        let one = create(&app, &context, request("one")).await;
        let two = create(&app, &context, request("two")).await;
        let (one, two) = (one.value.expose(), two.value.expose());
        let mixed = format!("{}{}", &one[..one.len() - 32], &two[two.len() - 32..]);
        for text in [
            "",
            "gpustack",
            "gpustack__",
            "gpustack_0000000000000000_00000000000000000000000000000000",
            "no such key",
            "gpustack_\0_\0",
            &one[..one.len() - 1],
            &format!("{one}0"),
            &format!(" {one}"),
            &one.to_uppercase(),
            &mixed,
        ] {
            assert!(is_refused(&app, text).await, "{text:?}");
        }
        assert!(!is_refused(&app, one).await);
        assert!(!is_refused(&app, two).await);
    });
}

#[test]
fn a_key_is_refused_from_the_instant_it_expires() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        let mut request = request("ci");
        request.lifetime = Lifetime::For(Duration::from_secs(60));
        let created = create(&app, &in_own_principal(&alice), request).await;
        let text = created.value.expose();
        app.clock.advance_seconds(59);
        assert!(!is_refused(&app, text).await);
        app.clock.advance_seconds(1);
        assert!(is_refused(&app, text).await);
        app.clock.advance_seconds(86_400);
        assert!(is_refused(&app, text).await);
    });
}

#[test]
fn a_disabled_or_revoked_key_is_refused_immediately() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        let context = in_own_principal(&alice);
        let created = create(&app, &context, request("ci")).await;
        let (id, text) = (created.api_key.id, created.value.expose());
        for is_disabled in [true, false] {
            let changes = ApiKeyChanges {
                is_disabled: Some(is_disabled),
                ..ApiKeyChanges::default()
            };
            update_api_key(&context, &app.keys, id, changes)
                .await
                .unwrap();
            assert_eq!(is_refused(&app, text).await, is_disabled);
        }
        let (reason, comment) = (RevocationReason::Compromised, None);
        let new = NewRevocation { reason, comment };
        revoke_api_key(&context, &app.keys, id, new).await.unwrap();
        assert!(is_refused(&app, text).await);
    });
}

#[test]
fn a_deleted_key_is_refused_immediately() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        let context = in_own_principal(&alice);
        let created = create(&app, &context, request("ci")).await;
        let id = created.api_key.id;
        delete_api_key(&context, &app.keys, id).await.unwrap();
        assert!(is_refused(&app, created.value.expose()).await);
    });
}

#[test]
fn only_the_right_key_reveals_that_its_user_is_deactivated() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        let mut request = request("ci");
        request.lifetime = Lifetime::For(Duration::from_secs(60));
        let created = create(&app, &in_own_principal(&alice), request).await;
        let changes = UserChanges {
            is_active: Some(false),
            ..UserChanges::default()
        };
        let directory = &app.identity.directory;
        let deactivated =
            directory.update_user(fixture::by_service_at(alice.updated_at), alice.id, changes);
        assert!(deactivated.await.unwrap().is_some());

        let text = created.value.expose();
        let result = with_key(&app.keys, text).await;
        assert!(matches!(result, Err(Error::Deactivated)));
        assert!(is_refused(&app, &text[..text.len() - 1]).await);
        app.clock.advance_seconds(60);
        assert!(is_refused(&app, text).await);
    });
}

#[test]
fn a_custom_key_authenticates_like_any_other() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        let context = in_own_principal(&alice);
        for text in ["sk-0123456789abcdef", "gpustack_short_with_more_of_it"] {
            let mut request = request(text);
            request.custom = Some(CustomKey::new(text));
            create(&app, &context, request).await;
            let caller = with_key(&app.keys, text).await.unwrap();
            assert_eq!(*caller.user(), alice);
            assert!(is_refused(&app, &format!("{text}!")).await);
        }
    });
}

#[test]
fn a_changed_scope_applies_to_the_next_request() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        let context = in_own_principal(&alice);
        let created = create(&app, &context, request("ci")).await;
        let changes = ApiKeyChanges {
            scope: Some(ScopeSet::parse([]).unwrap()),
            ..ApiKeyChanges::default()
        };
        let updated = update_api_key(&context, &app.keys, created.api_key.id, changes);
        updated.await.unwrap();
        let caller = with_key(&app.keys, created.value.expose()).await.unwrap();
        assert!(caller.require_scope(Scope::Management).is_err());
        assert!(caller.require_scope(Scope::Inference).is_err());
    });
}

#[test]
fn a_key_acts_for_its_organization_while_its_user_is_a_member() {
    block_on(async {
        let app = TestApp::new();
        let (alice, carol) = (app.user("alice").await, app.user("carol").await);
        let roles = [(&alice, Role::User), (&carol, Role::Admin)];
        let acme = app.organization("acme", &roles).await;
        let context = acting_for(&alice, acme.id);
        let created = create(&app, &context, request("ci")).await;
        let text = created.value.expose();

        let caller = with_key(&app.keys, text).await.unwrap();
        // The key decides, whatever principal is requested.
        let own = Some(alice.principal_id);
        let resolved = resolve_tenant(caller, own, &*app.keys.principals)
            .await
            .unwrap();
        assert_eq!(resolved.current_principal_id(), Some(acme.id));

        let directory = &app.identity.directory;
        assert!(
            directory
                .remove_member(fixture::by_service(), acme.id, alice.id)
                .await
                .unwrap()
        );
        let caller = with_key(&app.keys, text).await.unwrap();
        let refused = resolve_tenant(caller, None, &*app.keys.principals).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))));
    });
}
