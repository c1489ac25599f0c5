//! Tasks that repeat something until they are ended.

use anyhow::{Context, Result};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{task::JoinSet, time::timeout};

/// Tasks that repeat something until they are ended.
pub(crate) struct Workers {
    tasks: JoinSet<()>,
    is_over: Arc<AtomicBool>,
}

// === impl Workers ===

impl Workers {
    /// Starts so many; each gets its number, and a flag that is set when it must end.
    pub(crate) fn start<F>(count: usize, work: impl Fn(usize, Arc<AtomicBool>) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let is_over = Arc::new(AtomicBool::new(false));
        let tasks = (0..count).map(|number| work(number, Arc::clone(&is_over)));
        Self {
            tasks: tasks.collect(),
            is_over,
        }
    }

    /// Waits until all have done their work.
    pub(crate) async fn until_done(&mut self, limit: Duration) -> Result<()> {
        // A panic of a task has been printed, and its absence shows.
        let done = timeout(limit, async {
            while self.tasks.join_next().await.is_some() {}
        });
        done.await.context("requests take too long")
    }

    /// Ends them, and waits for what is under way: a stopped node is waited for.
    pub(crate) async fn end(mut self) -> Result<()> {
        self.is_over.store(true, Ordering::Relaxed);
        self.until_done(Duration::from_secs(60)).await
    }
}
