//! Every use case judges its caller, whoever calls it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use apikey_domain::{
    Error,
    access::{
        policy::{KeySelection, UserSelection},
        tenant::{Caller, TenantContext},
    },
    change::{Position, event::EventFilter},
    error::Forbidden,
    gpustack::{AllowedModelNames, ScopeSet},
    idempotency::IdempotencyKey,
    identifier::UserId,
    identity::{
        organization::{Role, Slug},
        user::User,
        user_list::{UserFilter, UserOrder},
    },
    key::{changes::ApiKeyChanges, conditions::KeyConditions, expiry::Lifetime, key_name::KeyName},
    listing::{Order, Window},
    testing::fixture,
    use_case::{
        identity::{
            list_users, manage_members, manage_organizations, manage_users, own_account,
            watch_users::watch_users,
        },
        keys::{
            authenticate,
            change_api_keys::{delete_api_key, update_api_key},
            create_api_key::{CreateApiKey, create_api_key},
            create_once::create_api_key_once,
            list_api_keys::{AllApiKeys, list_api_keys},
            walk_api_keys::walk_api_keys,
            watch_api_keys::watch_api_keys,
        },
        operation::{list_events::list_events, list_removals::list_removals},
        resolve_tenant::{check_standing, resolve_tenant},
    },
};
use apikey_testing::{
    TestApp,
    test_app::{in_own_principal, signed_in},
};
use futures_executor::block_on;

const EVERYONE: KeySelection = KeySelection {
    users: UserSelection::Everyone,
    search: None,
    conditions: KeyConditions::NONE,
};

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

fn by_inference_key(user: &User) -> Caller {
    let key = fixture::caller_key(user.principal_id.0, &["inference"]);
    fixture::with_key(signed_in(user), key)
}

fn whole() -> Window {
    Window::page(1, 10).unwrap()
}

fn order() -> Order {
    Order::default()
}

/// Checks that a call is refused for the scope of the caller's key.
macro_rules! assert_refused {
    ($($call:expr),+ $(,)?) => {$(
        let outcome = $call.await.map(drop);
        let is_refused = matches!(outcome, Err(Error::Forbidden(Forbidden::ManagementScope)));
        assert!(is_refused, "{}: {outcome:?}", stringify!($call));
    )+};
}

#[test]
fn a_key_for_inference_alone_cannot_widen_itself() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        let own = in_own_principal(&alice);
        let mut narrow = request("narrow");
        narrow.scope = ScopeSet::parse(["inference"]).unwrap();
        let created = create_api_key(&own, &app.keys, narrow).await.unwrap();
        let text = created.value.expose();
        let caller = authenticate::with_key(&app.keys, text).await.unwrap();
        assert!(authenticate::admit(&app.keys.verify, &caller).is_err());
        assert!(app.usage.is_empty());
        let resolved = resolve_tenant(caller, None, &*app.keys.principals).await;
        let scope = Forbidden::ManagementScope;
        assert!(matches!(resolved, Err(Error::Forbidden(forbidden)) if forbidden == scope));
    });
}

#[test]
fn no_use_case_of_keys_serves_a_key_without_management() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.admin("alice").await;
        let own = in_own_principal(&alice);
        let created = create_api_key(&own, &app.keys, request("ci"))
            .await
            .unwrap();
        let id = created.api_key.id;
        let context = fixture::test_context(by_inference_key(&alice), None, None);
        let (context, ports) = (&context, &app.keys);
        let widened = ApiKeyChanges {
            scope: Some(ScopeSet::default()),
            ..ApiKeyChanges::default()
        };
        assert_refused!(
            create_api_key(context, ports, request("other")),
            create_api_key_once(
                context,
                ports,
                request("other"),
                IdempotencyKey::parse("other").unwrap()
            ),
            update_api_key(context, ports, id, widened.clone()),
            delete_api_key(context, ports, id),
            list_api_keys(context, ports, &EVERYONE, &order(), whole()),
            walk_api_keys(context, ports, (&EVERYONE, &order()), None, 10),
            watch_api_keys(context, ports, &EVERYONE, None),
            async { Ok::<_, Error>(AllApiKeys::new(context, ports, &EVERYONE, order())?) },
            list_events(
                context.caller(),
                ports,
                &EventFilter::default(),
                Position::START,
                1
            ),
        );
        let stored = ports
            .api_keys
            .credential(created.api_key.access_key.as_str());
        assert_eq!(stored.await.unwrap().unwrap().api_key, created.api_key);
    });
}

