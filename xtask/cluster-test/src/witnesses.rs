//! Revocations that are answered by a new primary, before anything else is, and that
//! must hold on nodes that know the old one.

use crate::{
    nodes::COUNT, probes::Call, revocable::Revocable, rights::Reply, test_cluster::TestCluster,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{task::JoinSet, time::sleep};

/// How soon each must be answered.
const LIMIT: Duration = Duration::from_secs(10);

/// The time between two attempts.
const PAUSE: Duration = Duration::from_millis(50);

/// Takes all rights away at once through a node, and asks all nodes about each in
/// every way.
pub(crate) async fn revoke_witnesses(
    cluster: Arc<TestCluster>,
    witnesses: Vec<Revocable>,
    node: usize,
    reachable_at: Instant,
) {
    let mut tasks = JoinSet::new();
    for witness in witnesses {
        let cluster = Arc::clone(&cluster);
        tasks.spawn(async move { revoke(&cluster, &witness, node, reachable_at).await });
    }
    // A panic of a task has been printed.
    while tasks.join_next().await.is_some() {}
}

async fn revoke(cluster: &TestCluster, witness: &Revocable, node: usize, reachable_at: Instant) {
    let right = &witness.right;
    right.expectation.begin(Reply::Refused);
    loop {
        // That it is gone means that an attempt before this one took place.
        let change = cluster.change(node, &right.fact, &witness.revocation, Some(404));
        let Err(error) = change.await.expect_done("a deletion") else {
            break;
        };
        if reachable_at.elapsed() > LIMIT {
            let late = format!("node {node} deletes nothing on the new primary: {error:#}");
            return cluster.findings.add(late);
        }
        sleep(PAUSE).await;
    }
    right.expectation.settle(Reply::Refused);
    cluster.pool.retire(&witness.right);
    let ask = async |node| {
        for call in [Call::Uncached, Call::Gateway, Call::Backend] {
            cluster.probe_by(node, call, right).await;
        }
    };
    const { assert!(COUNT == 3, "each node is asked by name") };
    tokio::join!(ask(0), ask(1), ask(2));
}
