//! Keys that are made for other users.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use apikey_domain::{
    Error,
    access::{policy::KeyPolicies, tenant::TenantContext},
    change::{Change, KeyEvent, Position, event::EventFilter},
    error::{Forbidden, Missing, Taken},
    gpustack::ScopeSet,
    identifier::UserId,
    identity::{
        organization::{Organization, Role},
        user::User,
    },
    key::{expiry::Lifetime, key_name::KeyName, plain_key::CustomKey, status::Status},
    port::event_log::EventLog,
    testing::fixture,
    use_case::{
        keys::{
            authenticate::with_key,
            create_api_key::{CreateApiKey, CreatedApiKey, create_api_key},
            verify::{Freshness, verify},
        },
        resolve_tenant::resolve_tenant,
    },
    verification::Wanted,
};
use apikey_testing::{
    TestApp,
    test_app::{in_own_principal, signed_in},
};
use futures_executor::block_on;

/// Carol administers acme, alice and root belong to it; bob does not.
struct Acme {
    app: TestApp,
    organization: Organization,
    root: User,
    alice: User,
    bob: User,
    carol: User,
}

fn request(user_id: UserId, name: &str) -> CreateApiKey {
    CreateApiKey {
        name: KeyName::parse(name).unwrap(),
        description: None,
        scope: Default::default(),
        allowed_model_names: Default::default(),
        metadata: Default::default(),
        self_rotation: false,
        lifetime: Lifetime::Unlimited,
        custom: None,
        user_id: Some(user_id),
        replaces_expired: false,
    }
}

impl Acme {
    async fn new(policies: &str) -> Self {
        let mut app = TestApp::new();
        let policies = KeyPolicies::parse(policies).unwrap();
        app.keys = app.keys.clone().with_policies(policies);
        let root = app.admin("root").await;
        let alice = app.user("alice").await;
        let bob = app.user("bob").await;
        let carol = app.user("carol").await;
        let members = [
            (&alice, Role::User),
            (&carol, Role::Admin),
            (&root, Role::User),
        ];
        let organization = app.organization("acme", &members).await;
        Self {
            app,
            organization,
            root,
            alice,
            bob,
            carol,
        }
    }

    async fn within(&self, user: &User) -> TenantContext {
        let (caller, id) = (signed_in(user), self.organization.id);
        resolve_tenant(caller, Some(id), &*self.app.memory)
            .await
            .unwrap()
    }

    async fn create(
        &self,
        context: &TenantContext,
        user_id: UserId,
        name: &str,
    ) -> Result<CreatedApiKey, Error> {
        create_api_key(context, &self.app.keys, request(user_id, name)).await
    }
}

