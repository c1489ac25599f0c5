//! Verifications on all nodes, all the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use xtask_harness::random::scattered;

use crate::nodes::COUNT;
use crate::prober::Call;
use crate::rights::Reply;
use crate::test_cluster::TestCluster;

/// Every so many probes one is a backend's, whose own key is read from the
/// database each time.
const BACKENDS_EVERY: u64 = 8;

/// How long one waits who got no answer, or 503.
const PAUSE: Duration = Duration::from_millis(10);

/// Connections that ask, each the next question when its last one is answered.
pub(crate) struct Load {
    tasks: JoinSet<()>,
    is_over: Arc<AtomicBool>,
}

// === impl Load ===

impl Load {
    /// Starts so many connections to each node.
    pub(crate) fn start(cluster: &Arc<TestCluster>, connections: usize) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        for number in 0..connections * COUNT {
            let (cluster, is_over) = (Arc::clone(cluster), Arc::clone(&is_over));
            tasks.spawn(async move {
                probe_until_over(&cluster, number, &is_over).await;
            });
        }
        Self { tasks, is_over }
    }

    /// Ends the load, and waits for the last answers.
    pub(crate) async fn end(mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        while self.tasks.join_next().await.is_some() {}
    }
}

async fn probe_until_over(cluster: &TestCluster, number: usize, is_over: &AtomicBool) {
    let node = number % COUNT;
    for turn in 0.. {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        let random = scattered(turn * 1_000 + number as u64);
        let Some(right) = cluster.pool.pick(random) else {
            return;
        };
        let call = if turn % BACKENDS_EVERY == 0 {
            Call::Backend
        } else {
            Call::Gateway
        };
        let reply = cluster.prober.probe_by(node, call, &right).await;
        if matches!(reply, None | Some(Reply::Unavailable)) {
            tokio::time::sleep(PAUSE).await;
        }
    }
}
