//! Use cases whose ports are unavailable or corrupt.

use apikey_domain::{
    Error,
    error::PortError,
    identifier::ApiKeyId,
    identity::password::PlainPassword,
    key::changes::ApiKeyChanges,
    port::{
        api_key_repository::MockApiKeyRepository, directory::MockDirectory,
        password_hasher::MockPasswordHasher, secret_source::MockSecretSource,
    },
    testing::fixture,
    use_case::{
        identity::{
            own_account::{UpdateOwnAccount, update_own_account},
            sign_in::with_password,
        },
        keys::{authenticate::with_key, change_api_keys::update_api_key},
        operation::bootstrap::random_password,
    },
};
use apikey_testing::TestApp;
use futures_executor::block_on;
use std::sync::Arc;

fn down<T>() -> Result<T, PortError> {
    Err(PortError::Unavailable("the store is down".into()))
}

#[test]
fn a_store_that_is_down_is_unavailable_and_refuses_no_caller() {
    let app = TestApp::new();
    let (mut ports, mut identity) = (app.keys, app.identity);
    let mut api_keys = MockApiKeyRepository::new();
    api_keys.expect_credential().times(1).returning(|_| down());
    api_keys.expect_update().returning(|_, _, _, _| down());
    ports.api_keys = Arc::new(api_keys);
    let mut directory = MockDirectory::new();
    directory.expect_user_credential().returning(|_| down());
    identity.directory = Arc::new(directory);

    block_on(async {
        let result = with_key(&ports, "gpustack_a_b").await;
        let Err(Error::Unavailable(cause)) = result else {
            panic!("{result:?}");
        };
        assert_eq!(cause.to_string(), "the store is down");

        let password = PlainPassword::new("Passw0rd_1");
        let result = with_password(&identity, "alice", password, None).await;
        assert!(matches!(result, Err(Error::Unavailable(_))));

        let context = fixture::everywhere(fixture::admin(9, 19));
        let changes = ApiKeyChanges::default();
        let result = update_api_key(&context, &ports, ApiKeyId(1), changes).await;
        assert!(matches!(result, Err(Error::Unavailable(_))));
    });
}

#[test]
fn a_corrupt_row_is_an_internal_error() {
    let mut ports = TestApp::new().keys;
    let mut api_keys = MockApiKeyRepository::new();
    let corrupt = || PortError::Corrupt("api_keys.scope of 7".to_owned());
    api_keys
        .expect_credential()
        .returning(move |_| Err(corrupt()));
    ports.api_keys = Arc::new(api_keys);
    let result = block_on(with_key(&ports, "gpustack_a_b"));
    let Err(Error::Internal(cause)) = result else {
        panic!("{result:?}");
    };
    assert_eq!(cause.to_string(), "corrupt row: api_keys.scope of 7");
}

#[test]
fn a_hasher_without_a_free_slot_is_not_a_failed_sign_in() {
    let app = TestApp::new();
    let mut ports = app.identity.clone();
    let mut hasher = MockPasswordHasher::new();
    hasher.expect_verify().times(11).returning(|_, _, _| down());
    ports.password_hasher = Arc::new(hasher);
    block_on(async {
        app.user("alice").await;
        for _ in 0..11 {
            let password = PlainPassword::new("Passw0rd_1");
            let result = with_password(&ports, "alice", password, None).await;
            assert!(matches!(result, Err(Error::Unavailable(_))));
        }
    });
}

#[test]
fn a_failing_secret_source_generates_no_password() {
    let mut ports = TestApp::new().identity;
    let mut secrets = MockSecretSource::new();
    secrets.expect_fill().returning(|_| down());
    ports.secrets = Arc::new(secrets);
    let result = random_password(&ports);
    assert!(matches!(result, Err(Error::Unavailable(_))));
}

#[test]
fn a_weak_new_password_is_refused_before_any_port_is_called() {
    let mut ports = TestApp::new().identity;
    // Any call of either would fail the test.
    ports.directory = Arc::new(MockDirectory::new());
    ports.password_hasher = Arc::new(MockPasswordHasher::new());
    let request = UpdateOwnAccount {
        password: Some(PlainPassword::new("weak")),
        current_password: Some(PlainPassword::new("Passw0rd_1")),
        full_name: None,
    };
    let caller = fixture::caller(1, 11);
    let result = block_on(update_own_account(&caller, &ports, request, None));
    assert!(matches!(result, Err(Error::Invalid(_))));
}