/// Returns the refusal as text.
fn refusal(result: Result<CreatedApiKey, Error>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn a_platform_admin_makes_keys_for_anybody_in_their_own_principal() {
    block_on(async {
        let acme = Acme::new("contract").await;
        let everywhere = resolve_tenant(signed_in(&acme.root), None, &*acme.app.memory);
        for context in [everywhere.await.unwrap(), in_own_principal(&acme.root)] {
            let name = format!("{:?}", context.current_principal_id());
            let name = name.replace(['(', ')'], "-");
            let created = acme.create(&context, acme.alice.id, &name).await.unwrap();
            let key = created.api_key;
            assert_eq!(key.user_id, acme.alice.id);
            assert_eq!(key.owner_principal_id, acme.alice.principal_id);
            let ports = &acme.app.keys.verify;
            let (text, wanted) = (created.value.expose(), Wanted::whatever_scope());
            let decision = verify(ports, text, wanted, Freshness::Current).await;
            assert!(decision.unwrap().is_ok());
        }
    });
}

#[test]
fn who_made_a_key_for_another_is_on_record() {
    block_on(async {
        let acme = Acme::new("contract").await;
        let context = in_own_principal(&acme.root);
        let created = acme.create(&context, acme.alice.id, "ci").await.unwrap();
        let log = &acme.app.memory;
        let filter = EventFilter::default();
        let page = log.list_events(&filter, Position::START, 100);
        let page = page.await.unwrap();
        let event = page.events.last().unwrap();
        let expected = Change::Key(KeyEvent::Created(created.api_key));
        assert_eq!(event.change, expected);
        assert_eq!(event.attribution.user_id, Some(acme.root.id));
    });
}

#[test]
fn within_an_organization_a_key_is_made_for_its_members_alone() {
    block_on(async {
        let acme = Acme::new("contract").await;
        let context = acme.within(&acme.root).await;
        let created = acme.create(&context, acme.alice.id, "ci").await.unwrap();
        assert_eq!(created.api_key.owner_principal_id, acme.organization.id);
        let robot = acme.app.user_who("robot", |new| new.is_system = true).await;
        // A key of the organization makes none in the name of whoever runs the platform.
        let stranger = acme.app.admin("stranger").await;
        let caller = acme.app.with_key(&acme.root, acme.organization.id).await;
        let by_key = resolve_tenant(caller, None, &*acme.app.memory);
        let by_key = by_key.await.unwrap();
        let unknown = UserId(987_654_321);
        for context in [context, by_key] {
            for id in [acme.bob.id, robot.id, stranger.id, unknown] {
                let refused = acme.create(&context, id, "ci").await;
                assert_eq!(refusal(refused), Missing::Member.to_string());
            }
        }
        let everywhere = in_own_principal(&acme.root);
        for id in [robot.id, unknown] {
            let refused = acme.create(&everywhere, id, "ci").await;
            assert_eq!(refusal(refused), Missing::User.to_string());
        }
    });
}

#[test]
fn an_admin_of_an_organization_makes_keys_for_members_where_the_policy_allows_it() {
    block_on(async {
        let acme = Acme::new("organization-admins-manage").await;
        let context = acme.within(&acme.carol).await;
        let created = acme.create(&context, acme.alice.id, "ci").await.unwrap();
        let key = created.api_key;
        assert_eq!(
            (key.user_id, key.owner_principal_id),
            (acme.alice.id, acme.organization.id)
        );
        // Nobody else exists for her, and platform admins make their own.
        let stranger = acme.app.admin("stranger").await;
        for id in [acme.bob.id, stranger.id, UserId(987_654_321)] {
            let refused = acme.create(&context, id, "ci").await;
            assert_eq!(refusal(refused), Missing::Member.to_string());
        }
        let refused = acme.create(&context, acme.root.id, "ci").await;
        assert_eq!(refusal(refused), Forbidden::PlatformAdminsOnly.to_string());
        // Outside of the organization she administers nothing.
        let own = in_own_principal(&acme.carol);
        let refused = acme.create(&own, acme.alice.id, "ci").await;
        assert_eq!(refusal(refused), Forbidden::PlatformAdminsOnly.to_string());
        let carols = acme.create(&own, acme.carol.id, "ci").await.unwrap();
        assert_eq!(carols.api_key.owner_principal_id, acme.carol.principal_id);
    });
}

#[test]
fn nobody_else_makes_keys_for_others_and_learns_whether_they_exist() {
    block_on(async {
        for (policies, caller) in [
            ("contract", "alice"),
            ("contract", "carol"),
            ("organization-admins-manage", "alice"),
        ] {
            let acme = Acme::new(policies).await;
            let caller = match caller {
                "carol" => &acme.carol,
                _ => &acme.alice,
            };
            let context = acme.within(caller).await;
            for id in [acme.root.id, acme.bob.id, UserId(987_654_321)] {
                let refused = acme.create(&context, id, "ci").await;
                let expected = Forbidden::PlatformAdminsOnly.to_string();
                assert_eq!(refusal(refused), expected, "{policies}");
            }
        }
    });
}

#[test]
fn what_a_key_makes_for_another_is_bounded_by_it() {
    block_on(async {
        let acme = Acme::new("attenuated").await;
        let (own, ports) = (in_own_principal(&acme.root), &acme.app.keys);
        let with_scope = |user: &User, name, scope| CreateApiKey {
            scope: ScopeSet::parse([scope]).unwrap(),
            ..request(user.id, name)
        };
        let narrow = with_scope(&acme.root, "narrow", "management");
        let narrow = create_api_key(&own, ports, narrow).await.unwrap();
        let caller = with_key(ports, narrow.value.expose()).await.unwrap();
        let context = resolve_tenant(caller, None, &*acme.app.memory);
        let context = context.await.unwrap();
        let as_much = with_scope(&acme.alice, "ci", "management");
        assert!(create_api_key(&context, ports, as_much).await.is_ok());
        let more = with_scope(&acme.alice, "cd", "inference");
        let refused = create_api_key(&context, ports, more).await;
        assert!(
            matches!(refused, Err(Error::Forbidden(Forbidden::ExceedsOwnKey(_)))),
            "{refused:?}"
        );
    });
}

#[test]
fn an_expired_key_is_replaced_when_it_is_asked_for() {
    block_on(async {
        let acme = Acme::new("contract").await;
        let (app, context) = (&acme.app, in_own_principal(&acme.alice));
        let ask = |replaces_expired| CreateApiKey {
            lifetime: Lifetime::For(std::time::Duration::from_secs(60)),
            replaces_expired,
            ..request(acme.alice.id, "ci")
        };
        let create = async |ask| create_api_key(&context, &app.keys, ask).await;
        let first = create(ask(true)).await.unwrap().api_key;
        let taken = Error::from(Taken::KeyName("ci".to_owned())).to_string();
        assert_eq!(refusal(create(ask(true)).await), taken);
        app.clock.advance_seconds(60);
        assert_eq!(refusal(create(ask(false)).await), taken);
        let custom = CreateApiKey {
            custom: Some(CustomKey::new("too-short")),
            ..ask(true)
        };
        assert!(matches!(create(custom).await, Err(Error::Invalid(_))));
        let second = create(ask(true)).await.unwrap().api_key;
        assert_ne!(second.id, first.id);
        // So does an admin, with a key of their own.
        let caller = app.with_key(&acme.root, acme.root.principal_id).await;
        let root = resolve_tenant(caller, None, &*app.memory).await.unwrap();
        app.clock.advance_seconds(60);
        let third = create_api_key(&root, &app.keys, ask(true)).await.unwrap();
        assert_eq!(third.api_key.user_id, acme.alice.id);
        let reach = fixture::reach(None, None);
        let first = app.keys.api_keys.find(first.id, &reach).await;
        let now = app.keys.verify.clock.now();
        assert_eq!(first.unwrap().unwrap().status(now), Status::Revoked);
    });
}
