//! Many concurrent sign-ins with a password.

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

/// A hasher that yields before it returns, as one on a thread pool does.
struct YieldingHasher(Arc<dyn PasswordHasher>);

#[async_trait]
impl PasswordHasher for YieldingHasher {
    async fn hash(&self, password: PlainPassword) -> Result<PasswordHash, PortError> {
        self.0.hash(password).await
    }

    async fn verify(
        &self,
        password: PlainPassword,
        hash: Option<PasswordHash>,
    ) -> Result<bool, PortError> {
        let mut has_yielded = false;
        poll_fn(|context| {
            context.waker().wake_by_ref();
            if std::mem::replace(&mut has_yielded, true) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        self.0.verify(password, hash).await
    }
}

fn app_with_yielding_hasher() -> TestApp {
    let mut app = TestApp::new();
    app.identity.password_hasher = Arc::new(YieldingHasher(app.hasher.clone()));
    app
}

/// Makes `count` concurrent attempts, and returns how many signed in and how many
/// were refused; the rest were throttled.
async fn attempts(app: &TestApp, password: &str, count: usize) -> (usize, usize) {
    let attempt = || async {
        let password = PlainPassword::new(password);
        with_password(&app.identity, "alice", password, None).await
    };
    let (mut signed_in, mut refused) = (0, 0);
    for result in join_all((0..count).map(|_| attempt())).await {
        match result {
            Ok(_) => signed_in += 1,
            Err(Error::Unauthenticated) => refused += 1,
            Err(Error::Throttled { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    (signed_in, refused)
}

#[test]
fn concurrent_sign_ins_are_verified_once() {
    block_on(async {
        let app = app_with_yielding_hasher();
        app.user("alice").await;
        assert_eq!(attempts(&app, "Passw0rd_1", 16).await, (16, 0));
        assert_eq!(app.hasher.verifications(), 1);
    });
}

#[test]
fn a_burst_is_throttled_one_by_one() {
    block_on(async {
        let app = app_with_yielding_hasher();
        app.user("alice").await;
        assert_eq!(attempts(&app, "wrong", 32).await, (0, 10));
        assert_eq!(app.hasher.verifications(), 10);
    });
}
