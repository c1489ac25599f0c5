//! Managing users, organizations and members.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use apikey_domain::{
    Error,
    error::{Forbidden, Missing, Refusal, Taken},
    identifier::{PrincipalId, UserId},
    identity::{
        organization::{OrganizationName, Role, Slug},
        password::PlainPassword,
        user::Username,
        user_list::{UserFilter, UserOrder},
    },
    listing::Window,
    testing::fixture,
    use_case::identity::{
        list_users::{AllUsers, list_users},
        manage_members::{add_member, list_members, remove_member, update_member},
        manage_organizations::{
            CreateOrganization, UpdateOrganization, create_organization, delete_organization,
            get_organization, list_organizations, update_organization,
        },
        manage_users::{CreateUser, UpdateUser, create_user, delete_user, get_user, update_user},
    },
};
use apikey_testing::{TestApp, test_app::signed_in};
use futures_executor::block_on;

fn user_request(username: &str, password: &str) -> CreateUser {
    CreateUser {
        username: Username::parse(username).unwrap(),
        password: PlainPassword::new(password),
        full_name: None,
        is_admin: false,
        is_active: true,
        is_system: false,
        require_password_change: false,
    }
}

fn organization_request(slug: &str) -> CreateOrganization {
    CreateOrganization {
        name: OrganizationName::parse(slug).unwrap(),
        slug: Slug::parse(slug).unwrap(),
        description: None,
    }
}

fn page() -> Window {
    Window::page(1, 100).unwrap()
}

fn is_admins_only<T>(result: Result<T, Error>) -> bool {
    matches!(result, Err(Error::Forbidden(Forbidden::PlatformAdminsOnly)))
}

#[test]
fn only_platform_admins_manage_users_and_organizations() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        let acme = app.organization("acme", &[(&alice, Role::Admin)]).await;
        let (caller, ports) = (&signed_in(&alice), &app.identity);

        let request = user_request("eve", "Passw0rd_1");
        assert!(is_admins_only(create_user(caller, ports, request).await));
        let (filter, order) = (UserFilter::ALL, UserOrder::default());
        let listed = list_users(caller, ports, &filter, &order, page()).await;
        assert!(is_admins_only(listed));
        let all = AllUsers::new(caller, ports, filter, order);
        assert!(is_admins_only(all.map_err(Into::into)));
        assert!(is_admins_only(get_user(caller, ports, alice.id).await));
        let promoted = UpdateUser {
            is_admin: Some(true),
            ..UpdateUser::default()
        };
        let result = update_user(caller, ports, alice.id, promoted).await;
        assert!(is_admins_only(result));
        assert!(is_admins_only(delete_user(caller, ports, alice.id).await));

        let request = organization_request("new");
        let result = create_organization(caller, ports, request).await;
        assert!(is_admins_only(result));
        let result = list_organizations(caller, ports, None, page()).await;
        assert!(is_admins_only(result));
        let result = get_organization(caller, ports, acme.id).await;
        assert!(is_admins_only(result));
        let changes = UpdateOrganization::default();
        let result = update_organization(caller, ports, acme.id, changes).await;
        assert!(is_admins_only(result));
        let result = delete_organization(caller, ports, acme.id).await;
        assert!(is_admins_only(result));

        assert_eq!(
            app.identity.directory.user(alice.id).await.unwrap(),
            Some(alice)
        );
        assert_eq!(
            app.identity.directory.organization(acme.id).await.unwrap(),
            Some(acme)
        );
    });
}

#[test]
fn a_taken_value_is_named() {
    block_on(async {
        let app = TestApp::new();
        let (root, alice) = (app.admin("root").await, app.user("alice").await);
        let acme = app.organization("acme", &[(&alice, Role::User)]).await;
        let (caller, ports) = (&signed_in(&root), &app.identity);
        let taken = |result: Error| match result {
            Error::AlreadyExists(taken) => taken,
            error => panic!("{error:?}"),
        };

        let again = create_user(caller, ports, user_request("alice", "Passw0rd_1")).await;
        assert_eq!(taken(again.unwrap_err()), Taken::Username("alice".into()));
        let renamed = UpdateUser {
            username: Some("root".to_owned()),
            ..UpdateUser::default()
        };
        let again = update_user(caller, ports, alice.id, renamed).await;
        assert_eq!(taken(again.unwrap_err()), Taken::Username("root".into()));
        let again = create_organization(caller, ports, organization_request("acme")).await;
        assert_eq!(taken(again.unwrap_err()), Taken::Slug("acme".into()));
        let again = add_member(caller, ports, acme.id, alice.id, Role::Admin).await;
        assert_eq!(taken(again.unwrap_err()), Taken::Member);
    });
}

#[test]
fn a_name_of_before_stays_and_no_other_takes_its_look() {
    block_on(async {
        let app = TestApp::new();
        let (root, old) = (app.admin("root").await, app.user("b\u{202e}ob ").await);
        let (caller, ports) = (&signed_in(&root), &app.identity);
        let renamed = |text: &str| UpdateUser {
            username: Some(text.to_owned()),
            full_name: Some(None),
            ..UpdateUser::default()
        };

        let same = update_user(caller, ports, old.id, renamed("b\u{202e}ob ")).await;
        assert_eq!(same.unwrap().username, old.username);
        let refused = update_user(caller, ports, old.id, renamed("bob ")).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
        let like = create_user(caller, ports, user_request("BOB", "Passw0rd_1")).await;
        let like = like.unwrap_err().to_string();
        assert_eq!(like, "a user whose name looks like BOB already exists");
        let right = update_user(caller, ports, old.id, renamed("e\u{301}")).await;
        assert_eq!(right.unwrap().username.as_str(), "é");

        let acme = app.organization("acme", &[]).await;
        let named = |text: &str| UpdateOrganization {
            name: Some(text.to_owned()),
            ..UpdateOrganization::default()
        };
        let refused = update_organization(caller, ports, acme.id, named("Acme ")).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
        let same = update_organization(caller, ports, acme.id, named("acme")).await;
        assert_eq!(same.unwrap().name, acme.name);
    });
}

