//! What is done to the nodes and the database, and undone again.

use std::time::Duration;

use anyhow::Result;
use diesel::sql_query;
use diesel_async::RunQueryDsl;
use rustix::process::Signal;

use crate::bench::database::postgres_connection;
use crate::cluster_test::nodes::{COUNT, Manner};
use crate::cluster_test::proxy::Passage;
use crate::cluster_test::stage::Stage;

/// How long a part of a fault that has no length of its own takes.
const MOMENT: Duration = Duration::from_millis(500);

/// Something that goes wrong.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    /// A node is stopped and goes on later.
    Stopped(usize),
    /// A node is killed and started again.
    Killed(usize),
    /// PostgreSQL ends the connections that name themselves so.
    ConnectionsEnded(&'static str),
    /// PostgreSQL fails and is started again.
    Restarted,
    /// Some nodes cannot reach PostgreSQL.
    Cut(&'static [usize], Passage),
    /// One node after the other is ended in order and runs in another manner.
    Changed(Manner),
}

// === impl Fault ===

impl Fault {
    /// Gives the nodes on which nobody should rely meanwhile.
    pub(super) fn shunned(self) -> Vec<usize> {
        match self {
            Self::Stopped(node) | Self::Killed(node) => vec![node],
            Self::ConnectionsEnded(_) | Self::Restarted => Vec::new(),
            Self::Cut(nodes, _) => nodes.to_vec(),
            Self::Changed(_) => (0..COUNT).collect(),
        }
    }

    /// Answers whether the other nodes go on as if nothing had happened, but for
    /// revocations that wait for a lease.
    pub(super) fn leaves_others_alone(self) -> bool {
        match self {
            Self::Stopped(_) | Self::Killed(_) => true,
            Self::Cut(nodes, _) => nodes.len() < COUNT,
            _ => false,
        }
    }

    /// Does it, lets it last, and undoes it.
    pub(super) async fn happen(self, stage: &mut Stage, time: Duration) -> Result<()> {
        let weather = stage.scene.weather.clone();
        match self {
            Self::Stopped(node) => {
                stage.nodes.signal(node, Signal::STOP)?;
                tokio::time::sleep(time).await;
                stage.nodes.signal(node, Signal::CONT)
            }
            Self::Killed(node) => {
                stage.nodes.kill(node);
                tokio::time::sleep(time).await;
                stage.nodes.spawn(node)
            }
            Self::ConnectionsEnded(name) => {
                for _ in 0..3 {
                    end_connections(&stage.cluster.url(), name).await?;
                    tokio::time::sleep(MOMENT).await;
                }
                Ok(())
            }
            Self::Restarted => {
                stage.cluster.stop_server()?;
                tokio::time::sleep(MOMENT).await;
                stage.cluster.start_server()
            }
            Self::Cut(nodes, passage) => {
                stage.nodes.set_passage(nodes, passage);
                weather.darken(nodes);
                tokio::time::sleep(time).await;
                weather.brighten();
                stage.nodes.set_passage(nodes, Passage::Open);
                Ok(())
            }
            Self::Changed(manner) => {
                stage.nodes.set_manner(manner);
                for node in 0..COUNT {
                    stage.nodes.stop(node)?;
                    stage.nodes.spawn(node)?;
                    stage.nodes.until_started(node).await?;
                }
                Ok(())
            }
        }
    }
}

async fn end_connections(url: &str, name: &str) -> Result<()> {
    let mut connection = postgres_connection(url).await?;
    let ending = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE pid <> pg_backend_pid() AND (application_name = '{name}' {other})",
        other = if name == LISTENER {
            "OR query ILIKE 'LISTEN%'"
        } else {
            ""
        }
    );
    let ended = sql_query(ending).execute(&mut connection).await?;
    println!("  ended {ended} connections `{name}`");
    Ok(())
}

/// What the connections that wait for news name themselves.
pub(super) const LISTENER: &str = "apikey-listener";

/// What the connections that read news name themselves.
pub(super) const FEED: &str = "apikey-feed";
