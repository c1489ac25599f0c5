//! Keys that are rotated again and again while many clients use them: each takes up the new
//! secret at some time within the grace period of the old one.
//!
//! None is refused before the end of that period, whatever happens to a node: one that gets
//! no answer asks another node. From the end on nobody accepts the old secret.

mod clients;
mod rotator;

use crate::{
    fault::Fault, health::until_well, options::Extent, test_cluster::TestCluster,
    test_run::TestRun, workers::Workers,
};
use anyhow::{Context, Result};
use clients::{CLIENTS, SharedKey};
use rotator::Rotator;
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::{task::JoinSet, time::timeout};
use xtask_harness::lock::locked;

/// How long the grace period is, in seconds, while all nodes run, and while one may be dead:
/// then a rotation may be answered 3.1 s late.
const GRACE: u64 = 2;
const GRACE_WITHOUT_NODE: u64 = 6;

/// How long lies between the first rotations of two keys.
const OFFSET: Duration = Duration::from_millis(700);

/// How long all rotations may take that have no fault, in grace periods each.
const LIMIT: u32 = 4;

// === impl TestRun ===

impl TestRun {
    /// Rotates keys under load while nothing is wrong.
    pub(crate) async fn rotate(&mut self, name: &str, extent: &Extent) -> Result<()> {
        self.enter(name);
        let load = RotationLoad::start(&self.cluster, extent, GRACE).await?;
        load.end(self, name).await?;
        self.settle().await?;
        self.leave(name);
        Ok(())
    }

    /// Rotates keys under load while nodes are killed, one after the other.
    pub(crate) async fn rotate_while_killing(
        &mut self,
        name: &str,
        extent: &Extent,
        time: Duration,
    ) -> Result<()> {
        self.enter(name);
        let load = RotationLoad::start(&self.cluster, extent, GRACE_WITHOUT_NODE).await?;
        for node in extent.killed {
            let fault = Fault::Killed(*node);
            self.cluster.window.open(&fault.unreliable());
            tokio::time::sleep(OFFSET / 2).await;
            let healed_at = self.inject(name, fault, time).await?;
            until_well(&self.cluster, self.nodes.config.feed, healed_at).await?;
            self.cluster.window.mark_reliable();
        }
        load.end(self, name).await?;
        self.cluster.window.close();
        self.settle().await?;
        self.leave(name);
        Ok(())
    }
}

/// Keys that are rotated, and who does so and uses them.
struct RotationLoad {
    keys: Vec<Arc<SharedKey>>,
    rotators: JoinSet<Result<()>>,
    clients: Workers,
    limit: Duration,
}

// === impl RotationLoad ===

impl RotationLoad {
    async fn start(cluster: &Arc<TestCluster>, extent: &Extent, grace: u64) -> Result<Self> {
        let mut keys = Vec::new();
        let mut rotators = Vec::new();
        for number in 0..extent.rotated_keys {
            let rotator = Rotator::create(cluster, grace, extent.rotations).await?;
            keys.push(rotator.shared());
            rotators.push((rotator, OFFSET * u32::try_from(number)?));
        }
        let clients = Workers::start(keys.len() * CLIENTS, |number, is_over| {
            let key = Arc::clone(&keys[number / CLIENTS]);
            clients::use_key(Arc::clone(cluster), key, number % CLIENTS, is_over)
        });
        let last_offset = OFFSET * u32::try_from(extent.rotated_keys)?;
        let each = Duration::from_secs(grace) * LIMIT;
        Ok(Self {
            keys,
            rotators: rotators
                .into_iter()
                .map(|(rotator, offset)| rotator.work(offset))
                .collect(),
            clients,
            limit: last_offset + each * extent.rotations,
        })
    }

    /// Waits until all keys were rotated as often as they are to be, and says what was seen.
    async fn end(mut self, run: &mut TestRun, name: &str) -> Result<()> {
        let rotated = async {
            while let Some(rotated) = self.rotators.join_next().await {
                rotated??;
            }
            anyhow::Ok(())
        };
        let rotated = timeout(self.limit, rotated).await;
        rotated.context("rotations take too long")??;
        self.clients.end().await?;
        let count = |counter: fn(&SharedKey) -> u64| self.keys.iter().map(|key| counter(key)).sum();
        let rotations: u64 = count(|key| locked(&key.offer).round);
        let uses: u64 = count(|key| key.uses.load(Ordering::Relaxed));
        let refused: u64 = count(|key| key.refused.load(Ordering::Relaxed));
        let elsewhere: u64 = count(|key| key.elsewhere.load(Ordering::Relaxed));
        let keys = self.keys.len();
        let remark = format!(
            "{keys} keys with {CLIENTS} clients each, {rotations} rotations, {uses} uses, \
             {refused} refused after the end, {elsewhere} sent again to another node"
        );
        run.report.remark(name, &remark);
        Ok(())
    }
}
