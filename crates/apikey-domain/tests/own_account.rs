//! One's own account.

use apikey_domain::{
    Error,
    access::tenant::{Caller, CallerKey},
    error::Forbidden,
    identity::{
        organization::Role,
        password::PlainPassword,
        user::{FullName, User},
    },
    listing::Window,
    testing::fixture,
    use_case::identity::{
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

async fn update(
    world: &TestApp,
    caller: &Caller,
    request: UpdateOwnAccount,
) -> Result<User, Error> {
    update_own_account(caller, &world.identity, request, None).await
}

fn with_key_of(user: &User, owner_principal_id: i64) -> Caller {
    let key: CallerKey = fixture::caller_key(owner_principal_id, &["*"]);
    Caller {
        key: Some(key),
        ..signed_in(user)
    }
}

#[test]
fn a_new_password_needs_the_present_one() {
    block_on(async {
        let world = TestApp::new();
        let alice = signed_in(&world.user("alice").await);
        for current in [None, Some("wrong"), Some("")] {
            let refused = update(&world, &alice, password_change(current, "Changed_2")).await;
            let Err(Error::Invalid(invalid)) = refused else {
                panic!("{refused:?}");
            };
            assert_eq!(invalid.field, "current_password");
        }
        let changed = password_change(Some("Passw0rd_1"), "Changed_2");
        assert!(update(&world, &alice, changed).await.is_ok());
        let sign_in = |password| {
            let password = PlainPassword::new(password);
            with_password(&world.identity, "alice", password, None)
        };
        assert!(sign_in("Passw0rd_1").await.is_err());
        assert!(sign_in("Changed_2").await.is_ok());
    });
}

#[test]
fn guessing_the_present_password_is_throttled() {
    block_on(async {
        let world = TestApp::new();
        let alice = signed_in(&world.user("alice").await);
        for _ in 0..10 {
            let refused = update(&world, &alice, password_change(Some("guess"), "Changed_2"));
            assert!(matches!(refused.await, Err(Error::Invalid(_))));
        }
        let refused = update(
            &world,
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
fn a_full_name_needs_no_password() {
    block_on(async {
        let world = TestApp::new();
        let alice = world.user("alice").await;
        let full_name = Some(FullName::parse("Alice A.").unwrap());
        let request = UpdateOwnAccount {
            full_name: Some(full_name.clone()),
            ..UpdateOwnAccount::default()
        };
        let personal = with_key_of(&alice, alice.principal_id.0);
        let changed = update(&world, &personal, request).await.unwrap();
        assert_eq!(changed.full_name, full_name);
        assert!(!changed.is_admin);
    });
}

#[test]
fn the_key_of_an_organization_cannot_change_its_users_account() {
    block_on(async {
        let world = TestApp::new();
        let alice = world.user("alice").await;
        let acme = world.organization("acme", &[(&alice, Role::Admin)]).await;
        let caller = with_key_of(&alice, acme.id.0);
        let request = password_change(Some("Passw0rd_1"), "Changed_2");
        let refused = update(&world, &caller, request).await;
        assert!(matches!(
            refused,
            Err(Error::Forbidden(Forbidden::KeyOfAnotherPrincipal))
        ));
    });
}

#[test]
fn one_sees_the_organizations_one_belongs_to() {
    block_on(async {
        let world = TestApp::new();
        let (alice, root) = (world.user("alice").await, world.admin("root").await);
        let acme = world.organization("acme", &[(&alice, Role::User)]).await;
        world.organization("umbrella", &[]).await;
        let window = Window::page(1, 100).unwrap();
        let (alice, root) = (signed_in(&alice), signed_in(&root));
        let hers = list_own_organizations(&alice, &world.identity, window).await;
        assert_eq!(hers.unwrap().items, [acme]);
        let roots = list_own_organizations(&root, &world.identity, window).await;
        assert_eq!(roots.unwrap().total, 0);
    });
}
