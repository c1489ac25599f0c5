//! Verifying a presented key.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "verify/lease.rs"]
mod lease;

use apikey_domain::{
    Error,
    error::PortError,
    gpustack::{AllowedModelNames, Scope, ScopeSet},
    identifier::PrincipalId,
    identity::{
        organization::Role,
        user::{User, UserChanges},
    },
    key::expiry::Expiry,
    port::{
        api_key_repository::ApiKeyRepository, directory::Directory, key_facts_store::KeyFactsStore,
    },
    testing::fixture,
    use_case::keys::verify::{Freshness, verify},
    verification::{Decision, Reason, Wanted, WantedScopes, facts::KeyFacts},
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
    new.expires_at = Expiry::at(fixture::instant().plus_seconds(60).unwrap());
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

fn verdict_of(decision: &Decision) -> Result<(), Reason> {
    match decision {
        Ok(_) => Ok(()),
        Err(refused) => Err(refused.reason()),
    }
}

#[test]
fn each_request_is_decided_as_the_table_says() {
    let (app, _) = with_key(own);
    let wants = |scopes: &[Scope], model| {
        let each = |set: ScopeSet, scope: &Scope| set.with(*scope);
        let scopes = match scopes {
            [] => WantedScopes::Whatever,
            scopes => WantedScopes::Each(scopes.iter().fold(ScopeSet::NONE, each)),
        };
        Wanted::scopes(scopes).with_model(model)
    };
    let table = [
        (wants(&[], None), Ok(())),
        (wants(&[Scope::Inference], Some("qwen3")), Ok(())),
        (wants(&[Scope::Management], None), Err(Reason::ScopeDenied)),
        (wants(&[Scope::All], None), Err(Reason::ScopeDenied)),
        (
            wants(&[Scope::Inference, Scope::Management], None),
            Err(Reason::ScopeDenied),
        ),
        (
            wants(&[Scope::Inference], Some("deepseek")),
            Err(Reason::ModelDenied),
        ),
        (
            wants(&[Scope::Inference], Some("QWEN3")),
            Err(Reason::ModelDenied),
        ),
        (
            wants(&[Scope::Inference], Some("")),
            Err(Reason::ModelDenied),
        ),
    ];
    for (wanted, verdict) in table {
        let decision = decision(&app, TEXT, wanted);
        assert_eq!(verdict_of(&decision), verdict, "{wanted:?}");
        let (key, as_of) = match &decision {
            Ok(verified) => (Some(verified.key()), verified.as_of()),
            Err(refused) => (refused.key(), refused.as_of()),
        };
        assert_eq!(key.unwrap().name(), "ci");
        assert_eq!(as_of, fixture::instant());
    }
}

#[test]
fn a_key_that_is_not_right_has_no_facts() {
    let (app, _) = with_key(own);
    let long = format!("gpustack_0123456789abcdef_{}", "x".repeat(512));
    let table = [
        ("gpustack_0123456789abcdef_Secret", Err(Reason::Mismatch)),
        ("gpustack_0123456789abcdee_secret", Err(Reason::Unknown)),
        ("gpustack_0123456789ABCDEF_secret", Err(Reason::Unknown)),
        ("sk-of-no-existing-key", Err(Reason::Unknown)),
        ("", Err(Reason::Malformed)),
        ("too-short", Err(Reason::Malformed)),
        ("with a space in the middle", Err(Reason::Malformed)),
        ("schlüssel-0123456789", Err(Reason::Malformed)),
        ("0123456789abcdef\0", Err(Reason::Malformed)),
        (long.as_str(), Err(Reason::Malformed)),
    ];
    for (text, verdict) in table {
        for freshness in [Freshness::Current, Freshness::FromStore] {
            let verified = verify(&app.keys.verify, text, Wanted::whatever_scope(), freshness);
            let decision = block_on(verified).unwrap();
            assert_eq!(verdict_of(&decision), verdict, "{text:?}");
            let refused = decision.unwrap_err();
            assert_eq!(refused.reason().public(), Reason::Unknown);
            assert!(refused.key().is_none() && refused.lacking_scope().is_none());
            assert_eq!(refused.to_string(), "the key was refused: Unknown");
        }
    }
}

#[test]
fn expiry_is_compared_with_the_clock_each_time() {
    let (app, _) = with_key(own);
    let verdict = || verdict_of(&decision(&app, TEXT, Wanted::whatever_scope()));
    app.clock.advance_seconds(59);
    assert_eq!(verdict(), Ok(()));
    app.clock.advance_seconds(1);
    assert_eq!(verdict(), Err(Reason::Expired));
}

#[test]
fn a_key_is_valid_only_while_its_owner_is_effective() {
    let acme =
        |app: &TestApp, alice: &User| block_on(app.organization("acme", &[(alice, Role::User)])).id;
    let (app, alice) = with_key(acme);
    let verdict = || verdict_of(&decision(&app, TEXT, Wanted::whatever_scope()));
    assert_eq!(verdict(), Ok(()));
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
    assert_eq!(verdict(), Err(Reason::OwnerInactive));
    activate(true);
    assert_eq!(verdict(), Ok(()));
    let verified = decision(&app, TEXT, Wanted::whatever_scope()).unwrap();
    let organization = verified.facts().owner.organization_id.unwrap();
    block_on(
        app.memory
            .remove_member(fixture::by_service(), organization, alice.id),
    )
    .unwrap();
    assert_eq!(verdict(), Err(Reason::OwnerInactive));
}

#[test]
fn only_a_valid_use_is_recorded() {
    let (app, _) = with_key(own);
    let refused = decision(&app, TEXT, Wanted::scope(Scope::Management)).unwrap_err();
    assert_eq!(refused.lacking_scope(), Some(Scope::Management));
    let wrong = "gpustack_0123456789abcdef_wrong";
    assert!(decision(&app, wrong, Wanted::whatever_scope()).is_err());
    assert!(app.usage.is_empty());
    assert!(decision(&app, TEXT, Wanted::whatever_scope()).is_ok());
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
        let verified = verify(&ports, text, Wanted::whatever_scope(), Freshness::Current);
        assert!(
            matches!(block_on(verified), Err(Error::Unavailable(_))),
            "{text:?}"
        );
    }
}
