//! The cluster with everything around it, and the course of a phase.

use crate::{
    fault::{Fault, end_connections},
    health::until_well,
    load::start_creations,
    lock::locked,
    measured::Measured,
    nodes::{COUNT, Nodes},
    report::Report,
    restoration::reconcile,
    revocable::Kind,
    revokers, tables,
    test_cluster::TestCluster,
    watch::{Watchers, see_streams_end},
};
use anyhow::{Result, ensure};
use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};
use xtask_harness::{latencies::Latencies, proxy::Passage};
use xtask_programs::{postgres::Cluster, process::Signal};

/// How long a revocation may take that waits for a lease to lapse.
const LEASE_LIMIT: Duration = Duration::from_secs(5);

/// Within which time 99 of 100 creations must be answered while a node is at
/// fault.
const CREATION_LIMIT: Duration = Duration::from_secs(1);

/// How long a revocation may take at most, so that a phase ends.
const EACH_LIMIT: Duration = Duration::from_secs(1);

/// For how long requests are sent before and after a fault.
const LOAD_MARGIN: Duration = Duration::from_millis(500);

/// How long a part of a fault that has no length of its own takes.
const STEP_TIME: Duration = Duration::from_millis(500);

/// The cluster with everything around it.
pub(crate) struct TestRun {
    pub(crate) nodes: Nodes,
    pub(crate) postgres: Cluster,
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
        let creator = start_creations(&self.cluster);
        let mut revokers = revokers::start(&self.cluster, revocations, Duration::ZERO);
        let limit = EACH_LIMIT * u32::try_from(revocations)? + LEASE_LIMIT;
        revokers.until_done(limit).await?;
        creator.end().await?;
        self.settle().await?;
        let measured = self.leave(name);
        self.at_most(&measured.revocations, 100.0, LEASE_LIMIT, "a revocation");
        self.report.aim(name, &measured.revocations);
        Ok(())
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
        let creator = start_creations(&self.cluster);
        let revokers = revokers::start(&self.cluster, revocations, time + 2 * LOAD_MARGIN);
        tokio::time::sleep(LOAD_MARGIN).await;
        self.inject(fault, time).await?;
        let healed_at = Instant::now();
        until_well(&self.cluster, self.nodes.config.feed, healed_at).await?;
        self.cluster.window.mark_reliable();
        tokio::time::sleep(LOAD_MARGIN).await;
        revokers.end().await?;
        creator.end().await?;
        reconcile(&self.cluster).await?;
        self.cluster.window.close();
        self.settle().await?;
        let measured = self.leave(name);
        if fault.leaves_others_alone() {
            self.at_most(&measured.revocations, 100.0, LEASE_LIMIT, "a revocation");
            self.at_most(&measured.creations, 99.0, CREATION_LIMIT, "a creation");
        }
        Ok(())
    }

    /// Does what a fault is, lets it last, and undoes it.
    async fn inject(&mut self, fault: Fault, time: Duration) -> Result<()> {
        let (nodes, window) = (&mut self.nodes, &self.cluster.window);
        match fault {
            Fault::Stopped(node) => {
                nodes.running(node)?.signal(Signal::STOP)?;
                tokio::time::sleep(time).await;
                nodes.running(node)?.signal(Signal::CONT)
            }
            Fault::Killed(node) => {
                nodes.kill(node);
                tokio::time::sleep(time).await;
                nodes.spawn(node)
            }
            Fault::ConnectionsEnded(name) => {
                for _ in 0..3 {
                    end_connections(&self.postgres.url(), name).await?;
                    tokio::time::sleep(STEP_TIME).await;
                }
                Ok(())
            }
            Fault::Restarted => {
                self.postgres.stop_server()?;
                tokio::time::sleep(STEP_TIME).await;
                self.postgres.start_server()
            }
            Fault::Cut(cut, passage) => {
                nodes.set_passage(cut, passage);
                window.mark_partitioned(cut);
                tokio::time::sleep(time).await;
                window.mark_connected();
                nodes.set_passage(cut, Passage::Open);
                Ok(())
            }
            Fault::Changed(config) => {
                nodes.config = config;
                for node in 0..COUNT {
                    nodes.stop(node)?;
                    nodes.spawn(node)?;
                    nodes.running(node)?.until_ready().await?;
                }
                Ok(())
            }
        }
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
    async fn settle(&self) -> Result<()> {
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

    fn enter(&self, name: &str) {
        println!("{name}");
        self.cluster.findings.enter(name);
        *locked(&self.cluster.measured) = Measured::default();
    }

    fn leave(&mut self, name: &str) -> Measured {
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
