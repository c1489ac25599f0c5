//! Watchers on all nodes, all the time: what they received must be what
//! happened, once each and in one order.

mod endings;
mod order;
mod view;
mod watcher;

pub(crate) use crate::watch::endings::see_streams_end;
use crate::{
    nodes::COUNT,
    tables::{Listed, list},
    test_cluster::TestCluster,
    watch::{
        order::out_of_order,
        watcher::{Viewer, Watcher},
    },
};
use anyhow::Result;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::sleep;
use xtask_harness::lock::locked;

/// How soon watchers must know of what has happened.
const SETTLE_LIMIT: Duration = Duration::from_secs(10);

const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Who watches on each node.
const VIEWERS: [Viewer; 3] = [Viewer::Administrator, Viewer::Administrator, Viewer::User];

/// All watchers.
pub(crate) struct Watchers(Vec<Watcher>);

// === impl Watchers ===

impl Watchers {
    /// Starts them and waits until each knows what there is.
    pub(crate) async fn start(cluster: &Arc<TestCluster>) -> Result<Self> {
        let mut watchers = Vec::new();
        for node in 0..COUNT {
            watchers.extend(VIEWERS.map(|viewer| Watcher::start(cluster, node, viewer)));
        }
        let watchers = Self(watchers);
        watchers.settle(cluster).await?;
        Ok(watchers)
    }

    /// Sees that each watcher comes to know what each node lists, while there
    /// are no changes.
    pub(crate) async fn settle(&self, cluster: &TestCluster) -> Result<()> {
        let since = Instant::now();
        for viewer in [Viewer::Administrator, Viewer::User] {
            let (credentials, query) = viewer.selection(cluster);
            let expected = list(cluster, 0, credentials, query).await?;
            for watcher in self.0.iter().filter(|watcher| watcher.viewer == viewer) {
                until_known(cluster, watcher, &expected, since).await;
            }
        }
        Ok(())
    }

    /// Compares what the watchers received with each other and with what was
    /// acknowledged, and prints a line about each.
    pub(crate) fn compare(&self, cluster: &TestCluster) {
        let histories = cluster.records.key_histories();
        let mut received = Vec::new();
        for Watcher { viewer, name, view } in &self.0 {
            let view = locked(view);
            if *viewer == Viewer::Administrator {
                for difference in view.differences(&histories) {
                    cluster.findings.add(format!("{name}: {difference}"));
                }
                received.push((name.clone(), view.segments.clone()));
            }
            println!("{name}: {view}");
        }
        for wrong in out_of_order(&received) {
            cluster.findings.add(wrong);
        }
    }
}

async fn until_known(cluster: &TestCluster, watcher: &Watcher, expected: &Listed, since: Instant) {
    let difference = || locked(&watcher.view).difference_to(expected);
    while let Some(difference) = difference() {
        if since.elapsed() > SETTLE_LIMIT {
            let name = &watcher.name;
            let unknown = format!("{name} does not come to know: {difference}");
            return cluster.findings.add(unknown);
        }
        sleep(POLL_INTERVAL).await;
    }
}
