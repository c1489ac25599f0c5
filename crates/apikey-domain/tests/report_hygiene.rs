//! Which keys need somebody to look at them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use apikey_domain::{
    Error,
    access::{
        policy::{KeyPolicies, KeyReach, KeySelection, UserSelection},
        tenant::TenantContext,
    },
    identifier::ApiKeyId,
    identity::{
        organization::Role,
        user::{User, UserChanges},
    },
    key::{
        api_key::NewApiKey,
        changes::ApiKeyChanges,
        conditions::KeyConditions,
        expiry::Expiry,
        mask::Origin,
        revocation::{NewRevocation, RevocationReason},
    },
    port::{api_key_repository::ApiKeyRepository, clock::Clock, directory::Directory},
    testing::fixture,
    use_case::keys::report_hygiene::{Finding, HygieneLimits, HygieneReport, report_hygiene},
};
use apikey_testing::{
    TestApp,
    test_app::{in_own_principal, signed_in},
};
use futures_executor::block_on;

const ANYWHERE: KeyReach = fixture::reach(None, None);
const DAY: i64 = 86_400;
const EVERYONE: KeySelection = KeySelection {
    users: UserSelection::Everyone,
    search: None,
    conditions: KeyConditions::NONE,
};

/// Creates a key in the principal of the user, after applying `change`.
async fn key(
    app: &TestApp,
    user: &User,
    name: &str,
    change: impl FnOnce(&mut NewApiKey),
) -> ApiKeyId {
    let mut new = NewApiKey {
        user_id: user.id,
        owner_principal_id: user.principal_id,
        created_at: app.clock.now(),
        ..fixture::new_api_key(name, &format!("{}-{name}", user.id.0))
    };
    change(&mut new);
    let by = fixture::by_service_at(app.clock.now());
    app.memory.create(by, new).await.unwrap().id
}

async fn change(app: &TestApp, id: ApiKeyId, changes: ApiKeyChanges) {
    let by = fixture::by_service_at(app.clock.now());
    let changed = app.memory.update(by, id, ANYWHERE, changes).await;
    assert!(changed.unwrap().is_some());
}

fn disabled() -> ApiKeyChanges {
    ApiKeyChanges {
        is_disabled: Some(true),
        ..ApiKeyChanges::default()
    }
}

fn revoked() -> ApiKeyChanges {
    let (reason, comment) = (RevocationReason::Other, None);
    ApiKeyChanges {
        revocation: Some(NewRevocation { reason, comment }),
        ..ApiKeyChanges::default()
    }
}

async fn report(
    app: &TestApp,
    context: &TenantContext,
    selection: &KeySelection,
) -> Result<HygieneReport, Error> {
    report_hygiene(context, &app.keys, selection, HygieneLimits::default()).await
}

fn names(finding: &Finding) -> Vec<&str> {
    finding.keys.iter().map(|key| key.name.as_str()).collect()
}

#[test]
fn each_key_is_found_for_what_it_is() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        let expires = |days: i64| {
            let at = app.clock.now().plus_seconds(days * DAY).unwrap();
            move |new: &mut NewApiKey| new.expires_at = Expiry::at(at)
        };
        let used_long_ago = key(&app, &alice, "used long ago", |_| ()).await;
        let used = key(&app, &alice, "used", |_| ()).await;
        key(&app, &alice, "never used", |_| ()).await;
        let off = key(&app, &alice, "disabled long ago", |_| ()).await;
        let ended = key(&app, &alice, "revoked", expires(110)).await;
        key(&app, &alice, "expired", expires(99)).await;
        for (id, changes) in [(off, disabled()), (ended, revoked())] {
            change(&app, id, changes).await;
        }
        let now = app.clock.now();
        app.memory.record_uses(&[used_long_ago], now).await.unwrap();
        app.clock.advance_seconds(100 * DAY);
        let now = app.clock.now();
        app.memory.record_uses(&[used], now).await.unwrap();
        let off = key(&app, &alice, "disabled now", |_| ()).await;
        change(&app, off, disabled()).await;
        key(&app, &alice, "in 31 days", expires(31)).await;
        key(&app, &alice, "in 30 days", expires(30)).await;
        key(&app, &alice, "in a day", expires(1)).await;
        key(&app, &alice, "imported", |new| new.origin = Origin::Custom).await;
        let report = report(&app, &in_own_principal(&alice), &KeySelection::OWN).await;
        let report = report.unwrap();
        assert_eq!(report.as_of, app.clock.now());
        for (finding, expected) in [
            (&report.expiring, vec!["in a day", "in 30 days"]),
            (&report.unused, vec!["used long ago"]),
            (&report.never_used, vec!["never used"]),
            (&report.disabled, vec!["disabled long ago"]),
            (&report.imported, vec!["imported"]),
            (&report.of_inactive_owners, vec![]),
        ] {
            assert_eq!(names(finding), expected);
            assert_eq!(finding.count as usize, expected.len());
            assert!(finding.is_complete);
        }
    });
}

