//! The cluster with everything around it, and the course of a phase.

use crate::{
    failover::Standby,
    fault::Fault,
    health::until_well,
    kinds::Kind,
    load::start_creations,
    measured::Measured,
    nodes::{COUNT, Nodes},
    report::Report,
    restoration::reconcile,
    revokers, tables,
    test_cluster::TestCluster,
    visitors::start_visitors,
    watch::{Watchers, see_streams_end},
};
use anyhow::{Result, ensure};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::task::JoinSet;
use xtask_harness::{latencies::Latencies, lock::locked};
use xtask_programs::postgres::{Cluster, Replication};

/// How long a revocation may take that waits for a lease to lapse.
const LEASE_LIMIT: Duration = Duration::from_secs(5);

/// Within which time 99 of 100 creations must be answered while a node is at
/// fault.
const CREATION_LIMIT: Duration = Duration::from_secs(1);

/// How long a revocation may take at most, so that a phase ends.
const EACH_LIMIT: Duration = Duration::from_secs(1);

/// For how long requests are sent before and after a fault.
const LOAD_MARGIN: Duration = Duration::from_millis(500);

/// The cluster with everything around it.
pub(crate) struct TestRun {
    pub(crate) nodes: Nodes,
    pub(crate) postgres: Cluster,
    /// What is to take its place.
    pub(crate) standby: Option<Standby>,
    /// What a fault left to be done while the cluster recovers.
    pub(crate) following: JoinSet<()>,
    /// What all parts share.
    pub(crate) cluster: Arc<TestCluster>,
    pub(crate) watchers: Watchers,
    pub(crate) report: Report,
}

// === impl TestRun ===

impl TestRun {
    /// Revokes while nothing is wrong.
    pub(crate) async fn without_fault(&mut self, name: &str, revocations: u64) -> Result<()> {
        self.enter(name);
        self.choose_kinds(None);
        let creator = start_creations(&self.cluster);
        let mut revokers = revokers::start(&self.cluster, revocations, Duration::ZERO);
        let limit = EACH_LIMIT * u32::try_from(revocations)? + LEASE_LIMIT;
        revokers.until_done(limit).await?;
        creator.end().await?;
        self.settle().await?;
        let measured = self.leave(name);
        let revocations = measured.revocations.of_all().latencies;
        self.at_most(&revocations, 100.0, LEASE_LIMIT, "a revocation");
        self.report.aim(name, &revocations);
        Ok(())
    }

    /// Lets a standby take the place of the primary while there is load.
    pub(crate) async fn failover(
        &mut self,
        name: &str,
        replication: Replication,
        time: Duration,
        revocations: u64,
    ) -> Result<()> {
        let standby = Standby::start(&self.cluster, &mut self.postgres, replication);
        self.standby = Some(standby.await?);
        self.fault(name, Fault::FailedOver, time, revocations).await
    }

    /// Revokes while something goes wrong, and checks that all is well soon after.
    pub(crate) async fn fault(
        &mut self,
        name: &str,
        fault: Fault,
        time: Duration,
        revocations: u64,
    ) -> Result<()> {
        self.enter(name);
        self.cluster.window.open(&fault.unreliable());
        self.choose_kinds(Some(fault));
        let creator = start_creations(&self.cluster);
        let visitors = fault.has_visitors().then(|| start_visitors(&self.cluster));
        let (count, spread) = fault.load(revocations, time + 2 * LOAD_MARGIN);
        let revokers = revokers::start(&self.cluster, count, spread);
        tokio::time::sleep(LOAD_MARGIN).await;
        let healed_at = self.inject(name, fault, time).await?;
        until_well(&self.cluster, self.nodes.config.feed, healed_at).await?;
        self.cluster.window.mark_reliable();
        tokio::time::sleep(LOAD_MARGIN).await;
        while self.following.join_next().await.is_some() {}
        for workers in [Some(revokers), Some(creator), visitors]
            .into_iter()
            .flatten()
        {
            workers.end().await?;
        }
        reconcile(&self.cluster).await?;
        self.cluster.window.close();
        self.settle().await?;
        // Only now may connections to it end that should have ended before.
        self.standby = None;
        let measured = self.leave(name);
        if fault.has_visitors() {
            let (wrong, longest) = measured.waits.judged();
            self.report.remark(name, &longest);
            for wrong in wrong {
                self.cluster.findings.add(wrong);
            }
        }
        if fault.leaves_others_alone() {
            let revocations = measured.revocations.of_all().latencies;
            self.at_most(&revocations, 100.0, LEASE_LIMIT, "a revocation");
            self.at_most(&measured.creations, 99.0, CREATION_LIMIT, "a creation");
        }
        Ok(())
    }

    /// Sees that the nodes' clocks are a minute apart: what is made on each at
    /// the same time was made in another minute.
    pub(crate) async fn see_clocks_differ(&self) -> Result<()> {
        let mut minutes = BTreeSet::new();
        for node in 0..COUNT {
            let key = self.cluster.make_admin_key(node, Kind::Narrowed).await?;
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
    pub(crate) async fn end_streams(&mut self, name: &str, times: usize) -> Result<()> {
        self.enter(name);
        see_streams_end(&self.cluster, times).await?;
        self.settle().await?;
        self.leave(name);
        Ok(())
    }

    /// Sees that no acknowledged change is lost, and that all watchers know of it.
    pub(crate) async fn settle(&self) -> Result<()> {
        tables::compare(&self.cluster, &self.postgres.url()).await?;
        self.watchers.settle(&self.cluster).await?;
        for node in 0..COUNT {
            if let Some(log) = self.nodes.panic(node) {
                let panicked = format!("node {node} panicked:\n{log}");
                self.cluster.findings.add(panicked);
            }
        }
        Ok(())
    }

    /// Chooses what is taken away: what expires does so by the clock of each node. When an
    /// answered first use may be lost, a question about its secret would be the first use
    /// once more.
    fn choose_kinds(&self, fault: Option<Fault>) {
        let will_differ = fault.is_some_and(Fault::shifts_clocks);
        let do_clocks_differ = will_differ || self.nodes.config.is_clock_shifted;
        if do_clocks_differ {
            self.cluster.pool.forget_ends_by_clock();
        }
        let may_lose = matches!(fault, Some(Fault::FailedOver));
        self.cluster.revoke_only(|kind| {
            !(do_clocks_differ && kind.awaits_end() || may_lose && kind.has_pending())
        });
    }

    /// Begins a phase.
    pub(crate) fn enter(&self, name: &str) {
        println!("{name}");
        self.cluster.findings.enter(name);
        *locked(&self.cluster.measured) = Measured::default();
    }

    /// Ends a phase.
    pub(crate) fn leave(&mut self, name: &str) -> Measured {
        let measured = std::mem::take(&mut *locked(&self.cluster.measured));
        self.report.add(name, &measured);
        measured
    }

    fn at_most(&self, latencies: &Latencies, percent: f64, limit: Duration, what: &str) {
        let took = latencies.milliseconds_at(percent);
        let limit = limit.as_secs_f64() * 1e3;
        if took > limit {
            let slow = format!("p{percent} of {what} is {took:.0} ms, and {limit:.0} is the limit");
            self.cluster.findings.add(slow);
        }
    }
}
