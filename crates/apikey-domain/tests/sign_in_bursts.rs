//! Many sign-ins with a password at the same time.

#![expect(clippy::panic, reason = "a test fails by panicking")]

use apikey_domain::{
    Error,
    error::PortError,
    identity::password::{PasswordHash, PlainPassword},
    port::password_hasher::PasswordHasher,
    use_case::identity::sign_in::with_password,
};
use apikey_testing::TestApp;
use async_trait::async_trait;
use futures_executor::block_on;
use futures_util::future::join_all;
use std::{future::poll_fn, sync::Arc, task::Poll};

/// A hasher that lets others go on before it answers, as one on a pool of
/// threads does.
struct Unhurried(Arc<dyn PasswordHasher>);

#[async_trait]
impl PasswordHasher for Unhurried {
    async fn hash(&self, password: PlainPassword) -> Result<PasswordHash, PortError> {
        self.0.hash(password).await
    }

    async fn verify(
        &self,
        password: PlainPassword,
        hash: Option<PasswordHash>,
    ) -> Result<bool, PortError> {
        let mut has_waited = false;
        poll_fn(|context| {
            context.waker().wake_by_ref();
            match std::mem::replace(&mut has_waited, true) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
        self.0.verify(password, hash).await
    }
}

fn unhurried_world() -> TestApp {
    let mut world = TestApp::new();
    world.identity.password_hasher = Arc::new(Unhurried(world.hasher.clone()));
    world
}

/// How many of so many attempts at once signed in, and how many were refused;
/// the rest were told to wait.
async fn attempts(world: &TestApp, password: &str, count: usize) -> (usize, usize) {
    let attempt = || async {
        let password = PlainPassword::new(password);
        with_password(&world.identity, "alice", password, None).await
    };
    let (mut signed_in, mut refused) = (0, 0);
    for answer in join_all((0..count).map(|_| attempt())).await {
        match answer {
            Ok(_) => signed_in += 1,
            Err(Error::Unauthenticated) => refused += 1,
            Err(Error::Throttled { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    (signed_in, refused)
}

#[test]
fn many_at_once_are_verified_once() {
    block_on(async {
        let world = unhurried_world();
        world.user("alice").await;
        assert_eq!(attempts(&world, "Passw0rd_1", 16).await, (16, 0));
        assert_eq!(world.hasher.verifications(), 1);
    });
}

#[test]
fn a_burst_is_judged_one_by_one() {
    block_on(async {
        let world = unhurried_world();
        world.user("alice").await;
        assert_eq!(attempts(&world, "wrong", 32).await, (0, 10));
        assert_eq!(world.hasher.verifications(), 10);
    });
}
