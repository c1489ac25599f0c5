//! Who may list events, and to whom events are attributed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use apikey_domain::{
    Error,
    access::attribution::Attribution,
    change::{
        Position,
        event::{Event, EventFilter, EventPage},
    },
    error::Forbidden,
    gpustack::{AllowedModelNames, ScopeSet},
    identity::{
        organization::{OrganizationName, Role, Slug},
        password::PlainPassword,
        user::Username,
    },
    key::{
        changes::ApiKeyChanges,
        expiry::Lifetime,
        key_name::{Description, KeyName},
    },
    port::event_log::MockEventLog,
    testing::fixture,
    use_case::{
        identity::{
            manage_members::{add_member, remove_member, update_member},
            manage_organizations::{
                CreateOrganization, UpdateOrganization, create_organization, delete_organization,
                update_organization,
            },
            manage_users::{CreateUser, UpdateUser, create_user, delete_user, update_user},
            own_account::{UpdateOwnAccount, update_own_account},
        },
        keys::{
            change_api_keys::{delete_api_key, update_api_key},
            create_api_key::{CreateApiKey, create_api_key},
        },
        operation::{
            bootstrap::first_administrator,
            list_events::{LARGEST_PAGE, list_events},
        },
    },
};
use apikey_testing::{TestApp, test_app::signed_in};
use futures_executor::block_on;
use std::sync::Arc;

fn new_user() -> CreateUser {
    CreateUser {
        username: Username::parse("carol").unwrap(),
        password: PlainPassword::new("Passw0rd_1"),
        full_name: None,
        is_admin: false,
        is_active: true,
        is_system: false,
        require_password_change: false,
    }
}

