//! Peppers among several nodes: one is the newest, and a new one waits until all know it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "model/parts.rs"]
mod parts;

use apikey_diesel::testing::TestDatabase;
use apikey_domain::{
    key::pepper_order::{PepperJudgment, Proposal},
    testing::fixture::{self, pepper_id},
};
use apikey_testing::conformance::{TestStore, two_nodes::TwoNodes};
use parts::open;

async fn propose(store: &TestStore, ids: &[u8]) -> PepperJudgment {
    let ids = ids.iter().map(|number| pepper_id(*number)).collect();
    let proposal = Proposal::new(ids).unwrap();
    let judgment = store.peppers.propose_peppers(proposal, fixture::instant());
    judgment.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_first_peppers_one_is_registered() {
    for _ in 0..4 {
        let database = TestDatabase::postgres().await.unwrap();
        let (one, other) = (open(&database).await, open(&database).await);
        let nodes = TwoNodes { one, other };
        nodes.of_two_first_peppers_one_is_registered().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_pepper_waits_until_all_nodes_know_it() {
    let database = TestDatabase::postgres().await.unwrap();
    let (one, other) = (open(&database).await, open(&database).await);
    let nodes = TwoNodes { one, other };
    nodes.a_new_pepper_waits_until_all_nodes_know_it().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_pepper_waits_for_a_node_of_an_earlier_release() {
    let database = TestDatabase::postgres().await.unwrap();
    let store = open(&database).await;
    let older = "INSERT INTO nodes (renewal, applied, trust_milliseconds, protocol) \
                 VALUES (1, '1:1:', 3600000, 4)";
    database.execute(&[older.to_owned()]).await.unwrap();
    assert_eq!(
        propose(&store, &[1]).await,
        PepperJudgment::Newest(pepper_id(1))
    );
    assert_eq!(
        propose(&store, &[2, 1]).await,
        PepperJudgment::Waits(pepper_id(1))
    );
    let gone = "DELETE FROM nodes WHERE trust_milliseconds = 3600000";
    database.execute(&[gone.to_owned()]).await.unwrap();
    assert_eq!(
        propose(&store, &[2, 1]).await,
        PepperJudgment::Newest(pepper_id(2))
    );
}

/// A command is a node for a moment, and verifies nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_pepper_does_not_wait_for_a_node_that_verifies_no_keys() {
    let database = TestDatabase::postgres().await.unwrap();
    let (store, _command) = (open(&database).await, open(&database).await);
    assert_eq!(
        propose(&store, &[1]).await,
        PepperJudgment::Newest(pepper_id(1))
    );
    assert_eq!(
        propose(&store, &[2, 1]).await,
        PepperJudgment::Newest(pepper_id(2))
    );
}
