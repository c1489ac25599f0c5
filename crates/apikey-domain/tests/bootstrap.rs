//! The first administrator.

use apikey_domain::{
    Error,
    identity::password::PlainPassword,
    use_case::{
        identity::sign_in::with_password,
        operation::bootstrap::{USERNAME, first_administrator, random_password},
    },
};
use apikey_testing::TestApp;
use futures_executor::block_on;
use futures_util::future::join_all;

const PASSWORD: &str = "Passw0rd_1";

#[test]
fn an_empty_installation_gets_its_administrator() {
    block_on(async {
        let app = TestApp::new();
        let password = PlainPassword::new(PASSWORD);
        let admin = first_administrator(&app.identity, password).await.unwrap();
        let admin = admin.unwrap();
        assert_eq!(admin.username.as_str(), USERNAME);
        assert!(admin.is_admin && admin.is_active && !admin.is_system);
        let password = PlainPassword::new(PASSWORD);
        let caller = with_password(&app.identity, USERNAME, password, None).await;
        assert_eq!(*caller.unwrap().user(), admin);
    });
}

#[test]
fn an_installation_with_users_gets_none() {
    block_on(async {
        let app = TestApp::new();
        app.user("alice").await;
        let password = PlainPassword::new(PASSWORD);
        let admin = first_administrator(&app.identity, password).await;
        assert_eq!(admin.unwrap(), None);
        let stored = app.identity.directory.user_credential(USERNAME).await;
        assert!(stored.unwrap().is_none());
    });
}

#[test]
fn of_many_nodes_one_creates_the_administrator() {
    block_on(async {
        let app = TestApp::new();
        let nodes =
            (0..8).map(|_| first_administrator(&app.identity, PlainPassword::new(PASSWORD)));
        let results = join_all(nodes).await;
        let created = results.into_iter().filter_map(Result::unwrap).count();
        assert_eq!(created, 1);
    });
}

#[test]
fn a_weak_password_creates_no_administrator() {
    block_on(async {
        let app = TestApp::new();
        let password = PlainPassword::new("password");
        let refused = first_administrator(&app.identity, password).await;
        assert!(matches!(refused, Err(Error::Invalid(_))));
        assert!(!app.identity.directory.has_users().await.unwrap());
    });
}

#[test]
fn a_random_password_follows_the_rules_and_is_unique() {
    let app = TestApp::new();
    let one = random_password(&app.identity).unwrap();
    let other = random_password(&app.identity).unwrap();
    assert!(one.check_strength().is_ok());
    assert!(one.expose().len() >= 32);
    assert_ne!(one.expose(), other.expose());
}