fn new_key() -> CreateApiKey {
    CreateApiKey {
        name: KeyName::parse("ci").unwrap(),
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

async fn recorded(app: &TestApp) -> Vec<Event> {
    let everything = EventFilter::default();
    let log = &app.keys.server.event_log;
    let page = log.list_events(&everything, Position::START, 100).await;
    page.unwrap().events
}

#[test]
fn only_platform_admins_list_events() {
    block_on(async {
        let app = TestApp::new();
        let (root, alice) = (app.admin("root").await, app.user("alice").await);
        let acme = app.organization("acme", &[(&alice, Role::Admin)]).await;
        let table = [
            (signed_in(&root), None),
            (app.with_key(&root, root.principal_id).await, None),
            (
                app.with_key(&root, acme.id).await,
                Some(Forbidden::KeyOfAnotherPrincipal),
            ),
            (signed_in(&alice), Some(Forbidden::PlatformAdminsOnly)),
        ];
        for (caller, expected) in table {
            let everything = EventFilter::default();
            let listed = list_events(&caller, &app.keys, &everything, Position::START, 10);
            match (listed.await, expected) {
                (Ok(page), None) => assert_eq!(page.events, recorded(&app).await),
                (Err(Error::Forbidden(forbidden)), Some(expected)) => {
                    assert_eq!(forbidden, expected);
                }
                (listed, expected) => panic!("{listed:?} instead of {expected:?}"),
            }
        }
    });
}

#[test]
fn the_limit_of_a_page_is_clamped() {
    for (requested, expected) in [
        (0, 1),
        (1, 1),
        (LARGEST_PAGE, LARGEST_PAGE),
        (u32::MAX, LARGEST_PAGE),
    ] {
        let mut ports = TestApp::new().keys;
        let mut log = MockEventLog::new();
        let listed = log.expect_list_events().once();
        listed.returning(move |filter, after, limit| {
            assert_eq!((filter, limit), (&EventFilter::default(), expected));
            Ok(EventPage {
                events: Vec::new(),
                examined: 0,
                next: after,
                is_known: true,
                has_more: false,
                floor: Position::START,
                head: fixture::position(99),
            })
        });
        ports.server.event_log = Arc::new(log);
        let (root, after) = (fixture::admin(1, 11), fixture::position(7));
        let everything = EventFilter::default();
        let page = block_on(list_events(&root, &ports, &everything, after, requested));
        assert_eq!(page.unwrap().next, after);
    }
}

#[test]
fn every_change_is_attributed_to_its_caller() {
    block_on(async {
        let app = TestApp::new();
        let (root, alice) = (app.admin("root").await, app.user("alice").await);
        let caller = &app.with_key(&root, root.principal_id).await;
        let before = recorded(&app).await.len();
        app.clock.advance_seconds(60);
        let (keys, identity) = (&app.keys, &app.identity);
        let context = fixture::in_principal(caller.clone(), root.principal_id.0);

        let key = create_api_key(&context, keys, new_key()).await.unwrap();
        let id = key.api_key.id;
        let changes = ApiKeyChanges {
            description: Some(Some(Description::parse("for CI").unwrap())),
            ..ApiKeyChanges::default()
        };
        update_api_key(&context, keys, id, changes).await.unwrap();
        delete_api_key(&context, keys, id).await.unwrap();

        let carol = create_user(caller, identity, new_user()).await.unwrap();
        let deactivated = UpdateUser {
            is_active: Some(false),
            ..UpdateUser::default()
        };
        let updated = update_user(caller, identity, carol.id, deactivated).await;
        assert!(!updated.unwrap().is_active);
        delete_user(caller, identity, carol.id).await.unwrap();
        let named = UpdateOwnAccount {
            full_name: Some(None),
            ..UpdateOwnAccount::default()
        };
        let updated = update_own_account(caller, identity, named, None).await;
        assert_eq!(updated.unwrap().id, root.id);

        let request = CreateOrganization {
            name: OrganizationName::parse("Acme").unwrap(),
            slug: Slug::parse("acme").unwrap(),
            description: None,
        };
        let acme = create_organization(caller, identity, request)
            .await
            .unwrap();
        let changes = UpdateOrganization {
            name: Some("ACME".to_owned()),
            ..UpdateOrganization::default()
        };
        let updated = update_organization(caller, identity, acme.id, changes).await;
        assert_eq!(updated.unwrap().name.as_str(), "ACME");
        for (user, role) in [(&root, Role::Admin), (&alice, Role::User)] {
            let added = add_member(caller, identity, acme.id, user.id, role).await;
            assert_eq!(added.unwrap().role, role);
        }
        let updated = update_member(caller, identity, acme.id, alice.id, Role::Admin).await;
        assert_eq!(updated.unwrap().role, Role::Admin);
        let removed = remove_member(caller, identity, acme.id, alice.id).await;
        removed.unwrap();
        let deleted = delete_organization(caller, identity, acme.id).await;
        deleted.unwrap();

        let events = &recorded(&app).await[before..];
        let expected = Attribution::of(caller, app.keys.verify.clock.now());
        assert!(expected.key_id.is_some());
        for event in events {
            assert_eq!(event.attribution, expected, "{event:?}");
        }
        let kinds = events.iter().map(|event| event.change.kind().as_str());
        let kinds: Vec<_> = kinds.collect();
        let expected = [
            "api_key.created",
            "api_key.updated",
            "api_key.deleted",
            "user.created",
            "user.updated",
            "user.deleted",
            "user.updated",
            "organization.created",
            "organization.updated",
            "member.created",
            "member.created",
            "member.updated",
            "member.deleted",
            "member.deleted",
            "organization.deleted",
        ];
        assert_eq!(kinds, expected);
    });
}

#[test]
fn the_first_administrator_is_attributed_to_the_system() {
    block_on(async {
        let app = TestApp::new();
        let password = PlainPassword::new("Passw0rd_1");
        let admin = first_administrator(&app.identity, password).await;
        assert!(admin.unwrap().is_some());
        let events = recorded(&app).await;
        let expected = Attribution::system(app.keys.verify.clock.now());
        assert_eq!(events[0].attribution, expected);
        assert_eq!(events.len(), 1);
    });
}
