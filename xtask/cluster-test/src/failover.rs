//! PostgreSQL's standby takes the place of its primary.
//!
//! The old primary goes on as a standby of the new one and keeps old data. The
//! address leads to it for a while still, so that nodes connect to it again, and
//! then to the new one; connections that there are stay where they are.

use crate::{kinds::Kind, revocable::Revocable, tables, test_cluster::TestCluster};
use anyhow::Result;
use std::time::{Duration, Instant};
use tokio::time::sleep;
use xtask_harness::replication::{pause_replay, until_not_sent, until_sent};
use xtask_programs::postgres::{Cluster, Replication};

/// How long a standby has received nothing when it takes over, where commits do not
/// wait for it: what is answered meanwhile is lost.
const LAG: Duration = Duration::from_millis(500);

/// How long a node may still answer what it knows from the old primary, once the
/// address leads to the new one: as long as it may take to be well again.
const MEMORY_LIMIT: Duration = Duration::from_secs(10);

/// The node that is started again when the address leads to the new primary, so
/// that it has no connection to the old one.
pub(crate) const NEW_NODE: usize = 2;

/// How many rights there are that are taken away through that node first of all.
const WITNESSES: usize = 12;

/// A standby that is to take over.
pub(crate) struct Standby {
    pub(crate) postgres: Cluster,
    pub(crate) replication: Replication,
    /// Rights that are there on both, and that nobody has taken away.
    pub(crate) witnesses: Vec<Revocable>,
}

// === impl Standby ===

impl Standby {
    /// Starts the standby of a primary, and waits until it receives what is written.
    pub(crate) async fn start(
        cluster: &TestCluster,
        primary: &mut Cluster,
        replication: Replication,
    ) -> Result<Self> {
        let mut witnesses = Vec::new();
        for _ in 0..WITNESSES {
            let key = cluster
                .make_admin_key(cluster.some_node(), Kind::Deleted)
                .await?;
            let witness = cluster.revocable(Kind::Deleted, &key);
            cluster.pool.ask_about(&witness);
            witnesses.push(witness);
        }
        let postgres = Cluster::start_standby_of(primary)?;
        primary.set_replication(replication)?;
        until_sent(&primary.url()).await?;
        Ok(Self {
            postgres,
            replication,
            witnesses,
        })
    }

    /// Takes the place of the primary, which goes on as a standby that replays
    /// nothing, for a time in which the address still leads there. From now on the
    /// model is what this server has. Returns the facts that were lost.
    pub(crate) async fn take_over(
        &mut self,
        cluster: &TestCluster,
        primary: &mut Cluster,
        time: Duration,
    ) -> Result<Vec<String>> {
        if self.replication == Replication::Asynchronous {
            self.postgres.stop_receiving()?;
            until_not_sent(&primary.url()).await?;
            sleep(LAG).await;
        }
        primary.stop_server()?;
        primary.start_server_as_standby_of(&self.postgres)?;
        pause_replay(&primary.url()).await?;
        let promoted_at = Instant::now();
        self.postgres.promote()?;
        // Nothing leads here yet, so this does not change meanwhile.
        let found = tables::facts(&self.postgres.url()).await?;
        let lost = cluster.records.adopt(&found, promoted_at);
        for right in cluster.pool.asked() {
            right.turn_out(&found, time + MEMORY_LIMIT);
        }
        sleep(time).await;
        Ok(lost)
    }
}
