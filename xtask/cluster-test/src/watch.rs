//! Watchers on all nodes, all the time: what they received must be what
//! happened, once each and in one order.

mod endings;
mod frames;
mod order;
mod view;
mod watcher;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::time::sleep;
use xtask_harness::request::Credentials;
use xtask_harness::server::ADMIN;

use crate::nodes::COUNT;
use crate::tables::{Listed, list};
use crate::test_cluster::TestCluster;
pub(crate) use crate::watch::endings::see_streams_end;
use crate::watch::order::out_of_order;
use crate::watch::watcher::{Viewer, Watcher};

/// How soon watchers must know of what has happened.
const PROMISED: Duration = Duration::from_secs(10);

const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// How many watch everything on each node.
const OF_EVERYTHING: usize = 2;

/// All watchers.
pub(crate) struct Watchers(Vec<Watcher>);

// === impl Watchers ===

impl Watchers {
    /// Starts them and waits until each knows what there is.
    pub(crate) async fn start(cluster: &Arc<TestCluster>) -> Result<Self> {
        let mut watchers = Vec::new();
        for node in 0..COUNT {
            for _ in 0..OF_EVERYTHING {
                watchers.push(Watcher::start(cluster, node, Viewer::Administrator));
            }
            watchers.push(Watcher::start(cluster, node, Viewer::Nobody));
        }
        let watchers = Self(watchers);
        watchers.settle(cluster).await?;
        Ok(watchers)
    }

    /// Sees that each watcher comes to know what each node lists, while nobody
    /// makes changes.
    pub(crate) async fn settle(&self, cluster: &TestCluster) -> Result<()> {
        let since = Instant::now();
        let everything = list(cluster, 0, ADMIN, "&user_id=*").await?;
        let own = Credentials::Key(&cluster.user.value);
        let own = list(cluster, 0, own, "").await?;
        for watcher in &self.0 {
            let expected = match watcher.viewer() {
                Viewer::Administrator => &everything,
                Viewer::Nobody => &own,
            };
            until_known(cluster, watcher, expected, since).await;
        }
        Ok(())
    }

    /// Compares what the watchers received with each other and with what was
    /// acknowledged, and returns a line about each.
    pub(crate) fn compare(&self, cluster: &TestCluster) -> Result<Vec<String>> {
        let histories = cluster.changes.records.histories("key");
        let mut received = Vec::new();
        for watcher in &self.0 {
            let name = watcher.name();
            if watcher.viewer() == Viewer::Administrator {
                let missed = watcher.with_view(|view| view.differences(&histories));
                for difference in missed {
                    cluster.findings.add(format!("{name}: {difference}"));
                }
                received.push((name, watcher.with_view(|view| view.segments().to_vec())));
            }
        }
        for wrong in out_of_order(&received) {
            cluster.findings.add(wrong);
        }
        let lines = self.0.iter().map(Watcher::summary);
        let first = self.0.first().context("nobody watches")?;
        let keys = first.with_view(|view| view.keys().len());
        let heading = format!("watchers, at the end {keys} keys");
        Ok(std::iter::once(heading).chain(lines).collect())
    }
}

async fn until_known(cluster: &TestCluster, watcher: &Watcher, expected: &Listed, since: Instant) {
    loop {
        let difference = watcher.with_view(|view| view.difference_to(expected));
        let Some(difference) = difference else {
            return;
        };
        if since.elapsed() > PROMISED {
            let name = watcher.name();
            cluster
                .findings
                .add(format!("{name} does not come to know: {difference}"));
            return;
        }
        sleep(POLL_INTERVAL).await;
    }
}
