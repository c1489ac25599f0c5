//! Passwords that are typed in other forms than the one in which they are stored.

use apikey_domain::{
    Error,
    access::tenant::{Caller, Credential},
    error::PortError,
    identity::{
        password::{PasswordHash, PlainPassword},
        user::{User, UserCredential},
    },
    port::{directory::MockDirectory, password_hasher::MockPasswordHasher},
    testing::fixture,
    use_case::{
        identity::{
            manage_users::{CreateUser, UpdateUser, create_user, update_user},
            own_account::{UpdateOwnAccount, update_own_account},
            sign_in::with_password,
        },
        ports::IdentityPorts,
    },
};
use apikey_testing::{TestApp, test_app::signed_in};
use futures_executor::block_on;
use std::sync::Arc;

const COMPOSED: &str = "Z\u{f6}e Passw0rd_1";
const DECOMPOSED: &str = "Zo\u{308}e\u{a0}Passw0rd_1";

fn hash(text: &str) -> PasswordHash {
    PasswordHash::new(format!("plain:{text}"))
}

async fn attempt(ports: &IdentityPorts, password: &str) -> Result<Caller, Error> {
    with_password(ports, "zoe", PlainPassword::new(password), None).await
}

/// Creates zoe with the hash of this text, as a release before this one stored it.
async fn zoe(app: &TestApp, stored: &str) -> User {
    let stored = hash(stored);
    app.user_who("zoe", |new| new.password_hash = stored).await
}

async fn stored(app: &TestApp) -> PasswordHash {
    let stored = app.identity.directory.user_credential("zoe").await;
    let stored = stored.expect("a store");
    stored.expect("zoe").password_hash
}

#[test]
fn a_new_password_is_stored_in_one_form_and_accepted_in_any() {
    block_on(async {
        let app = TestApp::new();
        let root = signed_in(&app.admin("root").await);
        let request = CreateUser {
            username: fixture::new_user("zoe").username,
            password: PlainPassword::new(DECOMPOSED),
            full_name: None,
            is_admin: false,
            is_active: true,
            is_system: false,
            require_password_change: false,
        };
        let user = create_user(&root, &app.identity, request).await.unwrap();
        assert_eq!(stored(&app).await, hash(COMPOSED));
        for form in [COMPOSED, DECOMPOSED] {
            assert!(attempt(&app.identity, form).await.is_ok());
        }
        let request = UpdateUser {
            password: Some(PlainPassword::new(format!("{DECOMPOSED}2"))),
            ..UpdateUser::default()
        };
        let updated = update_user(&root, &app.identity, user.id, request).await;
        assert!(updated.is_ok());
        assert_eq!(stored(&app).await, hash(&format!("{COMPOSED}2")));
    });
}

#[test]
fn an_old_form_is_accepted_once_and_renewed() {
    block_on(async {
        let app = TestApp::new();
        let user = zoe(&app, DECOMPOSED).await;
        assert!(attempt(&app.identity, COMPOSED).await.is_err());
        assert_eq!(stored(&app).await, hash(DECOMPOSED));

        let caller = attempt(&app.identity, DECOMPOSED).await.unwrap();
        assert_eq!(stored(&app).await, hash(COMPOSED));
        // What it does next rests on the renewed hash.
        assert_eq!(*caller.credential(), Credential::Password(hash(COMPOSED)));
        assert_eq!(*caller.user(), user);
        assert_eq!(app.hasher.verifications(), 3);
        for form in [DECOMPOSED, COMPOSED] {
            assert!(attempt(&app.identity, form).await.is_ok());
        }
        // The first of these is remembered.
        assert_eq!(app.hasher.verifications(), 4);
        assert_eq!(
            app.identity.directory.user(user.id).await.unwrap(),
            Some(user)
        );
    });
}

#[test]
fn a_stored_password_that_has_no_such_form_goes_on_working() {
    block_on(async {
        // Of two bytes each as typed, and of four in Form C.
        let grows = "\u{344}".repeat(300);
        assert!(grows.len() < PlainPassword::LONGEST);
        for text in [
            "Passw0rd_1\n",
            "\tPassw0rd_1",
            &"\u{fb2c}".repeat(341),
            &grows,
        ] {
            let app = TestApp::new();
            zoe(&app, text).await;
            let caller = attempt(&app.identity, text).await;
            assert!(caller.is_ok(), "{text:?}");
            app.clock.advance_seconds(60);
            assert!(attempt(&app.identity, text).await.is_ok());
            assert_eq!(app.hasher.verifications(), 2, "{text:?}");
            assert_eq!(stored(&app).await, hash(text));
        }
    });
}

