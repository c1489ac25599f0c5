//! What a sign-in asks, in which order, and of whom it is the turn.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use apikey_domain::{
    Error,
    identity::{
        password::{PasswordHash, PlainPassword},
        sign_in::{Address, Network, Party},
        user::Username,
    },
    port::{directory::MockDirectory, password_hasher::MockPasswordHasher},
    use_case::{
        identity::{
            manage_users::{UpdateUser, update_user},
            own_account::{UpdateOwnAccount, update_own_account},
            sign_in::with_password,
        },
        operation::bootstrap::first_administrator,
        ports::IdentityPorts,
    },
};
use apikey_testing::{TestApp, test_app::signed_in};
use futures_executor::block_on;
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex},
};

const HERE: Address = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
const THERE: Address = Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));
const RIGHT: &str = "Passw0rd_1";

async fn attempt(
    ports: &IdentityPorts,
    username: &str,
    password: &str,
    address: Address,
) -> Result<(), Error> {
    let password = PlainPassword::new(password);
    let signed_in = with_password(ports, username, password, address).await;
    signed_in.map(drop)
}

/// The parties for which something was hashed.
type Parties = Arc<Mutex<Vec<Party>>>;

/// Returns the app with a hasher that takes down for whom it hashes.
fn app_with_parties() -> (TestApp, Parties) {
    let mut app = TestApp::new();
    let parties = Parties::default();
    let mut hasher = MockPasswordHasher::new();
    let all = parties.clone();
    hasher
        .expect_verify()
        .returning(move |password, hash, party| {
            all.lock().unwrap().push(party);
            let own = PasswordHash::new(format!("plain:{}", password.expose()));
            Ok(hash == Some(own))
        });
    let all = parties.clone();
    hasher.expect_hash().returning(move |password, party| {
        all.lock().unwrap().push(party);
        let own = password.as_plain().expose();
        Ok(PasswordHash::new(format!("plain:{own}")))
    });
    app.identity.password_hasher = Arc::new(hasher);
    (app, parties)
}

#[test]
fn who_is_throttled_is_refused_before_anything_is_looked_up_or_hashed() {
    block_on(async {
        let app = TestApp::new();
        app.user("alice").await;
        let mut ports = app.identity.clone();
        let others: Vec<_> = (0..80).map(|number| number.to_string()).collect();
        let both = ["alice", "nobody"].into_iter().flat_map(|name| [name; 10]);
        for username in both.chain(others.iter().map(String::as_str)) {
            let refused = attempt(&ports, username, "wrong", HERE).await;
            assert!(matches!(refused, Err(Error::Unauthenticated)), "{username}");
        }
        // Any call of either would fail the test.
        ports.directory = Arc::new(MockDirectory::new());
        ports.password_hasher = Arc::new(MockPasswordHasher::new());
        let overlong = "x".repeat(90_000);
        for (username, wait) in [("alice", 6), ("nobody", 6), ("fresh", 1), ("\0", 1)] {
            for password in [RIGHT, "", &overlong] {
                let refused = attempt(&ports, username, password, HERE).await;
                let Err(Error::Throttled {
                    retry_after_seconds,
                }) = refused
                else {
                    panic!("{username:?}: {refused:?}")
                };
                assert_eq!(retry_after_seconds, wait, "{username:?}");
            }
        }
    });
}

#[test]
fn an_overlong_password_is_refused_before_anything_is_looked_up_or_hashed() {
    block_on(async {
        let mut ports = TestApp::new().identity;
        ports.directory = Arc::new(MockDirectory::new());
        ports.password_hasher = Arc::new(MockPasswordHasher::new());
        let overlong = "\u{e9}".repeat(1_537);
        for username in ["alice", "nobody"] {
            for _ in 0..10 {
                let refused = attempt(&ports, username, &overlong, HERE).await;
                assert!(matches!(refused, Err(Error::Unauthenticated)));
            }
            let refused = attempt(&ports, username, &overlong, HERE).await;
            assert!(matches!(refused, Err(Error::Throttled { .. })));
        }
    });
}

