//! Many concurrent sign-ins with a password.

#![expect(clippy::panic, reason = "a test fails by panicking")]

use apikey_domain::{
    Error,
    error::PortError,
    identity::{
        password::{PasswordHash, PlainPassword, PreparedPassword},
        sign_in::{Address, Party},
    },
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
    async fn hash(
        &self,
        password: PreparedPassword,
        party: Party,
    ) -> Result<PasswordHash, PortError> {
        self.0.hash(password, party).await
    }

    async fn verify(
        &self,
        password: PlainPassword,
        hash: Option<PasswordHash>,
        party: Party,
    ) -> Result<bool, PortError> {
        // Whoever else waits polls it, too.
        let mut yields = 0..64;
        poll_fn(|context| {
            context.waker().wake_by_ref();
            match yields.next() {
                Some(_) => Poll::Pending,
                None => Poll::Ready(()),
            }
        })
        .await;
        self.0.verify(password, hash, party).await
    }
}

fn app_with_yielding_hasher() -> TestApp {
    let mut app = TestApp::new();
    app.identity.password_hasher = Arc::new(YieldingHasher(app.hasher.clone()));
    app
}

/// Makes attempts at the same time, and returns how many signed in and how many were
/// refused; the rest were throttled.
async fn attempts(app: &TestApp, all: &[(&'static str, String, Address)]) -> (usize, usize) {
    let attempt = |(username, password, address): &(&'static str, String, Address)| {
        let (username, address) = (*username, *address);
        let password = PlainPassword::new(password.as_str());
        async move { with_password(&app.identity, username, password, address).await }
    };
    let (mut signed_in, mut refused) = (0, 0);
    for result in join_all(all.iter().map(attempt)).await {
        match result {
            Ok(_) => signed_in += 1,
            Err(Error::Unauthenticated) => refused += 1,
            Err(Error::Throttled { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    (signed_in, refused)
}

/// Returns an address of one network.
fn address(number: u16) -> Address {
    Some([0x2001, 0xdb8, 0, 1, number, 2, 3, number].into())
}

#[test]
fn concurrent_sign_ins_are_verified_once() {
    block_on(async {
        let app = app_with_yielding_hasher();
        app.user("alice").await;
        let all = vec![("alice", "Passw0rd_1".to_owned(), None); 16];
        assert_eq!(attempts(&app, &all).await, (16, 0));
        assert_eq!(app.hasher.verifications(), 1);
    });
}

#[test]
fn a_burst_passes_no_limit() {
    block_on(async {
        for username in ["alice", "nobody"] {
            let app = app_with_yielding_hasher();
            app.user("alice").await;
            let all = (0..64).map(|number| (username, format!("wrong {number}"), None));
            let all: Vec<_> = all.collect();
            assert_eq!(attempts(&app, &all).await, (0, 10));
            assert_eq!(app.hasher.verifications(), 10);
        }
    });
}

#[test]
fn equal_guesses_are_counted_each_and_hashed_once() {
    block_on(async {
        let app = app_with_yielding_hasher();
        app.user("alice").await;
        let all = vec![("alice", "wrong".to_owned(), None); 30];
        assert_eq!(attempts(&app, &all).await, (0, 10));
        assert_eq!(app.hasher.verifications(), 1);
    });
}

#[test]
fn the_addresses_of_one_network_have_no_more_guesses_than_one() {
    block_on(async {
        for is_equal in [true, false] {
            let app = app_with_yielding_hasher();
            app.user("alice").await;
            let guess = |number| format!("wrong {}", if is_equal { 0 } else { number });
            let all = (0..64).map(|number| ("alice", guess(number), address(number)));
            let all: Vec<_> = all.collect();
            assert_eq!(attempts(&app, &all).await, (0, 10));
            // One by one, too.
            let all = ("alice", "Passw0rd_1".to_owned(), address(99));
            assert_eq!(attempts(&app, &[all]).await, (0, 0));
            let elsewhere = Some([0x2001, 0xdb8, 0, 2, 0, 0, 0, 1].into());
            let all = ("alice", "Passw0rd_1".to_owned(), elsewhere);
            assert_eq!(attempts(&app, &[all]).await, (1, 0));
        }
    });
}

#[test]
fn a_right_password_among_wrong_ones_is_found_and_pays_nothing() {
    block_on(async {
        let app = app_with_yielding_hasher();
        app.user("alice").await;
        let mut all: Vec<_> = (0..9)
            .map(|number| ("alice", format!("wrong {number}"), None))
            .collect();
        all.push(("alice", "Passw0rd_1".to_owned(), None));
        assert_eq!(attempts(&app, &all).await, (1, 9));
        let all = ["one", "two"].map(|guess| ("alice", guess.to_owned(), None));
        assert_eq!(attempts(&app, &all).await, (0, 1));
    });
}
