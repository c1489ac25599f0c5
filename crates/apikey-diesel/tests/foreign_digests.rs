//! Digests of other services: renewed once by two nodes, not stored while an older one would
//! take them for corrupt, and refused where they are corrupt.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "model/parts.rs"]
mod parts;

use apikey_diesel::testing::TestDatabase;
use apikey_domain::{
    error::PortError,
    key::{
        api_key::{ApiKey, NewApiKey},
        digest::StoredDigest,
    },
    testing::fixture,
};
use apikey_testing::conformance::{TestStore, two_nodes::TwoNodes};
use parts::open;

const ARGON2ID: &str = "$argon2id$v=19$m=65536,t=3,p=4$0EsUj39xf8SbvCaU+Lwq3g$\
                        VGKGe18/LT3LgF2x9TqDkelyNHqE+Ogo2ZxTm9FX69A";

/// Creates a key with a digest of another service, and a user for it.
async fn imported(store: &TestStore, username: &str) -> Result<ApiKey, PortError> {
    let new = fixture::new_user(username);
    let user = store.directory.create_user(fixture::by_service(), new);
    let user = user.await.unwrap();
    let new = NewApiKey {
        user_id: user.id,
        owner_principal_id: user.principal_id,
        secret_digest: StoredDigest::parse(ARGON2ID).unwrap(),
        ..fixture::new_api_key("imported", "0123456789abcdef")
    };
    store.api_keys.create(fixture::by_service(), new).await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_nodes_that_renew_a_digest_one_is_told_so() {
    let database = TestDatabase::postgres().await.unwrap();
    let one = open(&database).await;
    let other = open(&database).await;
    let nodes = TwoNodes { one, other };
    nodes.of_many_that_renew_a_digest_one_is_told_so().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn none_is_stored_while_a_node_would_take_it_for_corrupt() {
    let database = TestDatabase::postgres().await.unwrap();
    let store = open(&database).await;
    let older = "INSERT INTO nodes (renewal, applied, trust_milliseconds, protocol) \
                 VALUES (1, '1:1:', 3600000, 3)";
    database.execute(&[older.to_owned()]).await.unwrap();
    let refused = imported(&store, "alice").await;
    assert!(matches!(refused, Err(PortError::OlderNodes)), "{refused:?}");
    let gone = "DELETE FROM nodes WHERE protocol = 3";
    database.execute(&[gone.to_owned()]).await.unwrap();
    assert!(imported(&store, "bob").await.is_ok());
}

#[tokio::test]
async fn one_that_would_eat_the_machine_is_a_corrupt_row_that_names_no_secret() {
    let sqlite = TestDatabase::sqlite().await.unwrap();
    for database in [sqlite, TestDatabase::postgres().await.unwrap()] {
        let store = open(&database).await;
        let key = imported(&store, "alice").await.unwrap();
        let hungry = ARGON2ID.replace("m=65536", "m=4294967295");
        let written = format!("UPDATE api_keys SET secret_digest = '{hungry}'");
        database.execute(&[written]).await.unwrap();
        let access_key = key.access_key.as_str();
        let facts = store.key_facts.read(access_key).await.map(drop);
        let stored = store.api_keys.credential(access_key).await.map(drop);
        for read in [facts, stored] {
            let Err(PortError::Corrupt(what)) = read else {
                panic!("{read:?}");
            };
            let expected = format!("api_keys {}: secret_digest must be argon2id", key.id.0);
            assert!(what.starts_with(&expected), "{what}");
            assert!(!what.contains("0EsUj39x"), "{what}");
        }
    }
}
