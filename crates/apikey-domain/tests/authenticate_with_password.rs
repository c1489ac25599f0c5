//! Signing in with a password.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use apikey_domain::{
    Error,
    identity::{
        password::{PasswordHash, PlainPassword},
        sign_in::Address,
        user::UserChanges,
    },
    testing::fixture,
    use_case::identity::sign_in::with_password,
};
use apikey_testing::TestApp;
use futures_executor::block_on;
use std::net::{IpAddr, Ipv4Addr};

const RIGHT: &str = "Passw0rd_1";
const HERE: Address = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
const THERE: Address = Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));

/// Returns the outcome of an attempt.
async fn attempt(app: &TestApp, username: &str, password: &str, address: Address) -> String {
    let password = PlainPassword::new(password);
    match with_password(&app.identity, username, password, address).await {
        Ok(caller) => {
            assert_eq!(caller.user().username.as_str(), username);
            assert_eq!(caller.key(), None);
            "signed in".to_owned()
        }
        Err(Error::Unauthenticated) => "refused".to_owned(),
        Err(Error::Deactivated) => "deactivated".to_owned(),
        Err(Error::Throttled {
            retry_after_seconds,
        }) => format!("wait {retry_after_seconds}"),
        Err(error) => panic!("{error:?}"),
    }
}

async fn fail(app: &TestApp, username: &str, times: usize) {
    for _ in 0..times {
        assert_eq!(attempt(app, username, "wrong", HERE).await, "refused");
    }
}

async fn change(app: &TestApp, username: &str, changes: UserChanges) {
    let directory = &app.identity.directory;
    let stored = directory.user_credential(username).await.unwrap().unwrap();
    let now = app.keys.verify.clock.now();
    let changed = directory
        .update_user(fixture::by_service_at(now), stored.user.id, changes)
        .await;
    assert!(changed.unwrap().is_some());
}

#[test]
fn a_success_is_verified_once_a_minute() {
    block_on(async {
        let app = TestApp::new();
        app.user("alice").await;
        for (seconds, verifications) in [(0, 1), (30, 1), (29, 1), (1, 2), (59, 2)] {
            app.clock.advance_seconds(seconds);
            assert_eq!(attempt(&app, "alice", RIGHT, HERE).await, "signed in");
            assert_eq!(app.hasher.verifications(), verifications);
        }
    });
}

#[test]
fn a_cached_success_does_not_outlive_the_password() {
    block_on(async {
        let app = TestApp::new();
        app.user("alice").await;
        assert_eq!(attempt(&app, "alice", RIGHT, HERE).await, "signed in");
        let changes = UserChanges {
            password_hash: Some(PasswordHash::new("plain:Changed_2")),
            ..UserChanges::default()
        };
        change(&app, "alice", changes).await;
        assert_eq!(attempt(&app, "alice", RIGHT, HERE).await, "refused");
        assert_eq!(attempt(&app, "alice", "Changed_2", HERE).await, "signed in");
    });
}

#[test]
fn a_cached_success_does_not_outlive_the_user() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        assert_eq!(attempt(&app, "alice", RIGHT, HERE).await, "signed in");
        let changes = UserChanges {
            is_active: Some(false),
            ..UserChanges::default()
        };
        change(&app, "alice", changes).await;
        assert_eq!(attempt(&app, "alice", RIGHT, HERE).await, "deactivated");
        let directory = &app.identity.directory;
        assert!(
            directory
                .delete_user(fixture::by_service(), alice.id)
                .await
                .unwrap()
        );
        assert_eq!(attempt(&app, "alice", RIGHT, HERE).await, "refused");
    });
}

#[test]
fn only_the_right_password_reveals_that_a_user_is_deactivated() {
    block_on(async {
        let app = TestApp::new();
        app.user_who("alice", |new| new.is_active = false).await;
        assert_eq!(attempt(&app, "alice", "wrong", HERE).await, "refused");
        assert_eq!(attempt(&app, "alice", RIGHT, HERE).await, "deactivated");
    });
}

