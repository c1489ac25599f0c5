//! One's own account.

use apikey_domain::{
    Error,
    access::tenant::Caller,
    error::Forbidden,
    identity::{
        organization::Role,
        password::PlainPassword,
        user::{FullName, User},
    },
    listing::Window,
    testing::fixture,
    use_case::identity::{
        manage_users::{UpdateUser, update_user},
        own_account::{UpdateOwnAccount, list_own_organizations, update_own_account},
        sign_in::with_password,
    },
};
use apikey_testing::{TestApp, test_app::signed_in};
use futures_executor::block_on;

fn password_change(current: Option<&str>, new: &str) -> UpdateOwnAccount {
    UpdateOwnAccount {
        full_name: None,
        password: Some(PlainPassword::new(new)),
        current_password: current.map(PlainPassword::new),
    }
}

async fn update(app: &TestApp, caller: &Caller, request: UpdateOwnAccount) -> Result<User, Error> {
    update_own_account(caller, &app.identity, request, None).await
}

#[test]
fn a_new_password_requires_the_current_one() {
    block_on(async {
        let app = TestApp::new();
        let alice = signed_in(&app.user("alice").await);
        for current in [None, Some("wrong"), Some("")] {
            let refused = update(&app, &alice, password_change(current, "Changed_2")).await;
            let Err(Error::Invalid(invalid)) = refused else {
                panic!("{refused:?}");
            };
            assert_eq!(invalid.field, "current_password");
        }
        let changed = password_change(Some("Passw0rd_1"), "Changed_2");
        assert!(update(&app, &alice, changed).await.is_ok());
        let sign_in = |password| {
            let password = PlainPassword::new(password);
            with_password(&app.identity, "alice", password, None)
        };
        assert!(sign_in("Passw0rd_1").await.is_err());
        assert!(sign_in("Changed_2").await.is_ok());
    });
}

#[test]
fn guessing_the_current_password_is_throttled() {
    block_on(async {
        let app = TestApp::new();
        let alice = signed_in(&app.user("alice").await);
        for _ in 0..10 {
            let refused = update(&app, &alice, password_change(Some("guess"), "Changed_2"));
            assert!(matches!(refused.await, Err(Error::Invalid(_))));
        }
        let refused = update(
            &app,
            &alice,
            password_change(Some("Passw0rd_1"), "Changed_2"),
        );
        assert!(matches!(
            refused.await,
            Err(Error::Throttled {
                retry_after_seconds: 6
            })
        ));
    });
}

#[test]
fn a_full_name_requires_no_password() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        let full_name = Some(FullName::parse("Alice A.").unwrap());
        let request = UpdateOwnAccount {
            full_name: Some(full_name.clone()),
            ..UpdateOwnAccount::default()
        };
        let personal = app.with_key(&alice, alice.principal_id).await;
        let changed = update(&app, &personal, request).await.unwrap();
        assert_eq!(changed.full_name, full_name);
        assert!(!changed.is_admin);
    });
}

#[test]
fn the_key_of_an_organization_cannot_change_its_users_account() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        let acme = app.organization("acme", &[(&alice, Role::Admin)]).await;
        let caller = app.with_key(&alice, acme.id).await;
        let request = password_change(Some("Passw0rd_1"), "Changed_2");
        let refused = update(&app, &caller, request).await;
        assert!(matches!(
            refused,
            Err(Error::Forbidden(Forbidden::KeyOfAnotherPrincipal))
        ));
    });
}

#[test]
fn a_user_lists_the_organizations_they_belong_to() {
    block_on(async {
        let app = TestApp::new();
        let (alice, root) = (app.user("alice").await, app.admin("root").await);
        let acme = app.organization("acme", &[(&alice, Role::User)]).await;
        app.organization("umbrella", &[]).await;
        let window = Window::page(1, 100).unwrap();
        let (alice, root) = (signed_in(&alice), signed_in(&root));
        let hers = list_own_organizations(&alice, &app.identity, window).await;
        assert_eq!(hers.unwrap().collect().await.unwrap(), [acme]);
        let roots = list_own_organizations(&root, &app.identity, window).await;
        assert_eq!(roots.unwrap().total(), 0);
    });
}

#[test]
fn the_key_of_an_organization_shows_that_organization_while_its_user_belongs_to_it() {
    block_on(async {
        let app = TestApp::new();
        let (alice, carol) = (app.user("alice").await, app.user("carol").await);
        let members = [(&alice, Role::User), (&carol, Role::Admin)];
        let acme = app.organization("acme", &members).await;
        app.organization("umbrella", &[(&alice, Role::User)]).await;
        let window = Window::page(1, 100).unwrap();
        let caller = app.with_key(&alice, acme.id).await;
        let shown = list_own_organizations(&caller, &app.identity, window).await;
        assert_eq!(
            shown.unwrap().collect().await.unwrap(),
            std::slice::from_ref(&acme)
        );
        let beyond = Window::page(2, 100).unwrap();
        let shown = list_own_organizations(&caller, &app.identity, beyond).await;
        assert_eq!(shown.unwrap().total(), 1);
        let directory = &app.identity.directory;
        let left = directory.remove_member(fixture::by_service(), acme.id, alice.id);
        assert!(left.await.unwrap());
        let refused = list_own_organizations(&caller, &app.identity, window).await;
        assert!(matches!(
            refused,
            Err(Error::Forbidden(Forbidden::NotAMember(id))) if id == acme.id
        ));
    });
}

#[test]
fn a_key_alone_does_not_set_the_password_of_its_own_user() {
    block_on(async {
        let app = TestApp::new();
        let (root, bob) = (app.admin("root").await, app.user("bob").await);
        let request = || UpdateUser {
            password: Some(PlainPassword::new("Changed_2")),
            ..UpdateUser::default()
        };
        let with_key = app.with_key(&root, root.principal_id).await;
        let set = |caller, id| update_user(caller, &app.identity, id, request());
        assert!(matches!(
            set(&with_key, root.id).await,
            Err(Error::Forbidden(Forbidden::OwnPasswordByKey))
        ));
        assert!(set(&with_key, bob.id).await.is_ok());
        assert!(set(&signed_in(&root), root.id).await.is_ok());
    });
}
