//! What happens all the time: verifications on all nodes, and creations, which
//! take nothing away and must not be held up by nodes at fault.

use crate::{
    changes::Outcome, nodes::COUNT, probes::Call, rights::Reply, test_cluster::TestCluster,
    workers::Workers,
};
use reqwest::Method;
use serde_json::Value;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::time::sleep;
use xtask_harness::{lock::locked, random::scattered};

/// Every so many probes one is a backend's, whose own key is read from the
/// database each time; every other one of these wants the key read, too.
const BACKENDS_EVERY: u64 = 8;

/// How long one waits who got no answer, or 503.
const PAUSE: Duration = Duration::from_millis(10);

/// How long lies between two creations.
const INTERVAL: Duration = Duration::from_millis(50);

/// Starts so many connections to each node that verify, each the next question
/// when its last one is answered.
pub(crate) fn start_verifications(cluster: &Arc<TestCluster>, connections: usize) -> Workers {
    Workers::start(connections * COUNT, |number, is_over| {
        verify(Arc::clone(cluster), number, is_over)
    })
}

/// Starts someone who makes keys, one after the other.
pub(crate) fn start_creations(cluster: &Arc<TestCluster>) -> Workers {
    Workers::start(1, |_, is_over| create(Arc::clone(cluster), is_over))
}

async fn verify(cluster: Arc<TestCluster>, number: usize, is_over: Arc<AtomicBool>) {
    for turn in 0.. {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        let random = scattered(turn * 1_000 + number as u64);
        let Some(right) = cluster.pool.pick(random) else {
            return;
        };
        let call = match turn % (2 * BACKENDS_EVERY) {
            0 => Call::Backend,
            BACKENDS_EVERY => Call::Uncached,
            _ => Call::Gateway,
        };
        let reply = cluster.probe_by(number % COUNT, call, &right).await;
        if matches!(reply, None | Some(Reply::Unavailable)) {
            sleep(PAUSE).await;
        }
    }
}

async fn create(cluster: Arc<TestCluster>, is_over: Arc<AtomicBool>) {
    while !is_over.load(Ordering::Relaxed) {
        let (mark, node) = (cluster.window.mark(), cluster.some_node());
        let name = format!("created-{}", cluster.next_number());
        let request = cluster.user.request(Method::POST, "/v2/api-keys");
        let sent_at = Instant::now();
        let created = cluster.create_key(node, request, &name, &["inference"], &Value::Null);
        match created.await {
            Outcome::Done(_) => locked(&cluster.measured).creations.add(sent_at.elapsed()),
            outcome => {
                let failed = format!("node {node} failed to create: {outcome:?}");
                cluster.report_without_fault(mark, failed);
            }
        }
        sleep(INTERVAL).await;
    }
}
