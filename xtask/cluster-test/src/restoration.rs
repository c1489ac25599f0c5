//! Gives rights back, so that a small pool lasts for many revocations.

use std::time::{Duration, Instant};

use anyhow::Result;
use reqwest::Method;

use crate::changes::{Outcome, with_key};
use crate::lock::locked;
use crate::nodes::COUNT;
use crate::records::key_fact;
use crate::revocable::{Kind, Revocable};
use crate::rights::{RESTORATION_LIMIT, Reply};
use crate::test_cluster::TestCluster;

/// How often a node is asked whether it knows of a right that was given back.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Returns a right back, or makes another in its place when it is gone for good.
pub(crate) async fn give_back(cluster: &TestCluster, revocable: Revocable) {
    let mark = cluster.window.mark();
    let node = cluster.some_node();
    let Some(request) = revocable.restoration(&cluster.admin.value) else {
        cluster.pool.bury(&revocable);
        if let Err(error) = cluster.replenish(node, revocable.kind).await
            && cluster.window.was_closed_since(mark)
        {
            cluster.findings.add(format!("without a fault, {error:#}"));
        }
        return;
    };
    revocable.right.begin_restoration();
    cluster.changes.records.begin(&revocable.fact);
    match cluster.changes.send(node, request).await {
        Outcome::Done(_) => {}
        // Only after an unknown outcome, and it says the same as success.
        Outcome::Refused(409, _) if revocable.kind == Kind::MemberRemoved => {}
        outcome => {
            if cluster.window.was_closed_since(mark) {
                let name = &revocable.right.name;
                let failed =
                    format!("node {node} failed to give {name} back without a fault: {outcome:?}");
                cluster.findings.add(failed);
            }
            cluster.pool.set_aside(revocable);
            return;
        }
    }
    revocable.right.grant();
    let says = revocable.says_granted();
    cluster.changes.records.settle(&revocable.fact, Some(&says));
    let answered_at = Instant::now();
    tokio::join!(
        until_accepted(cluster, 0, &revocable, answered_at),
        until_accepted(cluster, 1, &revocable, answered_at),
        until_accepted(cluster, 2, &revocable, answered_at),
    );
    if cluster.window.was_closed_since(mark) {
        locked(&cluster.measured)
            .restorations
            .add(answered_at.elapsed());
    }
    cluster.pool.give_back(revocable);
}

/// Decides what has an unknown outcome: gives rights back, and deletes keys that
/// were to be deleted once more.
pub(crate) async fn reconcile(cluster: &TestCluster) -> Result<()> {
    for revocable in cluster.pool.take_undecided() {
        if revocable.kind != Kind::Deleted {
            give_back(cluster, revocable).await;
            continue;
        }
        let request = revocable.revocation(&cluster.admin.value);
        cluster.changes.records.begin(&revocable.fact);
        match cluster.changes.send(cluster.some_node(), request).await {
            Outcome::Done(_) | Outcome::Refused(404, _) => {}
            outcome => drop(outcome.expect_done("a deletion that is repeated")?),
        }
        revocable.right.revoke();
        cluster.changes.records.settle(&revocable.fact, None);
        give_back(cluster, revocable).await;
    }
    while cluster.pool.count(Kind::Deleted) < cluster.of_each_kind {
        cluster
            .replenish(cluster.some_node(), Kind::Deleted)
            .await?;
    }
    Ok(())
}

/// Makes a key and deletes it, through one node.
pub(crate) async fn revoke_another(cluster: &TestCluster, node: usize) -> Result<Duration> {
    let key = cluster.make_admin_key(node, Kind::Deleted).await?;
    let fact = key_fact(&key.name);
    let path = format!("/v2/api-keys/{}", key.id);
    cluster.changes.records.begin(&fact);
    let sent_at = Instant::now();
    let request = with_key(Method::DELETE, &path, &cluster.admin.value);
    let outcome = cluster.changes.send(node, request).await;
    let took = sent_at.elapsed();
    outcome.expect_done("a deletion")?;
    cluster.changes.records.settle(&fact, None);
    Ok(took)
}

/// Waits until a node accepts a right that was given back; the model reports it
/// when that takes too long without a fault.
async fn until_accepted(
    cluster: &TestCluster,
    node: usize,
    revocable: &Revocable,
    answered_at: Instant,
) {
    const { assert!(COUNT == 3, "each node is asked by name") };
    while answered_at.elapsed() < RESTORATION_LIMIT + POLL_INTERVAL * 4 {
        let reply = cluster.prober.probe(node, &revocable.right).await;
        // A node that cannot know is waited for elsewhere.
        if matches!(reply, Some(Reply::Accepted | Reply::Unavailable) | None) {
            return;
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}
