//! Two nodes on one PostgreSQL database: a right that ended through one of them ends
//! what is under way at the other.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use apikey_diesel::testing::TestDatabase;
use apikey_testing::conformance::{TestStore, two_nodes::TwoNodes};

async fn node(database: &TestDatabase) -> TestStore {
    let store = database.open().await.unwrap();
    TestStore {
        api_keys: store.api_keys,
        key_facts: store.key_facts,
        directory: store.directory,
        event_log: store.event_log,
        change_feed: store.change_feed,
    }
}

async fn two_nodes(database: &TestDatabase) -> TwoNodes {
    let one = node(database).await;
    let other = node(database).await;
    TwoNodes { one, other }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_right_outlives_its_loss() {
    let database = TestDatabase::postgres().await.unwrap();
    two_nodes(&database)
        .await
        .no_right_outlives_its_loss()
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_write_follows_the_loss_of_its_right() {
    let database = TestDatabase::postgres().await.unwrap();
    let nodes = two_nodes(&database).await;
    nodes.no_write_follows_the_loss_of_its_right().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_end_each_others_rights_take_turns() {
    let database = TestDatabase::postgres().await.unwrap();
    let nodes = two_nodes(&database).await;
    nodes.two_who_end_each_others_rights_take_turns().await;
}
