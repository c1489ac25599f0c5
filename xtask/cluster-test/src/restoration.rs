//! Restores rights, so that a small pool lasts for many revocations.

use crate::{
    changes::Outcome,
    kinds::Kind,
    nodes::COUNT,
    revocable::{Change, Revocable},
    rights::{RESTORATION_LIMIT, Reply},
    setup::replenish,
    test_cluster::TestCluster,
};
use anyhow::Result;
use reqwest::Method;
use std::time::{Duration, Instant};
use xtask_harness::lock::locked;

/// How often a node is asked whether it knows of a restored right.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Restores a right, or makes another in its place when its key has ended for good.
pub(crate) async fn restore(cluster: &TestCluster, revocable: Revocable) {
    let (mark, node) = (cluster.window.mark(), cluster.some_node());
    let Some(restoration) = &revocable.restoration else {
        cluster.pool.retire(&revocable.right);
        if let Err(error) = replenish(cluster, node, revocable.kind).await {
            cluster.report_without_fault(mark, format!("{error:#}"));
        }
        return;
    };
    let expectation = &revocable.right.expectation;
    expectation.begin(Reply::Accepted);
    // Only after an unknown outcome, and it means the same as success.
    let repeated = (revocable.kind == Kind::MemberRemoved).then_some(409);
    let change = cluster.change(node, &revocable.right.fact, restoration, repeated);
    if let Err(error) = change.await.expect_done("a restoration") {
        let name = &revocable.right.name;
        cluster.report_without_fault(mark, format!("node {node}, {name}: {error:#}"));
        cluster.pool.set_aside(revocable);
        return;
    }
    expectation.settle_slowly(Reply::Accepted, Reply::Refused, RESTORATION_LIMIT);
    let answered_at = Instant::now();
    // The model reports it when that takes too long without a fault.
    let accepted = async |node| {
        while answered_at.elapsed() < RESTORATION_LIMIT + POLL_INTERVAL * 4 {
            // A node that cannot know is waited for elsewhere.
            if cluster.probe(node, &revocable.right).await != Some(Reply::Refused) {
                return;
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    };
    const { assert!(COUNT == 3, "each node is asked by name") };
    tokio::join!(accepted(0), accepted(1), accepted(2));
    if cluster.window.was_closed_since(mark) {
        let took = answered_at.elapsed();
        locked(&cluster.measured).restorations.add(took);
    }
    cluster.pool.give_back(revocable);
}

/// Decides what has an unknown outcome: restores rights, repeats what ends keys for good,
/// and deletes keys of which a secret may have ended.
pub(crate) async fn reconcile(cluster: &TestCluster) -> Result<()> {
    for revocable in cluster.pool.take_undecided() {
        if revocable.restoration.is_none() {
            let (node, fact) = (cluster.some_node(), &revocable.right.fact);
            let deletion = Change {
                request: cluster.admin.request(Method::DELETE, &revocable.key_path),
                value: None,
            };
            let is_revoked = revocable.kind == Kind::Revoked;
            let (end, done) = match is_revoked {
                true => (&revocable.revocation, None),
                false => (&deletion, Some(404)),
            };
            match cluster.change(node, fact, end, done).await {
                // The new primary never had the key.
                Outcome::Refused(404, _) if cluster.records.may_be_lost(fact) => {}
                outcome => {
                    outcome.expect_done("the end of a key, repeated")?;
                }
            }
            revocable.right.expectation.settle(Reply::Refused);
        }
        restore(cluster, revocable).await;
    }
    fill(cluster).await
}

/// Makes as many rights of each kind that is possible now as there were.
pub(crate) async fn fill(cluster: &TestCluster) -> Result<()> {
    for kind in cluster.possible_kinds() {
        while cluster.pool.count(kind) < cluster.of_each_kind {
            replenish(cluster, cluster.some_node(), kind).await?;
        }
    }
    Ok(())
}

/// Makes a key and deletes it, through one node.
pub(crate) async fn revoke_another(cluster: &TestCluster, node: usize) -> Result<Duration> {
    let key = cluster.make_admin_key(node, Kind::Deleted).await?;
    let revocable = cluster.revocable(Kind::Deleted, &key);
    let sent_at = Instant::now();
    let outcome = cluster.revoke(node, &revocable).await;
    outcome.expect_done("a deletion")?;
    Ok(sent_at.elapsed())
}
