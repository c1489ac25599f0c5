//! Rotating keys, and using their secrets meanwhile.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use apikey_domain::{
    Error,
    access::{policy::KeyPolicies, tenant::TenantContext},
    error::{Forbidden, Missing, Refusal},
    gpustack::ScopeSet,
    idempotency::IdempotencyKey,
    identity::user::User,
    key::{
        changes::ApiKeyChanges,
        credential::{Activation, CredentialNumber, GracePeriod},
        plain_key::CustomKey,
        revocation::{NewRevocation, RevocationReason},
        status::Status,
    },
    port::{api_key_repository::ApiKeyRepository, clock::Clock},
    testing::fixture,
    use_case::keys::{
        authenticate::with_key,
        change_api_keys::update_api_key,
        create_api_key::CreatedApiKey,
        revoke_api_key::revoke_api_key,
        rotate_api_key::{RotateApiKey, end_credential, rotate_api_key},
        rotate_once::rotate_api_key_once,
        verify::{Freshness, verify},
    },
    verification::{Reason, Wanted},
};
use apikey_testing::{TestApp, test_app::in_own_principal};
use futures_executor::block_on;

const FIRST: &str = "gpustack_0123456789abcdef_secret";

/// Alice with a key.
struct World {
    app: TestApp,
    context: TenantContext,
    id: apikey_domain::identifier::ApiKeyId,
}

impl World {
    fn new() -> Self {
        let app = TestApp::new();
        let alice: User = block_on(app.user("alice"));
        let mut new = fixture::new_api_key("ci", "0123456789abcdef");
        (new.user_id, new.owner_principal_id) = (alice.id, alice.principal_id);
        let key = block_on(app.memory.create(fixture::by_service(), new)).unwrap();
        Self {
            context: in_own_principal(&alice),
            id: key.id,
            app,
        }
    }

    fn rotate(&self, activation: Activation, seconds: i64) -> Result<CreatedApiKey, Error> {
        let request = RotateApiKey {
            activation,
            grace: GracePeriod::parse(seconds).unwrap(),
            custom: None,
        };
        block_on(rotate_api_key(
            &self.context,
            &self.app.keys,
            self.id,
            request,
        ))
    }

    fn verdict(&self, text: &str) -> Result<CredentialNumber, Reason> {
        let wanted = Wanted::whatever_scope();
        let verified = verify(&self.app.keys.verify, text, wanted, Freshness::Current);
        let decision = block_on(verified).unwrap();
        decision
            .map(|verified| verified.key().credential())
            .map_err(|refused| refused.reason())
    }
}

#[test]
fn the_old_secret_is_accepted_until_the_grace_period_is_over() {
    let world = World::new();
    let second = world.rotate(Activation::Now, 60).unwrap().value;
    assert_eq!(world.verdict(FIRST), Ok(CredentialNumber::FIRST));
    assert_eq!(world.verdict(second.expose()), Ok(CredentialNumber(2)));
    world.app.clock.advance_seconds(59);
    assert!(world.verdict(FIRST).is_ok());
    assert!(block_on(with_key(&world.app.keys, FIRST)).is_ok());
    world.app.clock.advance_seconds(1);
    assert_eq!(world.verdict(FIRST), Err(Reason::Revoked));
    assert!(block_on(with_key(&world.app.keys, FIRST)).is_err());
    assert!(world.verdict(second.expose()).is_ok());
}

#[test]
fn without_a_grace_period_no_clock_accepts_the_old_secret() {
    let world = World::new();
    let second = world.rotate(Activation::Now, 0).unwrap().value;
    world.app.clock.advance_seconds(-30);
    assert_eq!(world.verdict(FIRST), Err(Reason::Revoked));
    assert!(world.verdict(second.expose()).is_ok());
}

#[test]
fn a_pending_secret_takes_the_place_of_the_old_one_when_it_is_used() {
    for (grace, after_use) in [(0, Err(Reason::Revoked)), (60, Ok(CredentialNumber::FIRST))] {
        let world = World::new();
        let second = world.rotate(Activation::FirstUse, grace).unwrap();
        let masked = &second.api_key.access_key;
        assert_eq!(masked.as_str(), "0123456789abcdef");
        assert!(world.verdict(FIRST).is_ok());
        // With a wrong secret it is not used.
        let wrong = format!("{}0", second.value.expose());
        assert_eq!(world.verdict(&wrong), Err(Reason::Mismatch));
        assert!(world.verdict(FIRST).is_ok());
        assert_eq!(
            world.verdict(second.value.expose()),
            Ok(CredentialNumber(2))
        );
        assert_eq!(world.verdict(FIRST), after_use);
        world.app.clock.advance_seconds(grace);
        assert_eq!(world.verdict(FIRST), Err(Reason::Revoked));
    }
}

#[test]
fn signing_in_with_a_pending_key_is_its_first_use() {
    let world = World::new();
    let second = world.rotate(Activation::FirstUse, 0).unwrap().value;
    let caller = block_on(with_key(&world.app.keys, second.expose())).unwrap();
    assert_eq!(caller.key().unwrap().credential(), CredentialNumber(2));
    assert_eq!(world.verdict(FIRST), Err(Reason::Revoked));
}

#[test]
fn a_refused_use_of_a_pending_secret_changes_nothing() {
    let world = World::new();
    let second = world.rotate(Activation::FirstUse, 0).unwrap().value;
    let disabled = |is_disabled| {
        let changes = ApiKeyChanges {
            is_disabled: Some(is_disabled),
            ..ApiKeyChanges::default()
        };
        block_on(update_api_key(
            &world.context,
            &world.app.keys,
            world.id,
            changes,
        ))
        .unwrap()
    };
    disabled(true);
    assert_eq!(world.verdict(second.expose()), Err(Reason::Disabled));
    disabled(false);
    assert!(world.verdict(FIRST).is_ok());
}