#[test]
fn no_use_case_of_people_serves_a_key_without_management() {
    block_on(async {
        let app = TestApp::new();
        let root = app.admin("root").await;
        let acme = app.organization("acme", &[(&root, Role::Admin)]).await.id;
        let (caller, ports) = (&by_inference_key(&root), &app.identity);
        let organization = || manage_organizations::UpdateOrganization {
            slug: Some(Slug::parse("other").unwrap()),
            ..Default::default()
        };
        let id = root.id;
        assert_refused!(
            watch_users(caller, &app.keys, UserFilter::ALL, None),
            list_users::list_users(
                caller,
                ports,
                &UserFilter::ALL,
                &UserOrder::default(),
                whole()
            ),
            async {
                Ok::<_, Error>(list_users::AllUsers::new(
                    caller,
                    ports,
                    UserFilter::ALL,
                    UserOrder::default(),
                )?)
            },
            manage_users::get_user(caller, ports, id),
            manage_users::update_user(caller, ports, id, manage_users::UpdateUser::default()),
            manage_users::delete_user(caller, ports, id),
            manage_organizations::list_organizations(caller, ports, None, whole()),
            manage_organizations::get_organization(caller, ports, acme),
            manage_organizations::update_organization(caller, ports, acme, organization()),
            manage_organizations::delete_organization(caller, ports, acme),
            manage_members::list_members(caller, ports, acme, whole()),
            manage_members::add_member(caller, ports, acme, id, Role::User),
            manage_members::update_member(caller, ports, acme, id, Role::User),
            manage_members::remove_member(caller, ports, acme, id),
            own_account::get_own_account(caller, ports),
            own_account::list_own_organizations(caller, ports, whole()),
            own_account::update_own_account(caller, ports, Default::default(), None),
            list_removals(caller, &app.keys, whole()),
            check_standing(caller, &*app.keys.principals),
        );
    });
}

/// Returns the names of the keys that a caller is listed in each of the four ways.
async fn listed(app: &TestApp, context: &TenantContext, selection: &KeySelection) -> Vec<String> {
    let ports = &app.keys;
    let page = list_api_keys(context, ports, selection, &order(), whole()).await;
    let page = page.unwrap().collect().await.unwrap();
    let walked = walk_api_keys(context, ports, (selection, &order()), None, 10).await;
    assert_eq!(walked.unwrap().keys.collect().await.unwrap(), page);
    let all = AllApiKeys::new(context, ports, selection, order());
    assert_eq!(all.unwrap().next().await.unwrap(), page);
    page.iter()
        .map(|key| key.name.as_str().to_owned())
        .collect()
}

#[test]
fn whoever_may_not_list_others_is_shown_their_own_keys_whatever_they_select() {
    block_on(async {
        let app = TestApp::new();
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let root = app.admin("root").await;
        for user in [&alice, &bob] {
            let name = user.username.as_str();
            let own = in_own_principal(user);
            create_api_key(&own, &app.keys, request(name))
                .await
                .unwrap();
        }
        let everywhere = |user| fixture::everywhere(signed_in(user));
        let of = |UserId(id): UserId| KeySelection {
            users: UserSelection::One(UserId(id)),
            search: None,
            conditions: KeyConditions::NONE,
        };
        let alices = everywhere(&alice);
        for selection in [EVERYONE, of(bob.id), of(alice.id), KeySelection::OWN] {
            assert_eq!(listed(&app, &alices, &selection).await, ["alice"]);
        }
        let roots = everywhere(&root);
        assert_eq!(listed(&app, &roots, &EVERYONE).await, ["bob", "alice"]);
        assert_eq!(listed(&app, &roots, &of(bob.id)).await, ["bob"]);
        assert!(listed(&app, &roots, &KeySelection::OWN).await.is_empty());
    });
}