#[test]
fn a_missing_resource_is_named() {
    block_on(async {
        let app = TestApp::new();
        let root = app.admin("root").await;
        let acme = app.organization("acme", &[]).await;
        let (caller, ports) = (&signed_in(&root), &app.identity);
        let missing = |result: Error| match result {
            Error::NotFound(missing) => missing,
            error => panic!("{error:?}"),
        };

        let (user, id) = (UserId(999), PrincipalId(999));
        let result = get_user(caller, ports, user).await.unwrap_err();
        assert_eq!(missing(result), Missing::User);
        let result = update_user(caller, ports, user, UpdateUser::default()).await;
        assert_eq!(missing(result.unwrap_err()), Missing::User);
        let result = delete_user(caller, ports, user).await.unwrap_err();
        assert_eq!(missing(result), Missing::User);
        let result = get_organization(caller, ports, id).await.unwrap_err();
        assert_eq!(missing(result), Missing::Organization(id));
        let result = delete_organization(caller, ports, id).await.unwrap_err();
        assert_eq!(missing(result), Missing::Organization(id));
        let result = list_members(caller, ports, id, page()).await.unwrap_err();
        assert_eq!(missing(result), Missing::Organization(id));
        let result = add_member(caller, ports, acme.id, user, Role::User).await;
        assert_eq!(missing(result.unwrap_err()), Missing::User);
        let result = update_member(caller, ports, acme.id, root.id, Role::User).await;
        assert_eq!(missing(result.unwrap_err()), Missing::Member);
        let result = remove_member(caller, ports, acme.id, root.id).await;
        assert_eq!(missing(result.unwrap_err()), Missing::Member);
    });
}

#[test]
fn a_weak_password_is_refused_for_a_new_and_an_existing_user() {
    block_on(async {
        let app = TestApp::new();
        let root = app.admin("root").await;
        let (caller, ports) = (&signed_in(&root), &app.identity);
        let created = create_user(caller, ports, user_request("alice", "weak")).await;
        assert!(matches!(created, Err(Error::Invalid(_))));
        let changed = UpdateUser {
            password: Some(PlainPassword::new("weak")),
            ..UpdateUser::default()
        };
        let changed = update_user(caller, ports, root.id, changed).await;
        assert!(matches!(changed, Err(Error::Invalid(_))));
    });
}

#[test]
fn last_admins_and_owners_of_keys_cannot_be_deleted() {
    block_on(async {
        let app = TestApp::new();
        let (root, alice) = (app.admin("root").await, app.user("alice").await);
        let acme = app.organization("acme", &[(&alice, Role::Admin)]).await;
        let (caller, ports) = (&signed_in(&root), &app.identity);
        let refusal = |result: Error| match result {
            Error::Conflict(refusal) => refusal,
            error => panic!("{error:?}"),
        };

        let result = delete_user(caller, ports, root.id).await.unwrap_err();
        assert_eq!(refusal(result), Refusal::LastPlatformAdmin);
        let last = Refusal::LastOrganizationAdmin(acme.id);
        let result = delete_user(caller, ports, alice.id).await.unwrap_err();
        assert_eq!(refusal(result), last);
        let result = remove_member(caller, ports, acme.id, alice.id).await;
        assert_eq!(refusal(result.unwrap_err()), last);
        let result = update_member(caller, ports, acme.id, alice.id, Role::User).await;
        assert_eq!(refusal(result.unwrap_err()), last);

        let mut new = fixture::new_api_key("ci", "0123456789abcdef");
        (new.user_id, new.owner_principal_id) = (alice.id, acme.id);
        app.keys
            .api_keys
            .create(fixture::by_service(), new)
            .await
            .unwrap();
        let result = delete_organization(caller, ports, acme.id).await;
        assert_eq!(
            refusal(result.unwrap_err()),
            Refusal::OrganizationOwnsKeys(1)
        );
    });
}

#[test]
fn an_organizations_admin_manages_its_members_and_no_others() {
    block_on(async {
        let app = TestApp::new();
        let (carol, alice) = (app.user("carol").await, app.user("alice").await);
        let bob = app.user("bob").await;
        let acme = app.organization("acme", &[(&carol, Role::Admin)]).await;
        let umbrella = app.organization("umbrella", &[(&bob, Role::Admin)]).await;
        let (caller, ports) = (&signed_in(&carol), &app.identity);

        let added = add_member(caller, ports, acme.id, alice.id, Role::User).await;
        assert_eq!(added.unwrap().user_id, alice.id);
        let promoted = update_member(caller, ports, acme.id, alice.id, Role::Admin).await;
        assert_eq!(promoted.unwrap().role, Role::Admin);
        let members = list_members(caller, ports, acme.id, page()).await;
        assert_eq!(members.unwrap().total(), 2);
        let removed = remove_member(caller, ports, acme.id, alice.id).await;
        assert!(removed.is_ok());

        let elsewhere = add_member(caller, ports, umbrella.id, carol.id, Role::Admin).await;
        assert!(matches!(
            elsewhere,
            Err(Error::NotFound(Missing::Organization(id))) if id == umbrella.id
        ));
        let standing = ports.directory.standing(carol.id, umbrella.id).await;
        assert_eq!(standing.unwrap().role, None);
    });
}
