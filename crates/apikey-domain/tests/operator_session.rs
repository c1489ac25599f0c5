//! Sessions that an operator opens in the name of a platform admin, and the platform admin
//! that they make where there is none.

use apikey_domain::{
    error::{Error, Forbidden, Missing, Taken},
    identity::{password::PasswordHash, user::Username},
    use_case::{
        identity::sessions::with_session,
        operation::operator_session::{
            create_platform_admin, first_platform_admin, open_session_for_operator,
        },
    },
};
use apikey_testing::TestApp;
use futures_executor::block_on;

#[test]
fn only_who_may_administer_the_platform_now_lends_their_name() {
    block_on(async {
        let app = TestApp::new();
        app.user("alice").await;
        app.user_who("gone", |new| {
            (new.is_admin, new.is_active) = (true, false);
        })
        .await;
        app.user_who("new", |new| {
            (new.is_admin, new.require_password_change) = (true, true);
        })
        .await;
        let open = async |name| {
            open_session_for_operator(&app.identity, name)
                .await
                .unwrap_err()
        };
        assert!(matches!(
            open("alice").await,
            Error::Forbidden(Forbidden::PlatformAdminsOnly)
        ));
        assert!(matches!(open("gone").await, Error::Deactivated));
        assert!(matches!(
            open("new").await,
            Error::Forbidden(Forbidden::PasswordChangeRequired)
        ));
        assert!(matches!(
            open("nobody").await,
            Error::NotFound(Missing::User)
        ));
    });
}

#[test]
fn a_session_that_nobody_uses_ends_after_ten_minutes() {
    block_on(async {
        let app = TestApp::new();
        app.admin("root").await;
        let opened = open_session_for_operator(&app.identity, "root").await;
        let token = opened.unwrap().token;
        app.clock.advance_seconds(599);
        assert!(with_session(&app.identity, &token).await.is_ok());
        app.clock.advance_seconds(1);
        assert!(with_session(&app.identity, &token).await.is_err());
    });
}

#[test]
fn the_first_who_can_act_is_found_among_many() {
    block_on(async {
        let app = TestApp::new();
        app.user_who("service", |new| {
            (new.is_admin, new.is_system) = (true, true)
        })
        .await;
        app.user_who("gone", |new| {
            (new.is_admin, new.is_active) = (true, false);
        })
        .await;
        let root = app.admin("root").await;
        for number in 0..700 {
            app.admin(&format!("admin {number}")).await;
        }
        app.user("alice").await;
        assert_eq!(
            first_platform_admin(&*app.memory).await.unwrap(),
            Some(root)
        );
    });
}

#[test]
fn a_platform_admin_is_made_only_where_nobody_can_act() {
    block_on(async {
        let app = TestApp::new();
        app.user_who("service", |new| {
            (new.is_admin, new.is_system) = (true, true)
        })
        .await;
        app.user_who("new", |new| {
            (new.is_admin, new.require_password_change) = (true, true);
        })
        .await;
        let create = async |name| {
            let (name, hash) = (Username::parse(name).unwrap(), PasswordHash::new("$hash"));
            create_platform_admin(&*app.memory, &*app.clock, name, hash).await
        };
        assert!(matches!(
            create("NEW").await.unwrap_err(),
            Error::AlreadyExists(Taken::LikeUsername(_))
        ));
        let made = create("root").await.unwrap().unwrap();
        assert!(made.is_admin && made.is_active);
        assert!(create("other").await.unwrap().is_none());
    });
}
