//! Whether everything is well again after a fault, without help.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use tokio::time::timeout;
use xtask_harness::request::Request;

use crate::lock::locked;
use crate::nodes::{COUNT, Feed};
use crate::restoration::revoke_another;
use crate::revocable::{Kind, Revocable};
use crate::rights::{Reply, Right};
use crate::test_cluster::TestCluster;

/// How soon everything must be well.
const PROMISED: Duration = Duration::from_secs(10);

/// When it is given up to wait.
const DEADLINE: Duration = Duration::from_secs(60);

/// How long each attempt may take.
const ATTEMPT: Duration = Duration::from_secs(5);

/// How long nothing may fail until all is held to be well.
const QUIET: Duration = Duration::from_millis(500);

const POLL_INTERVAL: Duration = Duration::from_millis(50);

// === impl Feed ===

impl Feed {
    /// Returns within which time a revocation is answered when all is well.
    fn prompt(self) -> Duration {
        match self {
            Self::Listen => Duration::from_secs(1),
            Self::Poll => Duration::from_secs(3),
        }
    }
}

/// Waits until every node is ready, verifies, and revokes promptly, and reports
/// when that takes too long. The time counts from the end of the fault.
pub(crate) async fn until_well(
    cluster: &TestCluster,
    feed: Feed,
    healed_at: Instant,
) -> Result<()> {
    let canary = canary(cluster).await?;
    for node in 0..COUNT {
        let mut why = String::new();
        loop {
            let attempt = timeout(ATTEMPT, is_well(cluster, node, feed, &canary.right)).await;
            match attempt {
                Ok(Ok(())) => break,
                Ok(Err(error)) => why = format!("{error:#}"),
                Err(_) => why = "it does not answer".to_owned(),
            }
            if healed_at.elapsed() > DEADLINE {
                bail!("node {node} does not recover: {why}");
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        if healed_at.elapsed() > PROMISED {
            let took = healed_at.elapsed().as_secs_f64();
            let late = format!("node {node} took {took:.1} s to recover; before: {why}");
            cluster.findings.add(late);
        }
    }
    let well_since = until_quiet(cluster, healed_at).await;
    locked(&cluster.measured).recovery = Some(well_since - healed_at);
    Ok(())
}

/// Waits until no question and no change has failed for a moment, under the
/// load of all, and returns when that moment began.
async fn until_quiet(cluster: &TestCluster, healed_at: Instant) -> Instant {
    let failures = || {
        let undecided = locked(&cluster.measured).undecided;
        cluster.prober.counts().failures() + undecided
    };
    loop {
        let (begun_at, before) = (Instant::now(), failures());
        tokio::time::sleep(QUIET).await;
        let more = failures() - before;
        if more == 0 {
            return begun_at;
        }
        if healed_at.elapsed() > PROMISED + QUIET {
            let took = healed_at.elapsed().as_secs_f64();
            let failing = format!("{took:.1} s after the fault {more} requests still fail");
            cluster.findings.add(failing);
            return begun_at;
        }
    }
}

async fn is_well(cluster: &TestCluster, node: usize, feed: Feed, canary: &Right) -> Result<()> {
    let ready = Request::get("/readyz");
    let status = cluster.changes.client(node).send(&ready).await?.status;
    ensure!(status == 200, "/readyz is answered {status}");
    let reply = cluster.prober.probe(node, canary).await;
    ensure!(
        reply == Some(Reply::Accepted),
        "a question is answered {reply:?}"
    );
    let took = revoke_another(cluster, node).await?;
    ensure!(took < feed.prompt(), "a revocation took {took:?}");
    Ok(())
}

/// Makes a right that stays, through the first node that can.
async fn canary(cluster: &TestCluster) -> Result<Revocable> {
    let begun_at = Instant::now();
    loop {
        for node in 0..COUNT {
            match timeout(ATTEMPT, cluster.make_admin_key(node, Kind::Narrowed)).await {
                Ok(Ok(key)) => return Ok(Revocable::of(Kind::Narrowed, &key)),
                Ok(Err(_)) | Err(_) if begun_at.elapsed() < DEADLINE => {}
                Ok(Err(error)) => return Err(error.context("no node recovers")),
                Err(_) => bail!("no node answers"),
            }
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}
