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

/// What the attempt comes to, in a word.
async fn attempt(world: &TestApp, username: &str, password: &str, address: Address) -> String {
    let password = PlainPassword::new(password);
    match with_password(&world.identity, username, password, address).await {
        Ok(caller) => {
            assert_eq!(caller.user.username.as_str(), username);
            assert_eq!(caller.key, None);
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

async fn fail(world: &TestApp, username: &str, times: usize) {
    for _ in 0..times {
        assert_eq!(attempt(world, username, "wrong", HERE).await, "refused");
    }
}

async fn change(world: &TestApp, username: &str, changes: UserChanges) {
    let directory = &world.identity.directory;
    let stored = directory.user_credential(username).await.unwrap().unwrap();
    let now = world.keys.verify.clock.now();
    let changed = directory
        .update_user(fixture::attribution_at(now), stored.user.id, changes)
        .await;
    assert!(changed.unwrap().is_some());
}

#[test]
fn a_success_is_verified_once_a_minute() {
    block_on(async {
        let world = TestApp::new();
        world.user("alice").await;
        for (seconds, verifications) in [(0, 1), (30, 1), (29, 1), (1, 2), (59, 2)] {
            world.clock.advance_seconds(seconds);
            assert_eq!(attempt(&world, "alice", RIGHT, HERE).await, "signed in");
            assert_eq!(world.hasher.verifications(), verifications);
        }
    });
}

#[test]
fn a_remembered_success_does_not_outlive_the_password() {
    block_on(async {
        let world = TestApp::new();
        world.user("alice").await;
        assert_eq!(attempt(&world, "alice", RIGHT, HERE).await, "signed in");
        let changes = UserChanges {
            password_hash: Some(PasswordHash::new("plain:Changed_2")),
            ..UserChanges::default()
        };
        change(&world, "alice", changes).await;
        assert_eq!(attempt(&world, "alice", RIGHT, HERE).await, "refused");
        assert_eq!(
            attempt(&world, "alice", "Changed_2", HERE).await,
            "signed in"
        );
    });
}

#[test]
fn a_remembered_success_does_not_outlive_the_user() {
    block_on(async {
        let world = TestApp::new();
        let alice = world.user("alice").await;
        assert_eq!(attempt(&world, "alice", RIGHT, HERE).await, "signed in");
        let changes = UserChanges {
            is_active: Some(false),
            ..UserChanges::default()
        };
        change(&world, "alice", changes).await;
        assert_eq!(attempt(&world, "alice", RIGHT, HERE).await, "deactivated");
        let directory = &world.identity.directory;
        assert!(
            directory
                .delete_user(fixture::attribution(), alice.id)
                .await
                .unwrap()
        );
        assert_eq!(attempt(&world, "alice", RIGHT, HERE).await, "refused");
    });
}

#[test]
fn only_who_knows_the_password_learns_that_a_user_is_deactivated() {
    block_on(async {
        let world = TestApp::new();
        world.user_who("alice", |new| new.is_active = false).await;
        assert_eq!(attempt(&world, "alice", "wrong", HERE).await, "refused");
        assert_eq!(attempt(&world, "alice", RIGHT, HERE).await, "deactivated");
    });
}

#[test]
fn an_unknown_user_costs_as_much_as_a_wrong_password() {
    block_on(async {
        let world = TestApp::new();
        world.user("alice").await;
        fail(&world, "alice", 1).await;
        assert_eq!(world.hasher.verifications(), 1);
        fail(&world, "nobody", 1).await;
        assert_eq!(world.hasher.verifications(), 2);
        fail(&world, "Alice", 1).await;
        assert_eq!(world.hasher.verifications(), 3);
    });
}

#[test]
fn an_endless_password_is_refused_unhashed_and_counts() {
    block_on(async {
        let world = TestApp::new();
        world.user("alice").await;
        let endless = "x".repeat(PlainPassword::LONGEST + 1);
        for _ in 0..10 {
            assert_eq!(attempt(&world, "alice", &endless, HERE).await, "refused");
        }
        assert_eq!(world.hasher.verifications(), 0);
        assert_eq!(attempt(&world, "alice", &endless, HERE).await, "wait 6");
    });
}

#[test]
fn ten_failures_and_then_one_each_six_seconds() {
    block_on(async {
        let world = TestApp::new();
        world.user("alice").await;
        for username in ["alice", "nobody"] {
            fail(&world, username, 10).await;
            let before = world.hasher.verifications();
            assert_eq!(attempt(&world, username, "wrong", HERE).await, "wait 6");
            assert_eq!(attempt(&world, username, RIGHT, HERE).await, "wait 6");
            world.clock.advance_seconds(5);
            assert_eq!(attempt(&world, username, RIGHT, HERE).await, "wait 1");
            assert_eq!(world.hasher.verifications(), before);
            world.clock.advance_seconds(1);
            fail(&world, username, 1).await;
            assert_eq!(attempt(&world, username, "wrong", HERE).await, "wait 6");
        }
    });
}

#[test]
fn failures_elsewhere_or_of_others_lock_nobody_out() {
    block_on(async {
        let world = TestApp::new();
        world.user("alice").await;
        world.user("bob").await;
        fail(&world, "alice", 10).await;
        assert_eq!(attempt(&world, "alice", RIGHT, HERE).await, "wait 6");
        assert_eq!(attempt(&world, "alice", RIGHT, THERE).await, "signed in");
        assert_eq!(attempt(&world, "bob", RIGHT, HERE).await, "signed in");
        // Remembered now, it costs no hash and so needs no throttle.
        assert_eq!(attempt(&world, "alice", RIGHT, HERE).await, "signed in");
    });
}

#[test]
fn a_success_does_not_count_as_a_failure() {
    block_on(async {
        let world = TestApp::new();
        world.user("alice").await;
        fail(&world, "alice", 9).await;
        assert_eq!(attempt(&world, "alice", RIGHT, HERE).await, "signed in");
        fail(&world, "alice", 1).await;
        assert_eq!(attempt(&world, "alice", "wrong", HERE).await, "wait 6");
    });
}

#[test]
fn what_is_no_username_is_nobodys_and_costs_the_same() {
    block_on(async {
        let world = TestApp::new();
        world.user("alice").await;
        let endless = "a".repeat(10_000);
        let texts = ["", "\0", "alice\0", "a:b", " ", "\n", &endless];
        for (verifications, text) in (1..).zip(texts) {
            assert_eq!(attempt(&world, text, RIGHT, HERE).await, "refused");
            assert_eq!(world.hasher.verifications(), verifications, "{text:?}");
        }
        // They are throttled together: however many there are, they fill no
        // memory.
        fail(&world, "x:1", 10 - texts.len()).await;
        assert_eq!(attempt(&world, "x:2", RIGHT, HERE).await, "wait 6");
        assert_eq!(attempt(&world, "alice", RIGHT, HERE).await, "signed in");
    });
}