#[test]
fn whoever_is_shown_keys_in_lists_is_shown_them_here_and_nobody_else() {
    block_on(async {
        let mut app = TestApp::new();
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let root = app.admin("root").await;
        let acme = app
            .organization("acme", &[(&alice, Role::Admin), (&bob, Role::User)])
            .await;
        for user in [&alice, &bob] {
            let own = format!("of {}", user.username.as_str());
            key(&app, user, &own, |_| ()).await;
            let in_acme = format!("of {} in acme", user.username.as_str());
            key(&app, user, &in_acme, |new| new.owner_principal_id = acme.id).await;
        }
        app.clock.advance_seconds(100 * DAY);
        let in_acme = |user: &User, role| {
            let caller = signed_in(user);
            fixture::test_context(caller, Some(acme.id), Some(role))
        };
        let everywhere = fixture::everywhere(signed_in(&root));
        let contexts = [
            in_own_principal(&alice),
            in_acme(&bob, Role::User),
            in_acme(&alice, Role::Admin),
            everywhere,
        ];
        let all = ["of alice", "of alice in acme", "of bob", "of bob in acme"];
        for (policy, of_admin) in [
            ("contract", vec!["of alice in acme"]),
            (
                "organization-admins-manage",
                vec!["of alice in acme", "of bob in acme"],
            ),
        ] {
            app.keys = app.keys.with_policies(KeyPolicies::parse(policy).unwrap());
            let expected = [
                vec!["of alice"],
                vec!["of bob in acme"],
                of_admin,
                all.to_vec(),
            ];
            for (context, expected) in contexts.iter().zip(expected) {
                let report = report(&app, context, &EVERYONE).await.unwrap();
                assert_eq!(names(&report.never_used), expected, "{policy}");
            }
        }
    });
}

#[test]
fn keys_of_inactive_users_are_found() {
    block_on(async {
        let app = TestApp::new();
        let (alice, root) = (app.user("alice").await, app.admin("root").await);
        key(&app, &alice, "hers", |_| ()).await;
        let off = key(&app, &alice, "disabled", |_| ()).await;
        change(&app, off, disabled()).await;
        key(&app, &root, "of root", |_| ()).await;
        let changes = UserChanges {
            is_active: Some(false),
            ..UserChanges::default()
        };
        let by = fixture::by_service_at(app.clock.now());
        app.memory.update_user(by, alice.id, changes).await.unwrap();
        let everywhere = fixture::everywhere(signed_in(&root));
        let report = report(&app, &everywhere, &EVERYONE).await.unwrap();
        assert_eq!(names(&report.of_inactive_owners), ["hers"]);
        assert_eq!(report.of_inactive_owners.count, 1);
    });
}

#[test]
fn only_so_many_keys_are_examined_and_listed() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        for number in 0..Finding::EXAMINED {
            key(&app, &alice, &format!("{number}"), |_| ()).await;
        }
        app.clock.advance_seconds(100 * DAY);
        let context = in_own_principal(&alice);
        let at_the_bound = report(&app, &context, &KeySelection::OWN).await.unwrap();
        let found = at_the_bound.never_used;
        assert_eq!((found.count, found.is_complete), (Finding::EXAMINED, true));
        assert_eq!(found.keys.len(), Finding::LISTED);
        key(&app, &alice, "one more", |_| ()).await;
        let beyond = report(&app, &context, &KeySelection::OWN).await.unwrap();
        for finding in [
            &beyond.never_used,
            &beyond.imported,
            &beyond.of_inactive_owners,
        ] {
            assert!(!finding.is_complete);
        }
        assert_eq!(beyond.never_used.count, Finding::EXAMINED);
        assert!(beyond.expiring.is_complete && beyond.unused.is_complete);
    });
}

#[test]
fn a_clock_that_is_certainly_wrong_reports_nothing() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        app.clock.advance_seconds(-60 * 365 * DAY);
        let refused = report(&app, &in_own_principal(&alice), &KeySelection::OWN).await;
        assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    });
}
