//! Sessions that end in every way, and imported keys that are used for the first time on all
//! nodes at once, while PostgreSQL is restarted and nodes are killed.
//!
//! No session is accepted after its end was answered, by any node, and no key after its
//! revocation, whatever becomes of its digest meanwhile. In the end the digests are ours.

mod ended;
mod first_uses;
mod people;

use crate::{
    fault::Fault, health::until_well, nodes::COUNT, options::Extent, restoration::reconcile,
    test_cluster::TestCluster, test_run::TestRun, workers::Workers,
};
use anyhow::Result;
pub(crate) use first_uses::DIGESTS;
use first_uses::{FirstUses, see_digests_are_ours};
use people::People;
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;

/// How long sessions end and keys are used while nothing is wrong.
const CALM: Duration = Duration::from_secs(2);

/// How many people sign in at a time, and how many keys are used for the first time.
const AT_A_TIME: usize = 3;

/// Everything that goes on in such a phase.
struct SessionLoad {
    people: Arc<People>,
    first_uses: Arc<FirstUses>,
    workers: Vec<Workers>,
}

// === impl TestRun ===

impl TestRun {
    /// Ends sessions and uses imported keys, at first while nothing is wrong, then while
    /// PostgreSQL is restarted, and then while nodes are killed, one after the other.
    pub(crate) async fn sessions(
        &mut self,
        name: &str,
        extent: &Extent,
        away: Duration,
    ) -> Result<()> {
        self.enter(name);
        let database = self.postgres.url();
        let load = SessionLoad::start(&self.cluster, &database, extent).await?;
        sleep(CALM).await;
        let killed = extent.killed.iter().map(|node| Fault::Killed(*node));
        for fault in [Fault::Restarted].into_iter().chain(killed) {
            self.cluster.window.open(&fault.unreliable());
            sleep(CALM / 4).await;
            let healed_at = self.inject(name, fault, away).await?;
            until_well(&self.cluster, self.nodes.config.feed, healed_at).await?;
            self.cluster.window.mark_reliable();
        }
        for workers in load.workers {
            workers.end().await?;
        }
        reconcile(&self.cluster).await?;
        self.cluster.window.close();
        load.people.see_ended(&self.cluster).await;
        load.first_uses.see_ended(&self.cluster).await;
        let keys = load.first_uses.used();
        let waited = see_digests_are_ours(&self.cluster, &database, &keys).await?;
        self.report.remark(name, &load.people.remark());
        let remark = load.first_uses.remark(waited);
        self.report.remark(name, &remark);
        self.settle().await?;
        self.leave(name);
        Ok(())
    }
}

// === impl SessionLoad ===

impl SessionLoad {
    async fn start(
        cluster: &Arc<TestCluster>,
        database: &str,
        extent: &Extent,
    ) -> Result<SessionLoad> {
        let people = Arc::new(People::start(cluster, extent.people).await?);
        let first_uses = Arc::new(FirstUses::new(database));
        let signing_in = Workers::start(AT_A_TIME, |number, is_over| {
            Arc::clone(&people).sign_in_and_end(Arc::clone(cluster), number, is_over)
        });
        let asking = Workers::start(COUNT, |node, is_over| {
            Arc::clone(&people).ask(Arc::clone(cluster), node, is_over)
        });
        let using = Workers::start(AT_A_TIME, |number, is_over| {
            Arc::clone(&first_uses).use_keys(Arc::clone(cluster), number, is_over)
        });
        Ok(Self {
            people,
            first_uses,
            workers: vec![signing_in, asking, using],
        })
    }
}
