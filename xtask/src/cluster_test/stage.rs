//! The cluster with everything around it, and the course of a phase.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::bench::statistics::Latencies;
use crate::cluster_test::counts::Counted;
use crate::cluster_test::creators::Creator;
use crate::cluster_test::faults::Fault;
use crate::cluster_test::figures::Figures;
use crate::cluster_test::health::until_well;
use crate::cluster_test::locked;
use crate::cluster_test::nodes::{COUNT, Feed, Nodes};
use crate::cluster_test::report::Report;
use crate::cluster_test::restoring::reconcile;
use crate::cluster_test::revokers::Revokers;
use crate::cluster_test::scene::Scene;
use crate::cluster_test::subjects::Kind;
use crate::cluster_test::tables;
use crate::cluster_test::watch::{Watchers, see_streams_end};
use crate::postgres::Cluster;

/// How long a revocation may take that waits for a lease to lapse.
const LEASE_LIMIT: Duration = Duration::from_secs(5);

/// Within which time 99 of 100 creations must be answered while a node is at
/// fault.
const CREATION_LIMIT: Duration = Duration::from_secs(1);

/// How long a revocation may take at most, so that a phase ends.
const EACH_LIMIT: Duration = Duration::from_secs(1);

/// How long goes on what is tried at the ends of a fault.
const MARGIN: Duration = Duration::from_millis(500);

/// The cluster with everything around it.
pub(super) struct Stage {
    /// The servers.
    pub(super) nodes: Nodes,
    /// Their database.
    pub(super) cluster: Cluster,
    /// What all parts share.
    pub(super) scene: Arc<Scene>,
    /// Who watch.
    pub(super) watchers: Watchers,
    /// How the nodes learn of changes.
    pub(super) feed: Feed,
    /// What was measured.
    pub(super) report: Report,
}

// === impl Stage ===

impl Stage {
    /// Revokes while nothing is wrong.
    pub(super) async fn calm(&mut self, name: &str, revocations: u64) -> Result<()> {
        let before = self.enter(name);
        let creator = Creator::start(&self.scene);
        let mut revokers = Revokers::start(&self.scene, revocations, Duration::ZERO);
        let limit = EACH_LIMIT * u32::try_from(revocations)? + LEASE_LIMIT;
        revokers.until_done(limit).await?;
        creator.end().await;
        self.settle().await?;
        let figures = self.leave(name, before);
        self.at_most(&figures.revocations, 100, LEASE_LIMIT, "a revocation");
        self.report.aim(name, &figures.revocations);
        Ok(())
    }

    /// Revokes while something goes wrong, and sees that all is well soon after.
    pub(super) async fn fault(
        &mut self,
        name: &str,
        fault: Fault,
        time: Duration,
        revocations: u64,
    ) -> Result<()> {
        let before = self.enter(name);
        self.scene.weather.begin_fault(&fault.shunned());
        let creator = Creator::start(&self.scene);
        let revokers = Revokers::start(&self.scene, revocations, time + 2 * MARGIN);
        tokio::time::sleep(MARGIN).await;
        fault.happen(self, time).await?;
        let healed_at = Instant::now();
        until_well(&self.scene, self.feed, healed_at).await?;
        self.scene.weather.stop_shunning();
        tokio::time::sleep(MARGIN).await;
        revokers.end().await?;
        creator.end().await;
        reconcile(&self.scene).await?;
        self.scene.weather.calm();
        self.settle().await?;
        let figures = self.leave(name, before);
        if fault.leaves_others_alone() {
            self.at_most(&figures.revocations, 100, LEASE_LIMIT, "a revocation");
            self.at_most(&figures.creations, 99, CREATION_LIMIT, "a creation");
        }
        Ok(())
    }

    /// Sees that the nodes' clocks are a minute apart: what is made on each at
    /// the same time was made in another minute.
    pub(super) async fn see_clocks_differ(&self) -> Result<()> {
        let mut minutes = BTreeSet::new();
        for node in 0..COUNT {
            let key = self.scene.make_admin_key(node, Kind::Narrowed).await?;
            let (minute, _) = key.created_at.rsplit_once(':').unwrap_or_default();
            minutes.insert(minute.to_owned());
        }
        ensure!(
            minutes.len() == COUNT,
            "the clocks do not differ: {minutes:?}"
        );
        Ok(())
    }

    /// Ends the right to watch while nothing is wrong.
    pub(super) async fn end_streams(&mut self, name: &str, times: usize) -> Result<()> {
        let before = self.enter(name);
        see_streams_end(&self.scene, times).await?;
        self.settle().await?;
        self.leave(name, before);
        Ok(())
    }

    /// Sees that no acknowledged change is lost, and that all watchers know of it.
    async fn settle(&self) -> Result<()> {
        tables::compare(&self.scene, &self.cluster.url()).await?;
        self.watchers.settle(&self.scene).await?;
        for node in self.nodes.panicked() {
            let tail = self.nodes.log_tail(node);
            self.scene
                .findings
                .add(format!("node {node} panicked:\n{tail}"));
        }
        Ok(())
    }

    fn enter(&self, name: &str) -> Counted {
        println!("{name}");
        self.scene.findings.enter(name);
        *locked(&self.scene.figures) = Figures::default();
        self.scene.asker.counts.now()
    }

    fn leave(&mut self, name: &str, before: Counted) -> Figures {
        let figures = std::mem::take(&mut *locked(&self.scene.figures));
        let counted = self.scene.asker.counts.now().since(before);
        self.report.add(name, &figures, counted);
        figures
    }

    fn at_most(&self, latencies: &Latencies, percent: usize, limit: Duration, what: &str) {
        let took = latencies.milliseconds_at(percent);
        let limit = limit.as_secs_f64() * 1e3;
        if took > limit {
            let slow = format!("p{percent} of {what} is {took:.0} ms, and {limit:.0} is the limit");
            self.scene.findings.add(slow);
        }
    }
}
