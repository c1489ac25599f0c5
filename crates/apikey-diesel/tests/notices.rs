//! Notices that keys expire: given once by two nodes, not while an older one would misread
//! them, and found by an index.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "model/parts.rs"]
mod parts;
#[path = "model/plan.rs"]
mod plan;

use apikey_diesel::testing::TestDatabase;
use apikey_domain::{
    change::notice::ExpiryNotices,
    error::PortError,
    key::{api_key::NewApiKey, expiry::Expiry},
    port::endings::NoticeStep,
    testing::fixture,
    timestamp::Timestamp,
};
use apikey_testing::conformance::{TestStore, two_nodes::TwoNodes};
use parts::open;
use plan::plan;

fn after(seconds: i64) -> Timestamp {
    fixture::instant().plus_seconds(seconds).unwrap()
}

async fn give(store: &TestStore, seconds: i64) -> Result<NoticeStep, PortError> {
    let notices = ExpiryNotices::default();
    let given = store.endings.give_notices(&notices, after(seconds), 100);
    given.await
}

/// Creates keys of a user that expire after a minute.
async fn keys(store: &TestStore, count: u32) {
    let by = fixture::by_service;
    let alice = store
        .directory
        .create_user(by(), fixture::new_user("alice"));
    let alice = alice.await.unwrap();
    for number in 0..count {
        let new = NewApiKey {
            user_id: alice.id,
            owner_principal_id: alice.principal_id,
            expires_at: Expiry::at(after(60)),
            ..fixture::new_api_key(&format!("ci {number}"), &format!("{number:016x}"))
        };
        store.api_keys.create(by(), new).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_nodes_that_look_at_once_one_gives_a_notice() {
    let database = TestDatabase::postgres().await.unwrap();
    let one = open(&database).await;
    let other = open(&database).await;
    let nodes = TwoNodes { one, other };
    give(&nodes.one, 0).await.unwrap();
    nodes.of_many_that_look_at_once_one_gives_a_notice().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_said_while_a_node_would_misread_it() {
    let database = TestDatabase::postgres().await.unwrap();
    let store = open(&database).await;
    give(&store, 0).await.unwrap();
    keys(&store, 1).await;
    let older = "INSERT INTO nodes (renewal, applied, trust_milliseconds, protocol) \
                 VALUES (1, '1:1:', 3600000, 2)";
    database.execute(&[older.to_owned()]).await.unwrap();
    let refused = give(&store, 300).await;
    assert!(matches!(refused, Err(PortError::OlderNodes)), "{refused:?}");
    let gone = "DELETE FROM nodes WHERE protocol = 2";
    database.execute(&[gone.to_owned()]).await.unwrap();
    assert_eq!(give(&store, 300).await.unwrap().given, 1);
}

#[tokio::test]
async fn keys_that_end_are_found_by_their_indexes() {
    let own_expiry = "COALESCE(api_keys.kept_expires_at, api_keys.expires_at)";
    let expires = format!(
        "SELECT {own_expiry}, api_keys.id FROM api_keys WHERE api_keys.revoked_at IS NULL AND \
         {own_expiry} < 9223372036854775807"
    );
    let sqlite = TestDatabase::sqlite().await.unwrap();
    for database in [sqlite, TestDatabase::postgres().await.unwrap()] {
        for (query, index) in [
            (
                format!("{expires} AND {own_expiry} = 7 AND api_keys.id > 5 ORDER BY api_keys.id"),
                "api_keys_by_own_expiry",
            ),
            (
                format!(
                    "{expires} AND {own_expiry} > 7 AND {own_expiry} <= 9 \
                     ORDER BY {own_expiry}, api_keys.id"
                ),
                "api_keys_by_own_expiry",
            ),
        ] {
            let plan = plan(&database, &format!("{query} LIMIT 5")).await;
            assert!(plan.contains(index), "{query}: {plan}");
            let sorts = plan.contains("Sort") || plan.contains("TEMP B-TREE");
            assert!(!sorts, "{query}: {plan}");
        }
    }
}
