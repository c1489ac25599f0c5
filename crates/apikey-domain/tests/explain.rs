//! Explanations agree with verifications.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use apikey_domain::{
    gpustack::{AllowedModelNames, Scope, ScopeSet},
    identifier::ApiKeyId,
    identity::user::{User, UserChanges},
    key::{api_key::ApiKey, expiry::Expiry},
    port::{api_key_repository::ApiKeyRepository, clock::Clock, directory::Directory},
    testing::fixture,
    use_case::keys::{
        read_api_key::explain_api_key,
        verify::{Freshness, verify},
    },
    verification::{Check, Wanted},
};
use apikey_testing::{TestApp, test_app::in_own_principal};
use futures_executor::block_on;
use proptest::prelude::*;

/// The text of the key with this access key.
fn text(access_key: &str) -> String {
    format!("gpustack_{access_key}_secret")
}

/// A key of alice, what it allows, and whether she is active.
#[derive(Debug, Clone)]
struct Case {
    scope: ScopeSet,
    models: AllowedModelNames,
    expires_in: Option<i64>,
    is_active: bool,
    wanted_scope: Option<Scope>,
    wanted_model: Option<&'static str>,
}

fn cases() -> impl Strategy<Value = Case> {
    let scope = prop::sample::select(vec![
        &[][..],
        &["*"],
        &["inference"],
        &["management"],
        &["management", "inference"],
    ]);
    let models = prop::sample::select(vec![
        None,
        Some(vec![]),
        Some(vec!["a"]),
        Some(vec!["a", "b"]),
    ]);
    let wanted = prop::sample::select(vec![
        None,
        Some(Scope::All),
        Some(Scope::Inference),
        Some(Scope::Management),
    ]);
    let model = prop::sample::select(vec![None, Some("a"), Some("b"), Some("")]);
    let expiry = prop::option::of(1_i64..4);
    (
        scope,
        models,
        expiry,
        prop::bool::weighted(0.8),
        wanted,
        model,
    )
        .prop_map(
            |(scope, models, expires_in, is_active, wanted_scope, wanted_model)| Case {
                scope: ScopeSet::parse(scope.iter().copied()).unwrap(),
                models: AllowedModelNames::parse(
                    models
                        .map(|models: Vec<&str>| models.iter().map(ToString::to_string).collect()),
                )
                .unwrap(),
                expires_in,
                is_active,
                wanted_scope,
                wanted_model,
            },
        )
}

async fn key(app: &TestApp, alice: &User, case: &Case) -> ApiKey {
    let mut new = fixture::new_api_key("ci", "0123456789abcdef");
    (new.user_id, new.owner_principal_id) = (alice.id, alice.principal_id);
    new.scope = case.scope;
    new.allowed_model_names = case.models.clone();
    let at = |seconds| Expiry::at(app.clock.now().plus_seconds(seconds).unwrap());
    new.expires_at = case.expires_in.map_or(Expiry::NEVER, at);
    app.memory.create(fixture::by_service(), new).await.unwrap()
}

/// Asks both, and compares.
async fn must_agree(case: &Case) {
    let app = TestApp::new();
    let alice = app.user("alice").await;
    let context = in_own_principal(&alice);
    let ApiKey { id, .. } = key(&app, &alice, case).await;
    app.clock.advance_seconds(2);
    if !case.is_active {
        let changes = UserChanges {
            is_active: Some(false),
            ..UserChanges::default()
        };
        let changed = app
            .memory
            .update_user(fixture::by_service(), alice.id, changes);
        assert!(changed.await.unwrap().is_some());
    }
    let wanted = case
        .wanted_scope
        .map_or_else(Wanted::whatever_scope, Wanted::scope);
    let wanted = wanted.with_model(case.wanted_model);
    let text = text("0123456789abcdef");
    let decision = verify(&app.keys.verify, &text, wanted, Freshness::Current).await;
    let decision = decision
        .unwrap()
        .map(drop)
        .map_err(|refused| refused.reason());
    let explained = explain_api_key(&context, &app.keys, id, wanted, None)
        .await
        .unwrap();
    assert_eq!(explained.outcome(), decision, "{case:?}");
    let failed = explained.checks().iter().find(|(_, passed)| !passed);
    let failed = failed.map_or(Ok(()), |(check, _)| Err(check.reason()));
    assert_eq!(failed, decision, "{case:?}");
    let order = explained.checks().iter().map(|(check, _)| *check);
    assert!(order.eq(Check::ALL));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100_000))]

    #[test]
    fn an_explanation_is_what_a_verification_decides(case in cases()) {
        block_on(must_agree(&case));
    }
}

#[test]
fn an_explanation_for_another_instant_is_what_a_verification_decides_then() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        let case = Case {
            scope: ScopeSet::default(),
            models: AllowedModelNames::default(),
            expires_in: Some(60),
            is_active: true,
            wanted_scope: None,
            wanted_model: None,
        };
        let ApiKey { id, .. } = key(&app, &alice, &case).await;
        let context = in_own_principal(&alice);
        for (seconds, is_valid) in [(-3_600, true), (59, true), (60, false), (3_600, false)] {
            let at = app.clock.now().plus_seconds(seconds);
            let wanted = Wanted::whatever_scope();
            let explained = explain_api_key(&context, &app.keys, id, wanted, at).await;
            assert_eq!(explained.unwrap().outcome().is_ok(), is_valid, "{seconds}");
        }
        let unknown = ApiKeyId(i64::MAX);
        let wanted = Wanted::whatever_scope();
        assert!(
            explain_api_key(&context, &app.keys, unknown, wanted, None)
                .await
                .is_err()
        );
    });
}
