//! Whether everything is well again after a fault, without help.

use crate::{
    kinds::Kind,
    nodes::{COUNT, Feed},
    restoration::revoke_another,
    rights::{Reply, Right},
    test_cluster::TestCluster,
};
use anyhow::{Context, Result, ensure};
use std::time::{Duration, Instant};
use tokio::time::timeout;
use xtask_harness::{lock::locked, request::Request};

/// How soon everything must be well.
const RECOVERY_LIMIT: Duration = Duration::from_secs(10);

/// When it is given up to wait.
const DEADLINE: Duration = Duration::from_secs(60);

/// How long each attempt may take.
const ATTEMPT_LIMIT: Duration = Duration::from_secs(5);

/// How long nothing may fail until all is held to be well.
const QUIET_TIME: Duration = Duration::from_millis(500);

const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Waits until every node is ready, verifies, and revokes promptly, and reports
/// when that takes too long. The time counts from the end of the fault.
pub(crate) async fn until_well(
    cluster: &TestCluster,
    feed: Feed,
    healed_at: Instant,
) -> Result<()> {
    let canary = until_done(healed_at, async || {
        let node = cluster.some_node();
        cluster.make_admin_key(node, Kind::Narrowed).await
    });
    let (canary, _) = canary.await.context("no node recovers")?;
    let canary = cluster.revocable(Kind::Narrowed, &canary).right;
    for node in 0..COUNT {
        let well = until_done(healed_at, || is_well(cluster, node, feed, &canary));
        let ((), why) = well
            .await
            .with_context(|| format!("node {node} does not recover"))?;
        if healed_at.elapsed() > RECOVERY_LIMIT {
            let took = healed_at.elapsed().as_secs_f64();
            let late = format!("node {node} took {took:.1} s to recover; before: {why}");
            cluster.findings.add(late);
        }
    }
    let well_since = until_quiet(cluster, healed_at).await;
    locked(&cluster.measured).recovery = Some(well_since - healed_at);
    Ok(())
}

/// Attempts something until it is done, and returns why that failed before, too.
async fn until_done<T>(
    healed_at: Instant,
    attempt: impl AsyncFn() -> Result<T>,
) -> Result<(T, String)> {
    let mut why = String::new();
    loop {
        let attempted = timeout(ATTEMPT_LIMIT, attempt()).await;
        match attempted.context("no answer").flatten() {
            Ok(done) => return Ok((done, why)),
            Err(error) if healed_at.elapsed() > DEADLINE => return Err(error),
            Err(error) => why = format!("{error:#}"),
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// Waits until no question and no change has failed for a moment, under the
/// load of all, and returns when that moment began.
async fn until_quiet(cluster: &TestCluster, healed_at: Instant) -> Instant {
    let failures = || locked(&cluster.measured).failures();
    loop {
        let (begun_at, before) = (Instant::now(), failures());
        tokio::time::sleep(QUIET_TIME).await;
        let more = failures() - before;
        if more == 0 {
            return begun_at;
        }
        if healed_at.elapsed() > RECOVERY_LIMIT + QUIET_TIME {
            let took = healed_at.elapsed().as_secs_f64();
            let failing = format!("{took:.1} s after the fault {more} requests still fail");
            cluster.findings.add(failing);
            return begun_at;
        }
    }
}

async fn is_well(cluster: &TestCluster, node: usize, feed: Feed, canary: &Right) -> Result<()> {
    let ready = Request::get("/readyz");
    let status = cluster.changers[node].send(&ready).await?.status;
    ensure!(status == 200, "/readyz is answered {status}");
    let reply = cluster.probe(node, canary).await;
    ensure!(
        reply == Some(Reply::Accepted),
        "a question is answered {reply:?}"
    );
    let took = revoke_another(cluster, node).await?;
    let prompt = match feed {
        Feed::Listen => Duration::from_secs(1),
        Feed::Poll => Duration::from_secs(3),
    };
    ensure!(took < prompt, "a revocation took {took:?}");
    Ok(())
}
