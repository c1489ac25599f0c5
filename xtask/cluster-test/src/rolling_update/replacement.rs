//! Nodes that are replaced by those of another release, or sleep while others are.

use super::{
    NEW, QUEUED, RollingUpdate, load, older_node,
    refusals::{self, Disabling},
};
use crate::{changes::EXPIRY_AHEAD, kinds::Kind, nodes::COUNT};
use anyhow::{Context, Result};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::time::sleep;
use xtask_programs::process::Signal;

// === impl RollingUpdate ===

impl RollingUpdate {
    /// Stops an older node, withdraws keys when it counts as dead, and lets it go on.
    pub(super) async fn sleep_through(&mut self, node: usize) -> Result<()> {
        let cluster = Arc::clone(&self.cluster);
        // Nothing is rotated yet that is to end.
        let can_be_made = |kind: Kind| !kind.needs_rotation();
        let keys = older_node::make_keys(&cluster, &[0, 1, 2], can_be_made).await?;
        self.abandon(node).await?;
        sleep(QUEUED).await;
        self.nodes.running(node)?.signal(Signal::STOP)?;
        let waited = refusals::until(&cluster, NEW, Disabling::Possible).await?;
        let remark = format!(
            "keys could be disabled {:.1} s after it stopped",
            waited.as_secs_f64()
        );
        self.report.remark(self.phase, &remark);
        older_node::withdraw(&cluster, NEW, &keys).await?;
        sleep(EXPIRY_AHEAD).await;

        cluster.window.open(&[node]);
        let mut asking = older_node::ask_while_waking(&cluster, node, &keys).await;
        sleep(QUEUED).await;
        self.nodes.running(node)?.signal(Signal::CONT)?;
        if !self.older.knows_withdrawals() {
            let waited = refusals::until(&cluster, NEW, Disabling::Refused).await?;
            let remark = format!(
                "they could not {:.1} s after it went on",
                waited.as_secs_f64()
            );
            self.report.remark(self.phase, &remark);
        }
        while asking.join_next().await.is_some() {}
        self.trust(node);
        cluster.window.close();
        older_node::see_all_refused(&cluster, node, &keys).await;
        self.older.see_changes(&cluster, NEW).await?;
        self.withdrawn.extend(keys);
        Ok(())
    }

    /// Starts the release before in the place of a node, while keys are disabled.
    pub(super) async fn go_back(&mut self, node: usize) -> Result<()> {
        let is_over = Arc::new(AtomicBool::new(false));
        let cluster = Arc::clone(&self.cluster);
        let disabling = older_node::disable_until(cluster, NEW, Arc::clone(&is_over));
        let disabling = tokio::spawn(disabling);
        self.abandon(node).await?;
        self.nodes.stop(node)?;
        self.nodes.program = self.before.clone();
        self.start(node).await?;
        sleep(QUEUED).await;
        is_over.store(true, Ordering::Relaxed);
        let (disabled, refused) = disabling.await??;
        let remark = format!(
            "{} keys disabled while it started, {refused} refused to be",
            disabled.len()
        );
        self.report.remark(self.phase, &remark);
        self.withdrawn.extend(disabled);
        for node in 0..COUNT {
            older_node::see_all_refused(&self.cluster, node, &self.withdrawn).await;
        }
        Ok(())
    }

    /// Ends a node in order, and starts this release in its place.
    pub(super) async fn replace(&mut self, node: usize) -> Result<()> {
        self.abandon(node).await?;
        self.nodes.stop(node)?;
        self.start(node).await
    }

    /// Starts a node and waits until it is ready. It runs this release unless the one
    /// before was chosen for it.
    pub(super) async fn start(&mut self, node: usize) -> Result<()> {
        self.nodes.spawn(node)?;
        let took = self.nodes.running(node)?.until_ready().await?;
        let remark = format!("node {node} was ready after {:.1} s", took.as_secs_f64());
        self.report.remark(self.phase, &remark);
        self.nodes.program = self.program.clone();
        self.trust(node);
        Ok(())
    }

    /// From now on a node is not asked any more.
    async fn abandon(&mut self, node: usize) -> Result<()> {
        self.cluster.window.avoid(node);
        let verifiers = self.verifiers[node].take();
        verifiers.context("nobody verifies")?.end().await
    }

    /// From now on a node must be right.
    fn trust(&mut self, node: usize) {
        self.cluster.window.rely_on(node);
        self.verifiers[node] = Some(load::start(&self.cluster, node, self.keys));
    }
}
