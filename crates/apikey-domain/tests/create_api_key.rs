//! Creating keys.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use apikey_domain::{
    Error,
    access::tenant::TenantContext,
    error::{Forbidden, Missing, Taken},
    gpustack::{AllowedModelNames, ScopeSet},
    identity::organization::Role,
    key::{
        expiry::{Expiry, Lifetime},
        key_name::{Description, KeyName},
        mask::Origin,
        metadata::Metadata,
        plain_key::CustomKey,
        token::PresentedKey,
    },
    testing::fixture,
    timestamp::Timestamp,
    use_case::keys::create_api_key::{CreateApiKey, CreatedApiKey, create_api_key},
};
use apikey_testing::{
    TestApp,
    test_app::{acting_for, in_own_principal, signed_in},
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

async fn create(
    app: &TestApp,
    context: &TenantContext,
    request: CreateApiKey,
) -> Result<CreatedApiKey, Error> {
    create_api_key(context, &app.keys, request).await
}

#[test]
fn the_value_splits_into_what_was_stored() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        let context = in_own_principal(&alice);
        let created = create(&app, &context, request("ci")).await.unwrap();
        let text = created.value.expose();
        assert_eq!(text.len(), "gpustack_".len() + 16 + 1 + 32);

        let presented = PresentedKey::parse(&app.keys.verify.key_prefix, text);
        let access_key = created.api_key.access_key.as_str();
        assert_eq!(presented.access_key(), access_key);
        let stored = app.keys.api_keys.credential(access_key).await.unwrap();
        let digest = stored.unwrap().secret_digest;
        assert!(
            app.keys
                .verify
                .peppers
                .in_use()
                .verify(&presented, digest.keyed())
        );
        assert!(!digest.to_text().contains(presented.secret()));
        assert_eq!(created.api_key.origin, Origin::Generated);
    });
}

#[test]
fn a_key_is_stored_as_requested() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        let context = in_own_principal(&alice);
        let models = vec!["qwen3".to_owned()];
        let request = CreateApiKey {
            description: Some(Description::parse("for CI").unwrap()),
            scope: ScopeSet::parse(["inference", "management"]).unwrap(),
            allowed_model_names: AllowedModelNames::parse(Some(models)).unwrap(),
            metadata: Metadata::parse([("team".to_owned(), "search".to_owned())]).unwrap(),
            self_rotation: false,
            lifetime: Lifetime::For(Duration::from_secs(3_600)),
            custom: Some(CustomKey::new("sk-0123456789abcdef")),
            ..request("ci")
        };
        let (description, scope) = (request.description.clone(), request.scope);
        let models = request.allowed_model_names.clone();
        let key = create(&app, &context, request).await.unwrap().api_key;
        let now = app.keys.verify.clock.now();
        assert_eq!((key.description, key.scope), (description, scope));
        assert_eq!(
            (key.allowed_model_names, key.origin),
            (models, Origin::Custom)
        );
        assert_eq!((key.created_at, key.updated_at), (now, now));
        assert_eq!(key.expires_at, Expiry::at(now.plus_seconds(3_600).unwrap()));
    });
}

#[test]
fn a_key_is_owned_by_the_current_principal_or_the_callers_own() {
    block_on(async {
        let app = TestApp::new();
        let root = app.admin("root").await;
        let acme = app.organization("acme", &[]).await;
        let across_organizations = fixture::test_context(signed_in(&root), None, None);
        let in_acme = acting_for(&root, acme.id);
        for (context, owner) in [
            (across_organizations, root.principal_id),
            (in_acme, acme.id),
        ] {
            let created = create(&app, &context, request("ci")).await.unwrap();
            assert_eq!(created.api_key.owner_principal_id, owner);
            assert_eq!(created.api_key.user_id, root.id);
        }
    });
}

#[test]
fn a_taken_name_is_reported() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        let context = in_own_principal(&alice);
        create(&app, &context, request("ci")).await.unwrap();
        let again = create(&app, &context, request("ci")).await;
        let Err(Error::AlreadyExists(taken)) = again else {
            panic!("{again:?}");
        };
        assert_eq!(taken, Taken::KeyName("ci".to_owned()));
    });
}

#[test]
fn an_expiry_that_has_come_or_lies_beyond_the_calendar_is_refused() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        let context = in_own_principal(&alice);
        let now = app.keys.verify.clock.now();
        let left = (Timestamp::MAX.microseconds() - now.microseconds()).unsigned_abs();
        let seconds = left / 1_000_000;
        let lives = |seconds| Lifetime::For(Duration::from_secs(seconds));
        let table = [
            (Lifetime::Unlimited, true),
            (lives(0), false),
            (lives(1), true),
            (lives(seconds), true),
            (lives(seconds + 1), false),
            (lives(u64::MAX), false),
            (Lifetime::Until(now), false),
            (Lifetime::Until(now.plus_seconds(-1).unwrap()), false),
            (Lifetime::Until(now.plus_seconds(1).unwrap()), true),
            (Lifetime::Until(Timestamp::MAX), true),
        ];
        for (index, (lifetime, is_stored)) in table.into_iter().enumerate() {
            let mut request = request(&format!("key {index}"));
            request.lifetime = lifetime;
            let created = create(&app, &context, request).await;
            assert_eq!(created.is_ok(), is_stored, "{lifetime:?}: {created:?}");
            let never = created.is_ok_and(|key| key.api_key.expires_at == Expiry::NEVER);
            assert_eq!(never, lifetime == Lifetime::Unlimited);
        }
    });
}

#[test]
fn a_deleted_user_or_organization_gets_no_key() {
    block_on(async {
        let app = TestApp::new();
        let (alice, root) = (app.user("alice").await, app.admin("root").await);
        let acme = app.organization("acme", &[(&alice, Role::User)]).await;
        let directory = &app.identity.directory;
        let deleted = directory
            .delete_organization(fixture::by_service(), acme.id)
            .await;
        assert!(deleted.unwrap());
        // As if the request had come now.
        let in_acme = create(&app, &acting_for(&alice, acme.id), request("ci")).await;
        assert!(matches!(
            in_acme,
            Err(Error::Forbidden(Forbidden::NotAMember(id))) if id == acme.id
        ));
        let in_acme = create(&app, &acting_for(&root, acme.id), request("ci")).await;
        assert!(matches!(
            in_acme,
            Err(Error::NotFound(Missing::Organization(id))) if id == acme.id
        ));
        assert!(
            directory
                .delete_user(fixture::by_service(), alice.id)
                .await
                .unwrap()
        );
        let own = create(&app, &in_own_principal(&alice), request("ci")).await;
        assert!(matches!(own, Err(Error::Unauthenticated)));
    });
}

#[test]
fn generated_values_are_unique() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        let context = in_own_principal(&alice);
        let mut values = std::collections::HashSet::new();
        for number in 0..100 {
            let request = request(&number.to_string());
            let created = create(&app, &context, request).await.unwrap();
            assert!(values.insert(created.value.expose().to_owned()));
        }
    });
}