#[test]
fn who_signed_in_from_a_network_before_is_known_there() {
    block_on(async {
        let (app, parties) = app_with_parties();
        app.user("alice").await;
        for (username, password, address) in [
            ("alice", RIGHT, HERE),
            ("alice", "wrong", HERE),
            ("alice", "wrong", THERE),
            ("bob", "wrong", HERE),
        ] {
            let _ = attempt(&app.identity, username, password, address).await;
        }
        let known = app.identity.sign_in_guard.known("alice");
        let strangers = [HERE, THERE].map(|from| Party::Stranger(Network::of(from)));
        let expected = [strangers[0], known, strangers[1], strangers[0]];
        assert_eq!(*parties.lock().unwrap(), expected);
    });
}

#[test]
fn who_sets_a_password_is_known_and_takes_turns() {
    block_on(async {
        let (app, parties) = app_with_parties();
        let ports = &app.identity;
        let password = || PlainPassword::new("Changed_2");
        let created = first_administrator(ports, PlainPassword::new(RIGHT)).await;
        let root = signed_in(&created.unwrap().unwrap());
        let alice = app.user("alice").await;
        let request = UpdateOwnAccount {
            full_name: None,
            password: Some(password()),
            current_password: Some(PlainPassword::new(RIGHT)),
        };
        let own = update_own_account(&signed_in(&alice), ports, request, THERE).await;
        assert!(own.is_ok());
        let request = UpdateUser {
            password: Some(password()),
            ..UpdateUser::default()
        };
        let set = update_user(&root, ports, alice.id, request).await;
        assert!(set.is_ok());
        let known = |username| ports.sign_in_guard.known(username);
        let (alice, root) = (known("alice"), known("admin"));
        let expected = [Party::SERVICE, alice, alice, root];
        assert_eq!(*parties.lock().unwrap(), expected);
    });
}

#[test]
fn what_could_not_be_hashed_is_no_failure_of_anyone() {
    block_on(async {
        let app = TestApp::new();
        app.user("alice").await;
        let mut ports = app.identity.clone();
        let mut hasher = MockPasswordHasher::new();
        let full = || apikey_domain::error::PortError::Unavailable("full".into());
        hasher.expect_verify().returning(move |_, _, _| Err(full()));
        ports.password_hasher = Arc::new(hasher);
        for number in 0..300 {
            let refused = attempt(&ports, "alice", &number.to_string(), HERE).await;
            assert!(matches!(refused, Err(Error::Unavailable(_))));
        }
        let signed_in = attempt(&app.identity, "alice", RIGHT, HERE).await;
        assert!(signed_in.is_ok());
    });
}

#[test]
fn a_name_is_found_composed_or_as_it_was_typed_and_counts_as_one() {
    block_on(async {
        let (composed, decomposed) = ("Zo\u{eb}", "Zoe\u{308}");
        for stored in [composed, decomposed] {
            let app = TestApp::new();
            let name = Username::stored(stored).unwrap();
            let user = app.user_who("zoe", |new| new.username = name).await;
            let is_stored = user.username.as_str() == decomposed;
            assert!(
                attempt(&app.identity, decomposed, RIGHT, HERE)
                    .await
                    .is_ok()
            );
            // It is remembered.
            assert!(
                attempt(&app.identity, decomposed, RIGHT, THERE)
                    .await
                    .is_ok()
            );
            assert_eq!(app.hasher.verifications(), 1);
            let other = attempt(&app.identity, composed, RIGHT, HERE).await;
            assert_eq!(other.is_ok(), !is_stored);
            for number in 0..if is_stored { 9 } else { 10 } {
                let name = [composed, decomposed][number % 2];
                let refused = attempt(&app.identity, name, "wrong", HERE).await;
                assert!(matches!(refused, Err(Error::Unauthenticated)));
            }
            for name in [composed, decomposed] {
                let refused = attempt(&app.identity, name, "wrong", HERE).await;
                assert!(matches!(refused, Err(Error::Throttled { .. })));
            }
        }
    });
}
