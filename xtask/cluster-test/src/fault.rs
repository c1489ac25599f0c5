//! What is done to the nodes and the database, and undone again.

use crate::nodes::{COUNT, NodeConfig};
use anyhow::Result;
use diesel::sql_query;
use diesel_async::RunQueryDsl;
use std::time::Duration;
use xtask_harness::{database::postgres, proxy::Passage};

/// Something that goes wrong.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// A node is stopped and continued later.
    Stopped(usize),
    /// A node is killed and started again.
    Killed(usize),
    /// PostgreSQL ends the connections of this name.
    ConnectionsEnded(&'static str),
    /// PostgreSQL fails and is started again.
    Restarted,
    /// PostgreSQL's standby takes the primary's place, see [`crate::failover`].
    FailedOver,
    /// All processes of PostgreSQL are halted, and a node is told to end meanwhile.
    Frozen(usize),
    /// Some nodes cannot reach PostgreSQL.
    Cut(&'static [usize], Passage),
    /// One node after the other is stopped in order and runs with another configuration.
    Changed(NodeConfig),
}

// === impl Fault ===

impl Fault {
    /// Returns the nodes that are unreliable meanwhile.
    pub(crate) fn unreliable(self) -> Vec<usize> {
        match self {
            Self::Stopped(node) | Self::Killed(node) | Self::Frozen(node) => vec![node],
            Self::ConnectionsEnded(_) | Self::Restarted | Self::FailedOver => Vec::new(),
            Self::Cut(nodes, _) => nodes.to_vec(),
            Self::Changed(_) => (0..COUNT).collect(),
        }
    }

    /// Returns whether the nodes' clocks differ afterwards.
    pub(crate) fn shifts_clocks(self) -> bool {
        matches!(self, Self::Changed(config) if config.is_clock_shifted)
    }

    /// Returns whether visitors are there meanwhile, too, and every answer has a
    /// deadline.
    pub(crate) fn has_visitors(self) -> bool {
        matches!(self, Self::Frozen(_))
    }

    /// Returns how many revocations there are at most, and over which time, where some
    /// are wanted for the length of the fault. After a failover many more are.
    pub(crate) fn load(self, revocations: u64, time: Duration) -> (u64, Duration) {
        match self {
            Self::FailedOver => (revocations * 4, time * 4),
            _ => (revocations, time),
        }
    }

    /// Returns whether the other nodes work as if nothing had happened, but for
    /// revocations that wait for a lease.
    pub(crate) fn leaves_others_alone(self) -> bool {
        match self {
            Self::Stopped(_) | Self::Killed(_) => true,
            Self::Cut(nodes, _) => nodes.len() < COUNT,
            _ => false,
        }
    }
}

/// Ends the connections to a database that have a name.
pub(crate) async fn end_connections(url: &str, name: &str) -> Result<()> {
    let mut connection = postgres(url).await?;
    let listens = name == LISTENER;
    let ending = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() \
         AND (application_name = '{name}' OR {listens} AND query ILIKE 'LISTEN%')"
    );
    let ended = sql_query(ending).execute(&mut connection).await?;
    println!("  ended {ended} connections `{name}`");
    Ok(())
}

/// The name of the connections that wait for notifications.
pub(crate) const LISTENER: &str = "apikey-listener";

/// The name of the connections that read the events.
pub(crate) const FEED: &str = "apikey-feed";