#[test]
fn the_current_password_is_accepted_in_any_form() {
    block_on(async {
        for (old, typed) in [
            (DECOMPOSED, DECOMPOSED),
            (COMPOSED, DECOMPOSED),
            (COMPOSED, COMPOSED),
        ] {
            let app = TestApp::new();
            let user = zoe(&app, old).await;
            let credential = Credential::Password(hash(old));
            let caller = fixture::caller_of(user, credential);
            let request = UpdateOwnAccount {
                full_name: None,
                password: Some(PlainPassword::new("Chang\u{e9}d_2")),
                current_password: Some(PlainPassword::new(typed)),
            };
            let updated = update_own_account(&caller, &app.identity, request, None).await;
            assert!(updated.is_ok(), "{old:?} {typed:?} {updated:?}");
            assert_eq!(stored(&app).await, hash("Chang\u{e9}d_2"));
        }
    });
}

#[test]
fn a_guess_of_two_forms_counts_twice() {
    block_on(async {
        let app = TestApp::new();
        zoe(&app, COMPOSED).await;
        for number in 0..5 {
            let guess = format!("o\u{308}{number}");
            let refused = attempt(&app.identity, &guess).await;
            assert!(matches!(refused, Err(Error::Unauthenticated)));
        }
        assert_eq!(app.hasher.verifications(), 10);
        let refused = attempt(&app.identity, COMPOSED).await;
        assert!(matches!(refused, Err(Error::Throttled { .. })));
    });
}

/// Returns ports whose store has these hashes for zoe, one after the other, and refuses
/// to renew any.
fn ports_without_renewal(hashes: &[&str], renewed: Result<bool, PortError>) -> IdentityPorts {
    let mut directory = MockDirectory::new();
    let mut hashes: Vec<_> = hashes.iter().rev().map(|text| hash(text)).collect();
    directory.expect_user_credential().returning(move |_| {
        Ok(hashes.pop().map(|password_hash| UserCredential {
            password_hash,
            ..fixture::user_credential(1, 11)
        }))
    });
    let mut renewed = Some(renewed);
    directory
        .expect_renew_password_hash()
        .times(1)
        .returning(move |by, id, old, new| {
            assert!(by.grounds().is_some());
            assert_eq!((id, old), (fixture::user_id(1), hash(DECOMPOSED)));
            assert_eq!(new, hash(COMPOSED));
            renewed.take().expect("one renewal")
        });
    let mut ports = TestApp::new().identity;
    ports.directory = Arc::new(directory);
    ports
}

#[test]
fn where_a_renewal_fails_the_password_that_is_stored_then_decides() {
    let down = || Err(PortError::Unavailable("down".into()));
    for (hashes, renewed, signs_in) in [
        // It was not renewed.
        ([DECOMPOSED, DECOMPOSED], down(), Some(DECOMPOSED)),
        // It was, although nobody said so.
        ([DECOMPOSED, COMPOSED], down(), Some(COMPOSED)),
        // Another attempt renewed it.
        ([DECOMPOSED, COMPOSED], Ok(false), Some(COMPOSED)),
        // The password was changed.
        ([DECOMPOSED, "Changed_2"], Ok(false), None),
    ] {
        let ports = ports_without_renewal(&hashes, renewed);
        let caller = block_on(attempt(&ports, DECOMPOSED));
        let credential = caller.map(|caller| caller.credential().clone()).ok();
        let expected = signs_in.map(|text| Credential::Password(hash(text)));
        assert_eq!(credential, expected, "{hashes:?}");
    }
}

#[test]
fn a_sign_in_does_not_fail_with_its_renewal() {
    block_on(async {
        let app = TestApp::new();
        zoe(&app, DECOMPOSED).await;
        let mut ports = app.identity.clone();
        let mut hasher = MockPasswordHasher::new();
        let is_stored = |password: &PlainPassword| password.expose() == DECOMPOSED;
        hasher
            .expect_verify()
            .times(2)
            .returning(move |password, _, _| Ok(is_stored(&password)));
        let full = || PortError::Unavailable("too many passwords to hash".into());
        hasher
            .expect_hash()
            .times(1)
            .returning(move |_, _| Err(full()));
        ports.password_hasher = Arc::new(hasher);
        let caller = attempt(&ports, DECOMPOSED).await.unwrap();
        assert_eq!(*caller.credential(), Credential::Password(hash(DECOMPOSED)));
        assert_eq!(stored(&app).await, hash(DECOMPOSED));
    });
}

#[test]
fn a_deactivated_user_is_told_so_and_not_renewed() {
    block_on(async {
        let app = TestApp::new();
        let changed = |new: &mut apikey_domain::identity::user::NewUser| {
            new.password_hash = hash(DECOMPOSED);
            new.is_active = false;
        };
        app.user_who("zoe", changed).await;
        let refused = attempt(&app.identity, DECOMPOSED).await;
        assert!(matches!(refused, Err(Error::Deactivated)));
        assert_eq!(stored(&app).await, hash(DECOMPOSED));
    });
}
