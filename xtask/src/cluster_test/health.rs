//! Whether everything is well again after a fault, without help.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use tokio::time::timeout;

use crate::bench::http::{Authorization, Connection, get};
use crate::cluster_test::locked;
use crate::cluster_test::nodes::{COUNT, Feed};
use crate::cluster_test::restoring::revoke_another;
use crate::cluster_test::rights::{Reply, Right};
use crate::cluster_test::scene::Scene;
use crate::cluster_test::subjects::{Kind, Subject};

/// How soon everything must be well.
const PROMISED: Duration = Duration::from_secs(10);

/// When it is given up to wait.
const GIVEN_UP: Duration = Duration::from_secs(60);

/// How long each attempt may take.
const ATTEMPT: Duration = Duration::from_secs(5);

/// How long nothing may fail until all is held to be well.
const QUIET: Duration = Duration::from_millis(500);

const POLL_INTERVAL: Duration = Duration::from_millis(50);

// === impl Feed ===

impl Feed {
    /// Gives within which time a revocation is answered when all is well.
    fn prompt(self) -> Duration {
        match self {
            Self::Listen => Duration::from_secs(1),
            Self::Poll => Duration::from_secs(3),
        }
    }
}

/// Waits until every node is ready, verifies, and revokes promptly, and reports
/// when that takes too long. The time counts from the end of the fault.
///
/// # Errors
///
/// When it is hopeless.
pub(super) async fn until_well(scene: &Scene, feed: Feed, healed_at: Instant) -> Result<()> {
    let canary = canary(scene).await?;
    for node in 0..COUNT {
        let mut why = String::new();
        loop {
            let attempt = timeout(ATTEMPT, is_well(scene, node, feed, &canary.right)).await;
            match attempt {
                Ok(Ok(())) => break,
                Ok(Err(error)) => why = format!("{error:#}"),
                Err(_) => why = "it does not answer".to_owned(),
            }
            if healed_at.elapsed() > GIVEN_UP {
                bail!("node {node} does not recover: {why}");
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        if healed_at.elapsed() > PROMISED {
            let took = healed_at.elapsed().as_secs_f64();
            let late = format!("node {node} took {took:.1} s to recover; before: {why}");
            scene.findings.add(late);
        }
    }
    let well_since = until_quiet(scene, healed_at).await;
    locked(&scene.figures).recovery = Some(well_since - healed_at);
    Ok(())
}

/// Waits until no question and no change has failed for a moment, under the
/// load of all, and gives when that moment began.
async fn until_quiet(scene: &Scene, healed_at: Instant) -> Instant {
    let failures = || {
        let undecided = locked(&scene.figures).undecided;
        scene.asker.counts.now().failures() + undecided
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
            scene.findings.add(failing);
            return begun_at;
        }
    }
}

async fn is_well(scene: &Scene, node: usize, feed: Feed, canary: &Right) -> Result<()> {
    let mut connection = Connection::open(scene.addresses[node]).await?;
    let ready = get("/readyz", Authorization::None);
    let status = connection.exchange(&ready).await?.status;
    ensure!(status == 200, "/readyz is answered {status}");
    let reply = scene.asker.ask_once(node, canary).await;
    ensure!(
        reply == Some(Reply::Accepted),
        "a question is answered {reply:?}"
    );
    let took = revoke_another(scene, node).await?;
    ensure!(took < feed.prompt(), "a revocation took {took:?}");
    Ok(())
}

/// Makes a right that stays, through the first node that can.
async fn canary(scene: &Scene) -> Result<Subject> {
    let begun_at = Instant::now();
    loop {
        for node in 0..COUNT {
            match timeout(ATTEMPT, scene.make_admin_key(node, Kind::Narrowed)).await {
                Ok(Ok(key)) => return Ok(Subject::of(Kind::Narrowed, &key)),
                Ok(Err(_)) | Err(_) if begun_at.elapsed() < GIVEN_UP => {}
                Ok(Err(error)) => return Err(error.context("no node recovers")),
                Err(_) => bail!("no node answers"),
            }
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}
