//! Creations all the time: changes that take nothing away, and must not be held
//! up by nodes at fault.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::changes::{Outcome, with_key};
use crate::lock::locked;
use crate::test_cluster::TestCluster;

/// How long lies between two creations.
const INTERVAL: Duration = Duration::from_millis(50);

/// Someone who makes keys, one after the other.
pub(crate) struct Creator {
    task: JoinHandle<()>,
    is_over: Arc<AtomicBool>,
}

// === impl Creator ===

impl Creator {
    /// Starts.
    pub(crate) fn start(cluster: &Arc<TestCluster>) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let (cluster, end) = (Arc::clone(cluster), Arc::clone(&is_over));
        let task = tokio::spawn(async move {
            while !end.load(Ordering::Relaxed) {
                create(&cluster).await;
                tokio::time::sleep(INTERVAL).await;
            }
        });
        Self { task, is_over }
    }

    /// Waits for the last creation and ends.
    pub(crate) async fn end(self) {
        self.is_over.store(true, Ordering::Relaxed);
        // A panic of the task has been printed, and its absence shows.
        let _ = self.task.await;
    }
}

async fn create(cluster: &TestCluster) {
    let (mark, node) = (cluster.window.mark(), cluster.some_node());
    let name = format!("created-{}", cluster.next_number());
    let request = with_key(Method::POST, "/v2/api-keys", &cluster.user.value);
    let sent_at = Instant::now();
    let scope = &["inference"];
    let outcome = cluster
        .changes
        .create_key(node, request, &name, scope, &Value::Null)
        .await;
    let took = sent_at.elapsed();
    match outcome {
        Outcome::Done(_) => locked(&cluster.measured).creations.add(took),
        outcome if cluster.window.was_closed_since(mark) => {
            let failed = format!("node {node} failed to create without a fault: {outcome:?}");
            cluster.findings.add(failed);
        }
        _ => {}
    }
}