#[test]
fn an_unknown_user_costs_one_hash_like_a_wrong_password() {
    block_on(async {
        let app = TestApp::new();
        app.user("alice").await;
        fail(&app, "alice", 1).await;
        assert_eq!(app.hasher.verifications(), 1);
        fail(&app, "nobody", 1).await;
        assert_eq!(app.hasher.verifications(), 2);
        fail(&app, "Alice", 1).await;
        assert_eq!(app.hasher.verifications(), 3);
    });
}

#[test]
fn an_overlong_password_is_refused_unhashed_and_is_a_failure() {
    block_on(async {
        let app = TestApp::new();
        app.user("alice").await;
        let overlong = "x".repeat(PlainPassword::LONGEST_TYPED + 1);
        for _ in 0..10 {
            assert_eq!(attempt(&app, "alice", &overlong, HERE).await, "refused");
        }
        assert_eq!(app.hasher.verifications(), 0);
        assert_eq!(attempt(&app, "alice", &overlong, HERE).await, "wait 6");
    });
}

#[test]
fn ten_failures_are_allowed_and_then_one_every_six_seconds() {
    block_on(async {
        let app = TestApp::new();
        app.user("alice").await;
        for username in ["alice", "nobody"] {
            fail(&app, username, 10).await;
            let before = app.hasher.verifications();
            assert_eq!(attempt(&app, username, "wrong", HERE).await, "wait 6");
            assert_eq!(attempt(&app, username, RIGHT, HERE).await, "wait 6");
            app.clock.advance_seconds(5);
            assert_eq!(attempt(&app, username, RIGHT, HERE).await, "wait 1");
            assert_eq!(app.hasher.verifications(), before);
            app.clock.advance_seconds(1);
            fail(&app, username, 1).await;
            assert_eq!(attempt(&app, username, "wrong", HERE).await, "wait 6");
        }
    });
}

#[test]
fn failures_elsewhere_or_of_others_lock_no_user_out() {
    block_on(async {
        let app = TestApp::new();
        app.user("alice").await;
        app.user("bob").await;
        fail(&app, "alice", 10).await;
        assert_eq!(attempt(&app, "alice", RIGHT, HERE).await, "wait 6");
        assert_eq!(attempt(&app, "alice", RIGHT, THERE).await, "signed in");
        assert_eq!(attempt(&app, "bob", RIGHT, HERE).await, "signed in");
        // The success is cached now: it costs no hash, so it is not throttled.
        assert_eq!(attempt(&app, "alice", RIGHT, HERE).await, "signed in");
    });
}

#[test]
fn a_success_does_not_count_as_a_failure() {
    block_on(async {
        let app = TestApp::new();
        app.user("alice").await;
        fail(&app, "alice", 9).await;
        assert_eq!(attempt(&app, "alice", RIGHT, HERE).await, "signed in");
        fail(&app, "alice", 1).await;
        assert_eq!(attempt(&app, "alice", "wrong", HERE).await, "wait 6");
    });
}

#[test]
fn an_invalid_username_is_refused_at_the_cost_of_an_unknown_one() {
    block_on(async {
        let app = TestApp::new();
        app.user("alice").await;
        let overlong = "a".repeat(10_000);
        let texts = ["", "\0", "alice\0", "a:b", " ", "\n", &overlong];
        for (verifications, text) in (1..).zip(texts) {
            assert_eq!(attempt(&app, text, RIGHT, HERE).await, "refused");
            assert_eq!(app.hasher.verifications(), verifications, "{text:?}");
        }
        // They are throttled together: however many there are, they use no
        // memory.
        fail(&app, "x:1", 10 - texts.len()).await;
        assert_eq!(attempt(&app, "x:2", RIGHT, HERE).await, "wait 6");
        assert_eq!(attempt(&app, "alice", RIGHT, HERE).await, "signed in");
    });
}
