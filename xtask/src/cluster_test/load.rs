//! Verifications on all nodes, all the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;

use crate::bench::scattered::scattered;
use crate::cluster_test::nodes::COUNT;
use crate::cluster_test::questions::Way;
use crate::cluster_test::rights::Reply;
use crate::cluster_test::scene::Scene;

/// Every so many questions one is a backend's, whose own key is read from the
/// database each time.
const BACKENDS_EVERY: u64 = 8;

/// How long one waits who got no answer, or 503.
const PAUSE: Duration = Duration::from_millis(10);

/// Connections that ask, each the next question when its last one is answered.
pub(super) struct Load {
    tasks: JoinSet<()>,
    is_over: Arc<AtomicBool>,
}

// === impl Load ===

impl Load {
    /// Starts so many connections to each node.
    pub(super) fn start(scene: &Arc<Scene>, connections: usize) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        for number in 0..connections * COUNT {
            let (scene, is_over) = (Arc::clone(scene), Arc::clone(&is_over));
            tasks.spawn(async move {
                ask_until_over(&scene, number, &is_over).await;
            });
        }
        Self { tasks, is_over }
    }

    /// Ends the load, and waits for the last answers.
    pub(super) async fn end(mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        while self.tasks.join_next().await.is_some() {}
    }
}

async fn ask_until_over(scene: &Scene, number: usize, is_over: &AtomicBool) {
    let node = number % COUNT;
    let mut connection = None;
    for turn in 0.. {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        let random = scattered(turn * 1_000 + number as u64);
        let Some(right) = scene.stock.pick(random) else {
            return;
        };
        let way = if turn % BACKENDS_EVERY == 0 {
            Way::Backend
        } else {
            Way::Gateway
        };
        let reply = scene.asker.ask(&mut connection, node, way, &right).await;
        if matches!(reply, None | Some(Reply::Unavailable)) {
            tokio::time::sleep(PAUSE).await;
        }
    }
}