#[test]
fn without_a_store_a_first_use_is_unavailable() {
    let mut world = World::new();
    let second = world.rotate(Activation::FirstUse, 0).unwrap().value;
    world.app.keys.verify.first_uses = None;
    let (ports, any) = (&world.app.keys.verify, Wanted::whatever_scope());
    let used = block_on(verify(ports, second.expose(), any, Freshness::Current));
    assert!(matches!(used, Err(Error::Unavailable(_))));
}

#[test]
fn a_credential_is_ended_but_for_the_active_one() {
    let world = World::new();
    world.rotate(Activation::Now, 60).unwrap();
    let end = |number| {
        let number = CredentialNumber(number);
        block_on(end_credential(
            &world.context,
            &world.app.keys,
            world.id,
            number,
        ))
    };
    assert!(end(1).is_ok());
    assert_eq!(world.verdict(FIRST), Err(Reason::Revoked));
    assert!(end(1).is_ok());
    assert!(matches!(
        end(2),
        Err(Error::Conflict(Refusal::ActiveCredential))
    ));
    assert!(matches!(end(3), Err(Error::NotFound(Missing::Credential))));
}

#[test]
fn a_key_rotates_itself_only_if_somebody_else_allows_it() {
    let world = World::new();
    let (keys, id) = (&world.app.keys, world.id);
    let caller = block_on(with_key(keys, FIRST)).unwrap();
    let itself = fixture::test_context(caller, world.context.current_principal_id(), None);
    let rotate = || {
        let request = RotateApiKey {
            grace: GracePeriod::parse(60).unwrap(),
            ..RotateApiKey::default()
        };
        block_on(rotate_api_key(&itself, keys, id, request))
    };
    let allow = |context| {
        let changes = ApiKeyChanges {
            self_rotation: Some(true),
            ..ApiKeyChanges::default()
        };
        block_on(update_api_key(context, keys, id, changes))
    };
    let refused = Forbidden::SelfRotation;
    assert!(matches!(rotate(), Err(Error::Forbidden(error)) if error == refused));
    assert!(matches!(allow(&itself), Err(Error::Forbidden(error)) if error == refused));
    assert!(allow(&world.context).is_ok());
    assert!(rotate().is_ok());
}

#[test]
fn a_rotation_that_would_be_refused_by_now_is_not_answered_again() {
    let mut world = World::new();
    let policies = KeyPolicies::parse("attenuated").unwrap();
    world.app.keys = world.app.keys.clone().with_policies(policies);
    let (keys, id, own) = (&world.app.keys, world.id, &world.context);
    let change = |id, changes| block_on(update_api_key(own, keys, id, changes)).unwrap();
    let self_rotation = |is_allowed| ApiKeyChanges {
        self_rotation: Some(is_allowed),
        ..ApiKeyChanges::default()
    };
    let scope = |scope| ApiKeyChanges {
        scope: Some(ScopeSet::parse([scope]).unwrap()),
        ..ApiKeyChanges::default()
    };
    let mut other = fixture::new_api_key("other", "fedcba9876543210");
    (other.user_id, other.owner_principal_id) = (own.caller().user().id, own.write_principal_id());
    let other = block_on(world.app.memory.create(fixture::by_service(), other)).unwrap();
    change(id, self_rotation(true));
    change(id, scope("management"));
    change(other.id, scope("management"));
    let caller = block_on(with_key(keys, FIRST)).unwrap();
    let by_key = fixture::test_context(caller, own.current_principal_id(), None);
    let rotate = |id| {
        let request = RotateApiKey {
            grace: GracePeriod::parse(60).unwrap(),
            ..RotateApiKey::default()
        };
        let key = IdempotencyKey::parse("5f0c").unwrap();
        let rotated = block_on(rotate_api_key_once(&by_key, keys, id, request, key));
        rotated.map(|rotated| rotated.value.unwrap().expose().to_owned())
    };
    for (id, after) in [(other.id, scope("*")), (id, self_rotation(false))] {
        let first = rotate(id).unwrap();
        assert_eq!(rotate(id).unwrap(), first);
        change(id, after);
        assert!(matches!(rotate(id), Err(Error::Forbidden(_))));
    }
}

#[test]
fn a_revoked_key_is_not_rotated_and_a_custom_one_must_follow_the_rules() {
    let world = World::new();
    let custom = |text: &str| {
        let request = RotateApiKey {
            custom: Some(CustomKey::new(text)),
            ..RotateApiKey::default()
        };
        block_on(rotate_api_key(
            &world.context,
            &world.app.keys,
            world.id,
            request,
        ))
    };
    assert!(matches!(custom("short"), Err(Error::Invalid(_))));
    assert!(matches!(custom(FIRST), Err(Error::AlreadyExists(_))));
    let rotated = custom("sk-0123456789abcdef").unwrap().api_key;
    assert_eq!((rotated.origin.is_custom(), rotated.hint), (true, None));
    let (reason, comment) = (RevocationReason::Other, None);
    let new = NewRevocation { reason, comment };
    let revoked = revoke_api_key(&world.context, &world.app.keys, world.id, new);
    let now = world.app.clock.now();
    assert_eq!(block_on(revoked).unwrap().status(now), Status::Revoked);
    let refused = world.rotate(Activation::Now, 0);
    assert!(matches!(refused, Err(Error::Conflict(Refusal::KeyRevoked))));
    assert_eq!(world.verdict("sk-0123456789abcdef"), Err(Reason::Revoked));
}
