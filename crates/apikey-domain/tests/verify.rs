//! Verifying a presented key.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "verify/lease.rs"]
mod lease;

use apikey_domain::{
    Error,
    error::PortError,
    identifier::PrincipalId,
    identity::{
        organization::Role,
        user::{User, UserChanges},
    },
    key::{
        expiry::Expiry,
        model_names::AllowedModelNames,
        scope::{Scope, ScopeSet},
    },
    port::{
        api_key_repository::ApiKeyRepository, directory::Directory, key_facts_store::KeyFactsStore,
    },
    testing::fixture,
    use_case::keys::verify::{Freshness, verify},
    verification::{Decision, Verdict, Wanted, facts::KeyFacts},
};
use apikey_testing::TestApp;
use async_trait::async_trait;
use futures_executor::block_on;
use std::sync::Arc;

const TEXT: &str = "gpustack_0123456789abcdef_secret";

/// Returns an app with a key of alice, for inference and the model `qwen3`, that
/// expires in a minute.
fn with_key(owner: impl FnOnce(&TestApp, &User) -> PrincipalId) -> (TestApp, User) {
    let app = TestApp::new();
    let alice = block_on(app.user("alice"));
    let mut new = fixture::new_api_key("ci", "0123456789abcdef");
    new.user_id = alice.id;
    new.owner_principal_id = owner(&app, &alice);
    new.scope = ScopeSet::parse(["inference"]).unwrap();
    new.allowed_model_names = AllowedModelNames::parse(Some(vec!["qwen3".into()])).unwrap();
    new.expires_at = Expiry::after_seconds(fixture::instant(), Some(60)).unwrap();
    block_on(app.memory.create(fixture::by_service(), new)).unwrap();
    (app, alice)
}

fn own(_: &TestApp, alice: &User) -> PrincipalId {
    alice.principal_id
}

fn decision(app: &TestApp, text: &str, wanted: Wanted<'_>) -> Decision {
    let verified = verify(&app.keys.verify, text, wanted, Freshness::Current);
    block_on(verified).unwrap()
}

#[test]
fn each_request_is_decided_as_the_table_says() {
    let (app, _) = with_key(own);
    let wants = |scopes: &[Scope], model| Wanted {
        scopes: scopes
            .iter()
            .fold(ScopeSet::NONE, |set, scope| set.with(*scope)),
        model,
    };
    let table = [
        (wants(&[], None), Verdict::Valid),
        (wants(&[Scope::Inference], Some("qwen3")), Verdict::Valid),
        (wants(&[Scope::Management], None), Verdict::ScopeDenied),
        (wants(&[Scope::All], None), Verdict::ScopeDenied),
        (
            wants(&[Scope::Inference, Scope::Management], None),
            Verdict::ScopeDenied,
        ),
        (
            wants(&[Scope::Inference], Some("deepseek")),
            Verdict::ModelDenied,
        ),
        (
            wants(&[Scope::Inference], Some("QWEN3")),
            Verdict::ModelDenied,
        ),
        (wants(&[Scope::Inference], Some("")), Verdict::ModelDenied),
    ];
    for (wanted, verdict) in table {
        let decision = decision(&app, TEXT, wanted);
        assert_eq!(decision.verdict, verdict, "{wanted:?}");
        assert_eq!(decision.facts.unwrap().name.as_str(), "ci");
        assert_eq!(decision.as_of, fixture::instant());
    }
}

#[test]
fn a_key_that_is_not_right_has_no_facts() {
    let (app, _) = with_key(own);
    let long = format!("gpustack_0123456789abcdef_{}", "x".repeat(512));
    let table = [
        ("gpustack_0123456789abcdef_Secret", Verdict::Mismatch),
        ("gpustack_0123456789abcdee_secret", Verdict::Unknown),
        ("gpustack_0123456789ABCDEF_secret", Verdict::Unknown),
        ("sk-of-no-existing-key", Verdict::Unknown),
        ("", Verdict::Malformed),
        ("too-short", Verdict::Malformed),
        ("with a space in the middle", Verdict::Malformed),
        ("schlüssel-0123456789", Verdict::Malformed),
        ("0123456789abcdef\0", Verdict::Malformed),
        (long.as_str(), Verdict::Malformed),
    ];
    for (text, verdict) in table {
        for freshness in [Freshness::Current, Freshness::FromStore] {
            let verified = verify(&app.keys.verify, text, Wanted::default(), freshness);
            let decision = block_on(verified).unwrap();
            assert_eq!(decision.verdict, verdict, "{text:?}");
            assert_eq!(decision.verdict.public(), Verdict::Unknown);
            assert!(decision.facts.is_none());
        }
    }
}

#[test]
fn expiry_is_compared_with_the_clock_each_time() {
    let (app, _) = with_key(own);
    let verdict = || decision(&app, TEXT, Wanted::default()).verdict;
    app.clock.advance_seconds(59);
    assert_eq!(verdict(), Verdict::Valid);
    app.clock.advance_seconds(1);
    assert_eq!(verdict(), Verdict::Expired);
}

#[test]
fn a_key_is_valid_only_while_its_owner_is_effective() {
    let acme =
        |app: &TestApp, alice: &User| block_on(app.organization("acme", &[(alice, Role::User)])).id;
    let (app, alice) = with_key(acme);
    let verdict = || decision(&app, TEXT, Wanted::default()).verdict;
    assert_eq!(verdict(), Verdict::Valid);
    let activate = |is_active| {
        let changes = UserChanges {
            is_active: Some(is_active),
            ..UserChanges::default()
        };
        block_on(
            app.memory
                .update_user(fixture::by_service(), alice.id, changes),
        )
        .unwrap();
    };
    activate(false);
    assert_eq!(verdict(), Verdict::OwnerInactive);
    activate(true);
    assert_eq!(verdict(), Verdict::Valid);
    let organization = decision(&app, TEXT, Wanted::default()).facts.unwrap();
    let organization = organization.owner.organization_id.unwrap();
    block_on(
        app.memory
            .remove_member(fixture::by_service(), organization, alice.id),
    )
    .unwrap();
    assert_eq!(verdict(), Verdict::OwnerInactive);
}

#[test]
fn only_a_valid_use_is_recorded() {
    let (app, _) = with_key(own);
    let management = Wanted {
        scopes: Scope::Management.into(),
        model: None,
    };
    decision(&app, TEXT, management);
    decision(&app, "gpustack_0123456789abcdef_wrong", Wanted::default());
    assert!(app.usage.is_empty());
    decision(&app, TEXT, Wanted::default());
    assert_eq!(app.usage.len(), 1);
}

/// A store that is unavailable.
struct Down;

#[async_trait]
impl KeyFactsStore for Down {
    async fn read(&self, _: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        Err(PortError::Unavailable("down".into()))
    }
}

#[test]
fn an_unavailable_store_is_neither_a_yes_nor_a_no() {
    let mut ports = TestApp::new().keys.verify;
    ports.key_facts = Arc::new(Down);
    for text in [TEXT, "", "x"] {
        let verified = verify(&ports, text, Wanted::default(), Freshness::Current);
        assert!(
            matches!(block_on(verified), Err(Error::Unavailable(_))),
            "{text:?}"
        );
    }
}
