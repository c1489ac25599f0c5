//! The rule that judges a write: what each lost right is refused as.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use apikey_domain::{
    access::{
        authority::{Authority, CurrentKey, CurrentRights},
        tenant::{Caller, CallerKey},
    },
    gpustack::{AllowedModelNames, ScopeSet},
    identifier::{ApiKeyId, UserId},
    identity::{
        organization::{Role, Standing},
        password::PasswordHash,
    },
    key::{api_key::ApiKey, credential::CredentialNumber, expiry::Expiry},
    testing::fixture,
};
use std::time::Duration;

/// A change of the rights that a caller has.
type Change = fn(&mut CurrentRights);

/// The key of user 1 that acts for organization 40.
fn key() -> ApiKey {
    ApiKey {
        owner_principal_id: fixture::principal_id(40),
        ..fixture::api_key(7, "ci")
    }
}

/// The rights of user 1, who is active and an admin of organization 40.
fn rights() -> CurrentRights {
    CurrentRights {
        key: Some(CurrentKey::of(&key(), CredentialNumber::FIRST)),
        standing: Standing {
            is_organization: true,
            role: Some(Role::Admin),
        },
        ..CurrentRights::of(&fixture::user_credential(1, 11))
    }
}

fn with_key() -> Caller {
    fixture::with_key(
        fixture::caller(1, 11),
        CallerKey::of(key(), CredentialNumber::FIRST),
    )
}

/// Returns an admin of organization 40 who acts for it.
fn in_organization(caller: Caller) -> Authority {
    let acme = Some(fixture::principal_id(40));
    let context = fixture::test_context(caller, acme, Some(Role::Admin));
    fixture::by_tenant(&context, fixture::instant())
}

fn outcome(by: &Authority, change: Change) -> String {
    let mut rights = rights();
    change(&mut rights);
    match by.judge(&rights) {
        Ok(attribution) => {
            assert_eq!(attribution.user_id, Some(UserId(1)));
            "accepted".to_owned()
        }
        Err(denied) => denied.to_string(),
    }
}

const UNCHANGED: Change = |_| ();
const NO_USER: Change = |rights| rights.user = None;
const INACTIVE: Change = |rights| rights.user.as_mut().unwrap().is_active = false;
const NEW_PASSWORD: Change =
    |rights| rights.user.as_mut().unwrap().password_hash = PasswordHash::new("other");
const NO_KEY: Change = |rights| rights.key = None;
const ANOTHER_KEY: Change = |rights| rights.key.as_mut().unwrap().id = ApiKeyId(8);
const KEY_OF_ANOTHER: Change = |rights| rights.key.as_mut().unwrap().user_id = UserId(2);
const EXPIRED: Change =
    |rights| rights.key.as_mut().unwrap().rights.expires_at = Expiry::at(fixture::instant());
const NARROWED: Change =
    |rights| rights.key.as_mut().unwrap().rights.scope = ScopeSet::parse(["inference"]).unwrap();
const LIMITED: Change = |rights| {
    let models = AllowedModelNames::parse(Some(vec!["qwen3".into()])).unwrap();
    rights.key.as_mut().unwrap().rights.allowed_model_names = models;
};
const SHORTENED: Change = |rights| {
    let expiry = fixture::instant().plus_seconds(60).unwrap();
    rights.key.as_mut().unwrap().rights.expires_at = Expiry::at(expiry);
};
const OTHER_OWNER: Change =
    |rights| rights.key.as_mut().unwrap().owner_principal_id = fixture::principal_id(41);
const REMOVED: Change = |rights| rights.standing.role = None;
const DEMOTED: Change = |rights| rights.standing.role = Some(Role::User);
const NO_ORGANIZATION: Change = |rights| rights.standing = Standing::default();

