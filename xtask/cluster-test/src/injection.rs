//! What a fault does, one after the other.

use crate::{
    failover::NEW_NODE,
    fault::{Fault, end_connections},
    nodes::COUNT,
    test_run::TestRun,
    witnesses::revoke_witnesses,
};
use anyhow::{Context, Result, ensure};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use xtask_harness::proxy::Passage;
use xtask_programs::{postgres::Replication, process::Signal};

/// How long a part of a fault that has no length of its own takes.
const STEP_TIME: Duration = Duration::from_millis(500);

/// How long a node that is told to end may take.
const END_LIMIT: Duration = Duration::from_secs(10);

// === impl TestRun ===

impl TestRun {
    /// Does what a fault is, lets it last, undoes it, and returns when that was.
    pub(crate) async fn inject(
        &mut self,
        name: &str,
        fault: Fault,
        time: Duration,
    ) -> Result<Instant> {
        let (nodes, window) = (&mut self.nodes, &self.cluster.window);
        match fault {
            Fault::Stopped(node) => {
                nodes.running(node)?.signal(Signal::STOP)?;
                tokio::time::sleep(time).await;
                nodes.running(node)?.signal(Signal::CONT)?;
            }
            Fault::Killed(node) => {
                nodes.kill(node);
                tokio::time::sleep(time).await;
                nodes.spawn(node)?;
            }
            Fault::ConnectionsEnded(name) => {
                for _ in 0..3 {
                    end_connections(&self.postgres.url(), name).await?;
                    tokio::time::sleep(STEP_TIME).await;
                }
            }
            Fault::Restarted => {
                self.postgres.stop_server()?;
                tokio::time::sleep(STEP_TIME).await;
                self.postgres.start_server()?;
            }
            Fault::FailedOver => return self.fail_over(name, time).await,
            Fault::Frozen(node) => return self.freeze(name, node, time).await,
            Fault::Cut(cut, passage) => {
                nodes.set_passage(cut, passage);
                window.mark_partitioned(cut);
                tokio::time::sleep(time).await;
                window.mark_connected();
                nodes.set_passage(cut, Passage::Open);
            }
            Fault::Changed(config) => {
                nodes.config = config;
                for node in 0..COUNT {
                    nodes.stop(node)?;
                    nodes.spawn(node)?;
                    nodes.running(node)?.until_ready().await?;
                }
            }
        }
        Ok(Instant::now())
    }

    /// Lets the standby take over, and the address lead to it some time later.
    async fn fail_over(&mut self, name: &str, time: Duration) -> Result<Instant> {
        let standby = self.standby.as_mut().context("no standby")?;
        let took_over = standby.take_over(&self.cluster, &mut self.postgres, time);
        let lost = took_over.await?;
        self.nodes.kill(NEW_NODE);
        self.nodes.lead_to(standby.postgres.port());
        let reachable_at = Instant::now();
        self.nodes.spawn(NEW_NODE)?;
        std::mem::swap(&mut self.postgres, &mut standby.postgres);
        let witnesses = std::mem::take(&mut standby.witnesses);
        let cluster = Arc::clone(&self.cluster);
        let revoked = revoke_witnesses(cluster, witnesses, NEW_NODE, reachable_at);
        self.following.spawn(revoked);

        let count = lost.len();
        let remark = format!("lost with the old primary: {count}");
        self.report.remark(name, &remark);
        match standby.replication {
            // Else the test would show nothing.
            Replication::Asynchronous => ensure!(count > 0, "nothing was lost"),
            Replication::Synchronous => lost.iter().for_each(|fact| {
                let lost = format!("a change of {fact} was answered and is lost");
                self.cluster.findings.add(lost);
            }),
        }
        Ok(reachable_at)
    }

    /// Halts the database for a time, and longer while a node that is told to end may
    /// still do so.
    async fn freeze(&mut self, name: &str, node: usize, time: Duration) -> Result<Instant> {
        let frozen_at = Instant::now();
        self.postgres.freeze()?;
        tokio::time::sleep(STEP_TIME).await;
        match self.nodes.end_within(node, END_LIMIT).await? {
            Some(took) => {
                let took = took.as_secs_f64();
                let remark = format!("a node that was told to end did so after {took:.1} s");
                self.report.remark(name, &remark);
            }
            None => {
                let limit = END_LIMIT.as_secs();
                let late = format!("node {node} was told to end and did not within {limit} s");
                self.cluster.findings.add(late);
            }
        }
        tokio::time::sleep(time.saturating_sub(frozen_at.elapsed())).await;
        self.postgres.thaw()?;
        let thawed_at = Instant::now();
        self.nodes.spawn(node)?;
        Ok(thawed_at)
    }
}
