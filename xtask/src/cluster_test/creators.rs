//! Creations all the time: changes that take nothing away, and must not be held
//! up by nodes at fault.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::task::JoinHandle;

use crate::cluster_test::locked;
use crate::cluster_test::manager::{Outcome, with_key};
use crate::cluster_test::scene::{KeyRequest, Scene};

/// How long lies between two creations.
const INTERVAL: Duration = Duration::from_millis(50);

/// Someone who makes keys, one after the other.
pub(super) struct Creator {
    task: JoinHandle<()>,
    is_over: Arc<AtomicBool>,
}

// === impl Creator ===

impl Creator {
    /// Starts.
    pub(super) fn start(scene: &Arc<Scene>) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let (scene, end) = (Arc::clone(scene), Arc::clone(&is_over));
        let task = tokio::spawn(async move {
            while !end.load(Ordering::Relaxed) {
                create(&scene).await;
                tokio::time::sleep(INTERVAL).await;
            }
        });
        Self { task, is_over }
    }

    /// Waits for the last creation and ends.
    pub(super) async fn end(self) {
        self.is_over.store(true, Ordering::Relaxed);
        // A panic of the task has been printed, and its absence shows.
        let _ = self.task.await;
    }
}

async fn create(scene: &Scene) {
    let (mark, node) = (scene.weather.mark(), scene.some_node());
    let name = format!("created-{}", scene.next_number());
    let asked = KeyRequest {
        name: &name,
        scope: &["inference"],
        models: Value::Null,
    };
    let request = with_key("POST", "/v2/api-keys", &scene.user.value);
    let sent_at = Instant::now();
    let outcome = asked.send(scene, node, request).await;
    let took = sent_at.elapsed();
    match outcome {
        Outcome::Done(_) => locked(&scene.figures).creations.add(took),
        outcome if scene.weather.was_calm_since(mark) => {
            let failed = format!("node {node} failed to create in calm: {outcome:?}");
            scene.findings.add(failed);
        }
        _ => {}
    }
}