#[test]
fn each_lost_right_is_refused_as_a_new_request_would_be() {
    let password = in_organization(fixture::caller(1, 11));
    let by_key = in_organization(with_key());
    let stranger = "not a member of organization 40";
    let demoted = "only an admin of organization 40 may do this";
    let deactivated = "user account is deactivated";
    let ended = "the key is no longer valid";
    let table: [(Change, &str, &str); 15] = [
        (UNCHANGED, "accepted", "accepted"),
        (NO_USER, "invalid credentials", ended),
        (INACTIVE, deactivated, deactivated),
        (NEW_PASSWORD, "invalid credentials", "accepted"),
        (NO_KEY, "accepted", ended),
        (ANOTHER_KEY, "accepted", ended),
        (KEY_OF_ANOTHER, "accepted", ended),
        (EXPIRED, "accepted", ended),
        (NARROWED, "accepted", "the key does not grant management"),
        (LIMITED, "accepted", "accepted"),
        (SHORTENED, "accepted", "accepted"),
        (
            OTHER_OWNER,
            "accepted",
            "the key acts for another principal",
        ),
        (REMOVED, stranger, stranger),
        (DEMOTED, demoted, demoted),
        (NO_ORGANIZATION, stranger, stranger),
    ];
    for (row, (change, with_password, with_key)) in table.into_iter().enumerate() {
        assert_eq!(outcome(&password, change), with_password, "row {row}");
        assert_eq!(outcome(&by_key, change), with_key, "row {row}");
    }
}

#[test]
fn what_is_bounded_by_a_key_needs_as_much_of_it_as_before() {
    let by_key = fixture::by_bounded(in_organization(with_key()));
    let password = fixture::by_bounded(in_organization(fixture::caller(1, 11)));
    for (change, refused) in [
        (UNCHANGED, "accepted"),
        (
            LIMITED,
            "it would allow more models than the key that the caller came with",
        ),
        (
            SHORTENED,
            "it would live longer than the key that the caller came with",
        ),
    ] {
        assert_eq!(outcome(&by_key, change), refused);
        assert_eq!(outcome(&password, change), "accepted");
    }
}

#[test]
fn a_platform_admin_needs_no_membership_but_an_organization() {
    let admin = in_organization(fixture::admin(1, 11));
    let judge = |change: Change, is_admin| {
        let mut rights = rights();
        change(&mut rights);
        rights.user.as_mut().unwrap().is_admin = is_admin;
        admin.judge(&rights).map_err(|denied| denied.to_string())
    };
    assert!(judge(REMOVED, true).is_ok());
    assert!(judge(DEMOTED, true).is_ok());
    assert_eq!(
        judge(NO_ORGANIZATION, true).unwrap_err(),
        "organization 40 not found"
    );
    // Whatever else they may still do.
    assert_eq!(
        judge(UNCHANGED, false).unwrap_err(),
        "only a platform admin may do this"
    );
}

#[test]
fn rights_in_ones_own_principal_rest_on_no_membership() {
    let own = fixture::in_principal(fixture::caller(1, 11), 11);
    let own = fixture::by_tenant(&own, fixture::instant());
    assert_eq!(own.grounds().unwrap().principal_id, None);
    assert_eq!(outcome(&own, NO_ORGANIZATION), "accepted");
    let service = Authority::service(fixture::instant());
    assert_eq!(service.grounds(), None);
}

#[test]
fn a_password_given_with_a_key_must_still_be_the_users() {
    let by = |hash: &PasswordHash| {
        let by = fixture::by(&with_key(), fixture::instant());
        outcome(&fixture::by_proven(by, hash.clone()), UNCHANGED)
    };
    let present = rights().user.unwrap().password_hash;
    assert_eq!(by(&present), "accepted");
    let earlier = PasswordHash::new("earlier");
    assert_eq!(by(&earlier), "invalid credentials");
}

#[test]
fn a_key_that_expires_while_its_write_waits_has_no_right() {
    let expiry = fixture::instant().plus_seconds(2).unwrap();
    let key = ApiKey {
        expires_at: Expiry::at(expiry),
        ..key()
    };
    let caller = fixture::with_key(
        fixture::caller(1, 11),
        CallerKey::of(key.clone(), CredentialNumber::FIRST),
    );
    let by = fixture::by(&caller, fixture::instant());
    let rights = CurrentRights {
        key: Some(CurrentKey::of(&key, CredentialNumber::FIRST)),
        ..rights()
    };
    let after = |seconds| by.judge_after(Duration::from_secs(seconds), &rights);
    assert!(after(1).is_ok());
    assert!(after(2).is_err());
}
